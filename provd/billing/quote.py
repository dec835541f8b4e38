"""What a plan will cost, itemised, before anybody agrees to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from provd.billing.money import Money
from provd.billing.plan import FeeKind, Side, StartsOn


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line for people. `when` says when it falls due; `recurring` lines are the regular
    amounts of a full period, the others fall due once."""

    side: Side
    kind: FeeKind
    text: str
    amount: Money
    when: str
    recurring: bool
    calculation: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines by side: first what falls due for the start, then what recurs, in the plan's order of
    fees. `on` is the start it was computed for, `starts_on` what will start it."""

    plan_name: str
    currency: str
    starts_on: StartsOn
    on: date
    lines: tuple[QuoteLine, ...]
