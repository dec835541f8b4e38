"""One month's charges: revenue, cost and what remains."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, render_template, request

from provd.billing.money import Money
from provd.devices.account import Role
from provd.portal.access import SELLERS, allowed
from provd.portal.context import actor, operations, portal
from provd.portal.money_chart import money_chart

charges = Blueprint("charges", __name__)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Month | None:
        """Reads "2026-11"."""
        found = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", text)
        return cls(int(found[1]), int(found[2])) if found else None

    def moved(self, by: int) -> Month:
        year, number = divmod(self.year * 12 + self.number - 1 + by, 12)
        return Month(year, number + 1)

    @property
    def title(self) -> str:
        return datetime(self.year, self.number, 1).strftime("%B %Y")  # noqa: DTZ001 - a name only

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


@charges.get("/charges")
@allowed(SELLERS)
def show_month() -> str:
    today = portal().clock()
    current = Month(today.year, today.month)
    asked = request.args.get("month", "")
    month = Month.parse(asked) if asked else current
    if month is None:
        abort(400)
    who = actor()
    report = operations().billing.month(who, month.year, month.number)
    return render_template(
        "charges/month.html",
        month=month,
        current=current,
        charges=report.charges,
        count=report.count,
        chart=money_chart(operations().billing.figures(who, month.year, month.number)),
        totals=_totals(who.role, report.wholesale, report.retail),
        names=operations().billing.names(who),
    )


def _totals(role: Role, wholesale: Money | None, retail: Money) -> list[tuple[str, Money]]:
    """Wholesale is a reseller's cost and the provider's revenue."""
    if wholesale is None:
        return [("Charges", retail)]
    margin = retail - wholesale
    if role is Role.ADMIN:
        return [
            ("Revenue: resellers pay", wholesale),
            ("Their customers pay", retail),
            ("Margin of resellers", margin),
        ]
    return [
        ("Revenue: customers pay", retail),
        ("Cost: you pay", wholesale),
        ("Margin", margin),
    ]
