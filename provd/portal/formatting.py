"""How values read on a page: times in the place they belong to, money with its currency."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import Flask
from markupsafe import Markup

from provd.billing.charge import Charge
from provd.billing.money import Money
from provd.billing.period import Period
from provd.billing.reference import grouped
from provd.billing.wording import in_words, readable
from provd.devices.lifecycle import State

_TIME = Markup('<time datetime="{machine}" title="{utc} UTC">{text}</time>')
_MONEY = Markup('<span class="money">{amount} <span class="currency">{currency}</span></span>')

MOMENT = "%-d %b %Y, %H:%M"

STATE_CLASSES = {
    State.DISCOVERED: "info",
    State.REGISTERED: "info",
    State.STAGED: "staged",
    State.SHIPPED: "moving",
    State.IN_SERVICE: "good",
    State.SUSPENDED: "warn",
    State.RETURNED: "quiet",
    State.RETIRED: "quiet",
}


@functools.cache
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone, UTC for an unknown or empty name: a page is shown whatever was stored."""
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def moment(at: datetime, zone: str = "UTC", form: str = MOMENT) -> Markup:
    """A <time> in the zone, with UTC as its title."""
    return _TIME.format(
        machine=_machine(at),
        utc=f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        text=at.astimezone(zone_named(zone)).strftime(form),
    )


def clock_time(at: datetime, zone: str = "UTC") -> Markup:
    """Hours, minutes and seconds, for lists under a heading that gives the day."""
    return moment(at, zone, "%H:%M:%S")


def _machine(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def day(on: date) -> str:
    return on.strftime("%-d %b %Y")


def period(span: Period) -> str:
    """22-30 Nov 2026 (with an en dash), the last day included; what both ends share stands once."""
    first, last = span.start, span.last_day
    if first == last:
        return day(first)
    form = "%-d" if (first.year, first.month) == (last.year, last.month) else "%-d %b"
    if first.year != last.year:
        form = "%-d %b %Y"
    return f"{first.strftime(form)}\N{EN DASH}{day(last)}"


def charge_title(charge: Charge) -> str:
    """What for, without the period where a column of its own gives it."""
    return charge.text.removesuffix(f", {charge.period}")


def fours(text: str) -> str:
    """A reference or IBAN as people read it."""
    return grouped(text)


def telling(calculation: str, amount: Money) -> str:
    """The calculation where it says more than the amount: "6.00 EUR x 9/30 days", not "6.00 EUR
    once"."""
    return "" if calculation.startswith(str(amount)) else calculation


def money(amount: Money) -> Markup:
    """1,234.50 EUR, with the minor unit's digits of its currency."""
    digits, _, currency = str(amount).partition(" ")
    whole, point, fraction = digits.lstrip("-").partition(".")
    sign = "\N{MINUS SIGN}" if digits.startswith("-") else ""
    return _MONEY.format(amount=f"{sign}{int(whole):,}{point}{fraction}", currency=currency)


def count(number: int, one: str, many: str = "") -> str:
    """1 phone, 2 phones."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def join(parts: Iterable[object], between: str = " · ") -> str:
    """The parts that are not empty, with a middle dot between, or something else."""
    return between.join(str(part) for part in parts if part)


def state_class(state: State) -> str:
    return STATE_CLASSES[state]


def add_filters(app: Flask) -> None:
    for filter_ in (
        moment,
        clock_time,
        day,
        period,
        in_words,
        readable,
        charge_title,
        fours,
        telling,
        money,
        count,
        join,
        state_class,
    ):
        app.add_template_filter(filter_)
