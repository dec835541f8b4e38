"""What a plan will cost, itemised, before anybody agrees to it.

A quote is made of the very charges that the start it assumes would give rise to, so it can't
promise what the billing run does not keep.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from provd.billing.charge import Charge
from provd.billing.days import local_date, start_of_day, zone_named
from provd.billing.due import BOTH_SIDES, due_charges, price_of
from provd.billing.money import Money
from provd.billing.period import Period, Timing, periods
from provd.billing.plan import Fee, FeeKind, Plan, PriceList, Side, StartsOn
from provd.billing.subscription import Cause, Parties, Subscription

_STARTS = {
    StartsOn.REGISTERED: "the day the device is registered",
    StartsOn.SHIPPED: "the day the device is shipped",
    StartsOn.BOOTED: "the day the device first boots at the customer's site",
}


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line for people. `when` says when it falls due, `due_on` is that day, or the first such
    day. `recurring` lines are the regular amounts of a full period, the others fall due once."""

    side: Side
    kind: FeeKind
    text: str
    amount: Money
    when: str
    recurring: bool
    calculation: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines by side: first what the start brings, then what recurs, in the plan's order of fees.

    `on` is the start that was assumed, in each issuer's own zone; `starts_on` what will start it.
    """

    plan_name: str
    currency: str
    starts_on: StartsOn
    on: date
    lines: tuple[QuoteLine, ...]

    @property
    def introduction(self) -> str:
        """The assumption, for people."""
        return f"Computed for a start on {self.on}. It starts on {_STARTS[self.starts_on]}."

    def side(self, side: Side) -> tuple[QuoteLine, ...]:
        return tuple(line for line in self.lines if line.side is side)

    def due_at_start(self, side: Side) -> Money:
        """What falls due on the day of the start."""
        return self._total(
            line for line in self.side(side) if not line.recurring and line.due_on == self.on
        )

    def per_period(self, side: Side) -> Money:
        """What each full period costs from then on."""
        return self._total(line for line in self.side(side) if line.recurring)

    def _total(self, lines: Iterator[QuoteLine]) -> Money:
        return Money.sum((line.amount for line in lines), self.currency)


def quote(
    plan: Plan,
    prices: PriceList,
    parties: Parties,
    on: date,
    *,
    sides: Collection[Side] = BOTH_SIDES,
) -> Quote:
    """What a subscription that starts on that day will cost. Raises what `due_charges` raises."""
    lines = [
        line
        for side in parties.sides
        if side in sides
        for line in _side_lines(plan, prices, parties, side, on)
    ]
    return Quote(plan.name, plan.currency, plan.starts_on, on, tuple(lines))


def _side_lines(
    plan: Plan, prices: PriceList, parties: Parties, side: Side, on: date
) -> Iterator[QuoteLine]:
    first, second = itertools.islice(periods(on, plan.interval, plan.cycle, date.max), 2)
    zone = zone_named(parties.zone(side))
    start = start_of_day(on, zone)
    until = start if plan.timing is Timing.ADVANCE else start_of_day(first.end, zone)
    order = [fee.id for fee in plan.fees]
    charges = due_charges(plan, prices, _assumed(plan, parties, start), until, sides={side})
    for charge in sorted(charges, key=lambda charge: order.index(charge.fee_id)):
        yield _first_line(charge, local_date(charge.due_at, zone), on)
    for fee in plan.fees:
        if fee.recurring:
            price = price_of(plan, prices, parties, side, fee, second.start)
            yield _regular_line(plan, side, fee, price, second)


def _assumed(plan: Plan, parties: Parties, start: datetime) -> Subscription:
    """The subscription that there would be; what starts it has not happened, so it is nameless."""
    cause = Cause("", plan.starts_on, start, "", "", 0, "")
    return Subscription(0, plan.id, 0, parties, start, cause, None)


def _first_line(charge: Charge, due_on: date, on: date) -> QuoteLine:
    return QuoteLine(
        side=charge.side,
        kind=charge.kind,
        text=charge.text,
        amount=charge.amount,
        when="at the start" if due_on == on else f"on {due_on}",
        recurring=False,
        calculation=charge.calculation,
        due_on=due_on,
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
    )
