"""What a plan will cost, itemised, before anybody agrees to it.

A quote is made of the very charges that the start it assumes would give rise to, so it can't
promise what the billing run does not keep.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from provd.billing.charge import Charge
from provd.billing.days import check_aware, local_date, start_of_day, zone_named
from provd.billing.due import BOTH_SIDES, due_charges, price_of
from provd.billing.money import Money
from provd.billing.period import Period, Timing, periods
from provd.billing.plan import Fee, FeeKind, Plan, Side, StartsOn
from provd.billing.prices import PriceList
from provd.billing.subscription import Cause, Change, ChangeKind, Parties, Subject, Subscription

_STARTS = {
    StartsOn.REGISTERED: "the day the device is registered",
    StartsOn.SHIPPED: "the day the device is shipped",
    StartsOn.BOOTED: "the day the device first boots at the customer's site",
}


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line for people. `when` says when it falls due, `due_on` is that day where the issuer
    is, or the first such day. `recurring` lines are the regular amounts of a full period, the
    others fall due once, `at_start` or later."""

    side: Side
    kind: FeeKind
    text: str
    amount: Money
    when: str
    recurring: bool
    calculation: str
    due_on: date
    at_start: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines by side: first what the start brings, then what recurs, in the plan's order of fees.

    `days` has the day of the start that was assumed as each side's issuer counts it: at one instant
    it may be two. `starts_on` is what will start it.
    """

    plan_name: str
    currency: str
    starts_on: StartsOn
    days: Mapping[Side, date]
    lines: tuple[QuoteLine, ...]

    @property
    def introduction(self) -> str:
        """The assumption, for people."""
        days = {str(day) for day in self.days.values()}
        if len(days) == 1:
            (on,) = days
        else:
            on = " and ".join(f"{day} ({side})" for side, day in self.days.items())
        return f"Computed for a start on {on}. It starts on {_STARTS[self.starts_on]}."

    def side(self, side: Side) -> tuple[QuoteLine, ...]:
        return tuple(line for line in self.lines if line.side is side)

    def due_at_start(self, side: Side) -> Money:
        """What falls due with the start."""
        return self._total(line for line in self.side(side) if line.at_start)

    def per_period(self, side: Side) -> Money:
        """What each full period costs from then on."""
        return self._total(line for line in self.side(side) if line.recurring)

    def _total(self, lines: Iterator[QuoteLine]) -> Money:
        return Money.sum((line.amount for line in lines), self.currency)


def quote(
    plan: Plan,
    prices: PriceList,
    parties: Parties,
    at: datetime,
    *,
    sides: Collection[Side] = BOTH_SIDES,
) -> Quote:
    """What a subscription that starts just then will cost. Raises what `due_charges` raises."""
    check_aware(at, "at")
    days = {
        side: local_date(at, zone_named(parties.zone(side)))
        for side in parties.sides
        if side in sides
    }
    lines = [line for side in days for line in _side_lines(plan, prices, parties, side, at)]
    return Quote(plan.name, plan.currency, plan.starts_on, days, tuple(lines))


def _side_lines(
    plan: Plan, prices: PriceList, parties: Parties, side: Side, start: datetime
) -> Iterator[QuoteLine]:
    zone = zone_named(parties.zone(side))
    days = periods(local_date(start, zone), plan.interval, plan.cycle, date.max)
    first, second = itertools.islice(days, 2)
    until = start if plan.timing is Timing.ADVANCE else start_of_day(first.end, zone)
    order = [fee.id for fee in plan.fees]
    charges = due_charges(plan, prices, _assumed(plan, parties, start), until, sides={side})
    for charge in sorted(charges, key=lambda charge: order.index(charge.fee_id or 0)):
        yield _first_line(charge, local_date(charge.due_at, zone), start)
    for fee in plan.fees:
        if fee.recurring:
            price = price_of(plan, prices, parties, side, fee, second.start)
            yield _regular_line(plan, side, fee, price, second)


def _assumed(plan: Plan, parties: Parties, start: datetime) -> Subscription:
    """The subscription that there would be; what starts it has not happened, so it is nameless."""
    cause = Cause("", plan.starts_on, start, "", "", 0, "")
    begun = Change(0, ChangeKind.START, start, start, cause)
    return Subscription(0, plan.id, Subject(plan.subject, 0), parties, (begun,))


def _first_line(charge: Charge, due_on: date, start: datetime) -> QuoteLine:
    at_start = charge.due_at <= start
    return QuoteLine(
        side=charge.side,
        kind=charge.kind,
        text=charge.text,
        amount=charge.amount,
        when="at the start" if at_start else f"on {due_on}",
        recurring=False,
        calculation=charge.calculation,
        due_on=due_on,
        at_start=at_start,
    )


def _regular_line(plan: Plan, side: Side, fee: Fee, price: Money, full: Period) -> QuoteLine:
    """A full period's amount; `full` is the first that the start does not fall in."""
    advance = plan.timing is Timing.ADVANCE
    due_on, how = (full.start, "in advance") if advance else (full.end, "in arrears")
    return QuoteLine(
        side=side,
        kind=fee.kind,
        text=fee.name,
        amount=price.rounded(),
        when=f"every {plan.interval} {how}, from {due_on}",
        recurring=True,
        calculation=f"{price} x 1 {plan.interval}",
        due_on=due_on,
        at_start=False,
    )
