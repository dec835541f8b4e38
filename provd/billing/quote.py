"""What a plan will cost, itemised, before anybody agrees to it.

A quote is made of the very charges that the start it assumes would give rise to, so it can't
promise what the billing run does not keep.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from provd.billing.charge import Charge
from provd.billing.days import check_aware, local_date, zone_named
from provd.billing.due import BOTH_SIDES, due_charges
from provd.billing.money import Money
from provd.billing.period import Timing, months_later
from provd.billing.plan import BY_EVENT, Fee, FeeKind, Plan, Side, StartsOn
from provd.billing.prices import PriceList
from provd.billing.recurring import Piece, pieces
from provd.billing.subscription import (
    Cause,
    Change,
    ChangeKind,
    Parties,
    SetupFee,
    Subject,
    Subscription,
)
from provd.billing.till import Till, till_of

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
    it may be two. `starts_on` is what will start it, None where it starts by itself that day.
    `conditions` are sentences about what it binds to, and what may come to be owed, by side.
    """

    plan_name: str
    currency: str
    starts_on: StartsOn | None
    days: Mapping[Side, date]
    lines: tuple[QuoteLine, ...]
    conditions: tuple[tuple[Side, str], ...] = ()

    @property
    def introduction(self) -> str:
        """The assumption, for people."""
        days = {str(day) for day in self.days.values()}
        if len(days) == 1:
            (on,) = days
        else:
            on = " and ".join(f"{day} ({side})" for side, day in self.days.items())
        awaited = f" It starts on {_STARTS[self.starts_on]}." if self.starts_on else ""
        return f"Computed for a start on {on}.{awaited}"

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
    setup: SetupFee = SetupFee.NOW,
    term_from: date | None = None,
    waits: bool = True,
) -> Quote:
    """What a subscription that starts just then will cost; `waits`: for what the plan says that
    starts it. Raises what `due_charges` raises."""
    check_aware(at, "at")
    days = {
        side: local_date(at, zone_named(parties.zone(side)))
        for side in parties.sides
        if side in sides
    }
    begun = assumed(plan, parties, at, setup, term_from)
    tills = [till for side in days if (till := till_of(plan, prices, begun, side))]
    lines = tuple(line for till in tills for line in _side_lines(till, at))
    conditions = tuple((till.side, text) for till in tills for text in _conditions(till, at))
    starts_on = plan.starts_on if waits else None
    return Quote(plan.name, plan.currency, starts_on, days, lines, conditions)


def assumed(
    plan: Plan,
    parties: Parties,
    start: datetime,
    setup: SetupFee = SetupFee.NOW,
    term_from: date | None = None,
) -> Subscription:
    """The subscription that there would be; what starts it has not happened, so it is nameless."""
    cause = Cause("", plan.starts_on, start, "", "", 0, "")
    begun = Change(0, ChangeKind.START, start, start, cause)
    subject = Subject(plan.subject, 0)
    return Subscription(0, plan.id, subject, parties, (begun,), setup, term_from)


def _side_lines(till: Till, start: datetime) -> Iterator[QuoteLine]:
    order = [fee.id for fee in till.plan.fees]
    for charge in sorted(_first_charges(till), key=lambda charge: order.index(charge.fee_id or 0)):
        yield _first_line(charge, till, start)
    for fee in till.plan.fees:
        if fee.recurring:
            _, second = _first_two(till, fee)
            yield _regular_line(second)


def _first_charges(till: Till) -> list[Charge]:
    """All that is charged once, and the first piece of all that recurs."""
    recurring = [fee for fee in till.plan.fees if fee.recurring]
    firsts = [_first_two(till, fee)[0].nominally_due for fee in recurring]
    until = max([till.begins_at, *firsts])
    charges = due_charges(till.plan, till.prices, till.subscription, until, sides={till.side})
    return [
        charge
        for charge in charges
        if charge.period is None or charge.period.start == till.first_day
    ]


def _first_two(till: Till, fee: Fee) -> tuple[Piece, Piece]:
    found = pieces(till, fee, date.max)
    return next(found), next(found)


def _first_line(charge: Charge, till: Till, start: datetime) -> QuoteLine:
    at_start, due_on = charge.due_at <= start, till.day(charge.due_at)
    after = ", after the trial" if till.trial and charge.due_at <= till.begins_at else ""
    return QuoteLine(
        side=charge.side,
        kind=charge.kind,
        text=charge.text,
        amount=charge.amount,
        when="at the start" if at_start else f"on {due_on}{after}",
        recurring=False,
        calculation=charge.calculation,
        due_on=due_on,
        at_start=at_start,
    )


def _regular_line(piece: Piece) -> QuoteLine:
    """A full period's amount; the piece is of the first that the start does not fall in."""
    till, fee, terms, full = piece.till, piece.fee, piece.terms, piece.period
    advance = terms.timing is Timing.ADVANCE
    due_on, how = (full.start, "in advance") if advance else (full.end, "in arrears")
    price = till.price(fee, full.start, piece.nominally_due)
    return QuoteLine(
        side=till.side,
        kind=fee.kind,
        text=fee.name,
        amount=price.rounded(),
        when=f"every {terms.interval} {how}, from {due_on}",
        recurring=True,
        calculation=f"{price} x 1 {terms.interval}",
        due_on=due_on,
        at_start=False,
    )


def _conditions(till: Till, start: datetime) -> Iterator[str]:
    """Sentences for people."""
    plan, lease = till.plan, till.plan.lease
    if till.trial:
        yield f"Nothing is charged before {till.first_day}, after {plan.trial_days} days of trial."
    if till.subscription.setup is SetupFee.LATER and till.side is Side.RETAIL:
        yield "The setup fee is charged when somebody asks for it."
    if lease.minimum_months and any(fee.kind is FeeKind.LEASE for fee in plan.fees):
        ends = months_later(till.subscription.term_from or till.first_day, lease.minimum_months)
        early = f"{lease.termination_percent} % of the lease until then"
        yield (
            f"The lease binds for {lease.minimum_months} months, until {ends}; "
            f"an earlier end costs {early if lease.termination_percent else 'nothing'}."
        )
    for fee in plan.fees:
        if fee.kind in BY_EVENT:
            price = till.price(fee, till.day(start), start)
            yield f"{fee.name}: {price} {_when_charged(fee, lease.return_days)}."


def _when_charged(fee: Fee, return_days: int | None) -> str:
    if fee.kind is FeeKind.BUY_OUT:
        return "when the hardware is bought"
    if return_days is None:
        return "never, for the plan sets no days for the return"
    return f"for hardware that is not back within {return_days} days of its removal"
