"""Subscriptions that are paid before they run: what they cost up to a day, and how far what was
paid reaches.

Such a subscription has an end, the day up to which it is paid, and each renewal moves it. So it is
charged as every other, and what nobody pays for ends by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime

from provd.billing.charge import Charge
from provd.billing.days import local_date, start_of_day, zone_named
from provd.billing.due import due_charges
from provd.billing.effects import effects
from provd.billing.money import Money
from provd.billing.period import Cycle, periods
from provd.billing.plan import FeeKind, Plan, Side
from provd.billing.prices import PriceList
from provd.billing.quote import assumed
from provd.billing.subscription import (
    Cause,
    Change,
    ChangeKind,
    Parties,
    SetupFee,
    Subscription,
    latest,
)
from provd.billing.till import Till, till_of

PAID_UNTIL = "paid until"
"""The kind of the cause of an end that the next payment moves."""

_OWED_BY_ENDING = frozenset({FeeKind.TERMINATION, FeeKind.UNRETURNED})
_RETAIL = frozenset({Side.RETAIL})


def paid_end(subscription: Subscription) -> datetime | None:
    """The end that the next payment moves; None for a subscription that runs on, or whose end
    somebody has decided on."""
    end = latest(subscription.changes, ChangeKind.END)
    return end.effective_at if end and end.cause.kind == PAID_UNTIL else None


def end_with(parties: Parties, day: date) -> datetime:
    """The instant of an end with the beginning of that day. It is that day where the provider is,
    too, so that neither side's last period is cut by some hours."""
    zones = [zone_named(parties.zone(side)) for side in parties.sides]
    last = max(start_of_day(day, zone) for zone in zones)
    if all(local_date(last, zone) == day for zone in zones):
        return last
    return start_of_day(day, zone_named(parties.zone(Side.RETAIL)))


def boundaries(till: Till, after: date) -> Iterator[date]:
    """The days after that one on which the plan's periods end, without end."""
    terms = till.plan.terms
    for period in periods(till.first_day, terms.interval, terms.cycle, date.max, after):
        if period.end > after:
            yield period.end


def first_ends(till: Till, pay_by: date, count: int, *, moves: bool) -> list[date]:
    """The days up to which a start that is paid by then may be paid: of `count` periods, before
    which stand those that may be over when it is paid. So whoever pays on the last day has not
    paid for days that are gone alone. Where the start `moves`, to the day on which it is paid, an
    anniversary's periods move with it, and none is ever over."""
    never_over = moves and till.plan.cycle is Cycle.ANNIVERSARY
    found: list[date] = []
    to_come = 0
    for day in boundaries(till, till.first_day):
        found.append(day)
        to_come += never_over or day > pay_by
        if to_come == count:
            break
    return found


def retail_till(plan: Plan, prices: PriceList, subscription: Subscription) -> Till:
    """Of a subscription that has started."""
    till = till_of(plan, prices, subscription, Side.RETAIL)
    assert till is not None  # noqa: S101  it has started
    return till


def start_costs(
    plan: Plan, prices: PriceList, parties: Parties, at: datetime, setup: SetupFee, until: date
) -> list[Charge]:
    """What a start just then costs the customer up to that day. Raises what `due_charges` does."""
    begun = assumed(plan, parties, at, setup)
    end = end_with(parties, until)
    paid = Change(1, ChangeKind.END, end, at, Cause("", PAID_UNTIL, at, "", "", 0, ""))
    known = replace(begun, changes=(*begun.changes, paid))
    return _served(due_charges(plan, prices, known, end, sides=_RETAIL))


def renewal_costs(
    plan: Plan, prices: PriceList, subscription: Subscription, end: Change
) -> list[Charge]:
    """What the customer is charged because the subscription ends as late as that."""
    return _served(effects(plan, prices, subscription, [end], sides=_RETAIL))


def _served(charges: Iterable[Charge]) -> list[Charge]:
    """Without what is owed for an end: this one is not meant to come."""
    return [one for one in charges if one.kind not in _OWED_BY_ENDING]


def reach(days: Iterable[date], costs: Callable[[date], Money], paid: Money) -> date | None:
    """The last of the days, in their order, up to which it costs no more than was paid; None where
    even the first costs more."""
    reached = None
    for day in days:
        if (paid - costs(day)).amount < 0:
            break
        reached = day
    return reached
