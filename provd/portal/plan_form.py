"""The form that makes a plan: what was typed, and the plan it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

from provd.billing.money import Money
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import (
    BY_EVENT,
    Fee,
    FeeKind,
    LeaseTerms,
    Plan,
    PlanRole,
    Sharing,
    StartsOn,
    SubjectKind,
)
from provd.billing.tax_category import TaxCategory
from provd.devices.text import whole_number
from provd.errors import InputError
from provd.operations.plan_checks import FeePrices
from provd.portal.entry_values import amount_in
from provd.portal.fields import Problems

MOST_FEES = 20
FEE_FIELDS = ("kind", "name", "wholesale", "retail", "tax")
ONCE = frozenset({FeeKind.SETUP, FeeKind.DELIVERY, *BY_EVENT})
"""Kinds that are charged once; the others recur."""
KINDS: Mapping[FeeKind, str] = {
    FeeKind.SETUP: "Setup, once",
    FeeKind.DELIVERY: "Delivery, once",
    FeeKind.LEASE: "Hardware lease, each period",
    FeeKind.BASE: "Base fee, each period",
    FeeKind.SERVICE: "Service such as maintenance, each period",
    FeeKind.BUY_OUT: "Buy-out, if the customer keeps the hardware",
    FeeKind.UNRETURNED: "Hardware not returned in time",
}
WORDS: Mapping[str, type[StrEnum]] = {
    "subject": SubjectKind,
    "role": PlanRole,
    "starts_on": StartsOn,
    "cycle": Cycle,
    "interval": Interval,
    "timing": Timing,
    "sharing": Sharing,
}
NUMBERS = ("trial_days", "minimum_months", "termination_percent", "return_days")
SWITCHES = ("prorate_first", "prorate_last", "repeatable", "wholesale_trial")
DEFAULTS = {
    "name": "",
    "subject": SubjectKind.SLOT.value,
    "role": PlanRole.MAIN.value,
    "starts_on": StartsOn.BOOTED.value,
    "cycle": Cycle.CALENDAR.value,
    "interval": Interval.MONTH.value,
    "timing": Timing.ADVANCE.value,
    "sharing": Sharing.ALL.value,
    "trial_days": "0",
    "minimum_months": "0",
    "termination_percent": "0",
    "return_days": "",
    "prorate_first": "yes",
    "prorate_last": "yes",
    "repeatable": "",
    "wholesale_trial": "",
}

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A draft, and what each of its fees costs, in their order."""

    plan: Plan
    prices: tuple[FeePrices, ...]


@dataclass(frozen=True, slots=True)
class NewPlanForm:
    """`fields` as DEFAULTS names them; each of `fees` has FEE_FIELDS."""

    fields: Mapping[str, str]
    fees: tuple[Mapping[str, str], ...]

    @classmethod
    def blank(cls) -> NewPlanForm:
        kinds = (FeeKind.SETUP, FeeKind.LEASE)
        return cls(DEFAULTS, tuple(_blank_fee(kind) for kind in kinds))

    @classmethod
    def read(cls, form: Mapping[str, str]) -> NewPlanForm:
        fields = {name: form.get(name, "").strip()[:200] for name in DEFAULTS}
        count = min(whole_number(form.get("fees", "")) or 0, MOST_FEES)
        fees = tuple(
            {name: form.get(f"fee{n}_{name}", "").strip()[:200] for name in FEE_FIELDS}
            for n in range(1, count + 1)
        )
        return cls(fields, fees or (_blank_fee(FeeKind.SETUP),))

    @property
    def names(self) -> frozenset[str]:
        """Of the form's boxes."""
        rows = range(1, len(self.fees) + 1)
        return frozenset({*DEFAULTS, *(f"fee{n}_{name}" for n in rows for name in FEE_FIELDS)})

    def with_another_fee(self) -> NewPlanForm:
        more = (_blank_fee(FeeKind.BASE),) if len(self.fees) < MOST_FEES else ()
        return replace(self, fees=(*self.fees, *more))

    def draft(self, currency: str, problems: Problems) -> NewPlan | None:
        """None where something can't be read: then it is among the `problems`. Rows of fees that
        nothing was typed into are left out."""
        rows = [(n, row) for n, row in enumerate(self.fees, start=1) if _filled(row)]
        fees = [_fee(n, row, problems) for n, row in rows]
        prices = tuple(_prices(n, row, currency, problems) for n, row in rows)
        numbers = {name: self._number(name, problems) for name in NUMBERS}
        if not rows:
            problems.add("fee1_name", "A plan needs a fee.")
        if problems:
            return None
        try:
            return NewPlan(self._plan(currency, tuple(fees), numbers), prices)
        except InputError as error:
            problems.take(error, self.names)
            return None

    def _plan(
        self, currency: str, fees: tuple[Fee, ...], numbers: Mapping[str, int | None]
    ) -> Plan:
        return Plan(
            id=0,
            owner_id=0,
            name=self.fields["name"],
            currency=currency,
            starts_on=self._word("starts_on", StartsOn),
            cycle=self._word("cycle", Cycle),
            interval=self._word("interval", Interval),
            timing=self._word("timing", Timing),
            prorate_first=bool(self.fields["prorate_first"]),
            prorate_last=bool(self.fields["prorate_last"]),
            fees=fees,
            role=self._word("role", PlanRole),
            subject=self._word("subject", SubjectKind),
            repeatable=bool(self.fields["repeatable"]),
            trial_days=numbers["trial_days"] or 0,
            wholesale_trial=bool(self.fields["wholesale_trial"]),
            lease=LeaseTerms(
                numbers["minimum_months"] or 0,
                numbers["termination_percent"] or 0,
                numbers["return_days"],
            ),
            sharing=self._word("sharing", Sharing),
        )

    def _word(self, name: str, words: type[Word]) -> Word:
        try:
            return words(self.fields[name])
        except ValueError:
            raise InputError("choose one of these", key=name) from None

    def _number(self, name: str, problems: Problems) -> int | None:
        text = self.fields[name]
        number = whole_number(text, digits=5)
        if text and number is None:
            problems.add(name, "Give a whole number.")
        return number


def amount_of(text: str, currency: str, name: str, problems: Problems) -> Money | None:
    """A price as people type it: 12, 12.50, 12,50."""
    try:
        return amount_in(text, currency, name)
    except InputError as error:
        problems.take(error, frozenset({name}))
        return None


def day_of(text: str, name: str, problems: Problems) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.add(name, "Give a day, as 2027-01-31.")
        return None


def _blank_fee(kind: FeeKind) -> Mapping[str, str]:
    return {**dict.fromkeys(FEE_FIELDS, ""), "kind": kind.value, "tax": TaxCategory.STANDARD.value}


def _filled(row: Mapping[str, str]) -> bool:
    return any(row[name] for name in ("name", "wholesale", "retail"))


def _fee(n: int, row: Mapping[str, str], problems: Problems) -> Fee:
    if not row["name"]:
        problems.add(f"fee{n}_name", "Say how an invoice calls it.")
    try:
        kind, tax = FeeKind(row["kind"]), TaxCategory(row["tax"])
    except ValueError:
        problems.add(f"fee{n}_kind", "Choose one of these.")
        kind, tax = FeeKind.BASE, TaxCategory.STANDARD
    if kind not in KINDS:
        problems.add(f"fee{n}_kind", "Choose one of these.")
        kind = FeeKind.BASE
    leased = kind is FeeKind.LEASE
    return Fee(n, kind, row["name"], kind not in ONCE, tax, runs_suspended=leased)


def _prices(n: int, row: Mapping[str, str], currency: str, problems: Problems) -> FeePrices:
    wholesale, retail = (
        amount_of(row[side], currency, f"fee{n}_{side}", problems) if row[side] else None
        for side in ("wholesale", "retail")
    )
    return FeePrices(wholesale, retail)
