"""Which charges a subscription has given rise to, and when to look at it again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from provd.billing.charge import Charge
from provd.billing.days import check_aware
from provd.billing.knowledge import Knowledge, steps
from provd.billing.obligation import Obligation, Settled, settle
from provd.billing.once import AtStart, BuyOut, Setup, Unreturned
from provd.billing.plan import Fee, FeeKind, Plan, Side
from provd.billing.prices import PriceList
from provd.billing.recurring import pieces_due
from provd.billing.subscription import Change, ChangeKind, Subscription
from provd.billing.termination import Termination
from provd.billing.till import Till, till_of
from provd.errors import InputError

BOTH_SIDES = frozenset(Side)
_ONCE: Mapping[FeeKind, Callable[[Till, Fee], Obligation]] = {
    FeeKind.SETUP: Setup,
    FeeKind.BUY_OUT: BuyOut,
}


def due_charges(
    plan: Plan,
    prices: PriceList,
    subscription: Subscription,
    until: datetime,
    *,
    since: datetime | None = None,
    sides: Collection[Side] = BOTH_SIDES,
) -> list[Charge]:
    """Every charge due at or before `until` and after `since` (None: since the start), sorted by
    (due_at, key).

    A later `until` adds charges and changes none, so running daily and running late come to the
    same, and so does running from one `until` to the next. One side can be asked for alone, so
    that a retail price that is missing holds up no wholesale charge.

    Raises InputError for a missing price, an unknown time zone or another plan than the
    subscription's, MoneyError for a price in another currency than the plan's.
    """
    check_aware(until, "until")
    if subscription.plan_id != plan.id:
        raise InputError(f"subscription {subscription.id} is not on plan “{plan.name}”")
    found = [
        _charge(settled)
        for side in subscription.parties.sides
        if side in sides
        for settled in _settled(till_of(plan, prices, subscription, side), since, until)
    ]
    return sorted(found, key=lambda charge: (charge.due_at, charge.key))


def next_due(
    plan: Plan, prices: PriceList, subscription: Subscription, after: datetime
) -> datetime | None:
    """An instant after that one before which nothing falls due, None when nothing ever will, as
    far as is known."""
    moments = [
        moment
        for side in subscription.parties.sides
        if (till := till_of(plan, prices, subscription, side))
        for moment in _moments(till, after)
        if moment > after
    ]
    return min(moments, default=None)


def _settled(till: Till | None, since: datetime | None, until: datetime) -> Iterator[Settled]:
    if till is None:
        return
    known = steps(till.subscription.changes, till.side, until)
    if not known:
        return
    # What the books have learnt meanwhile may concern any period since the start.
    from_ = since if since and known[-1].since <= since else None
    for obligation in _obligations(till, known, from_, until):
        if from_ and (due := obligation.due(known[-1])) and due <= from_:
            continue  # it was charged by then, and nothing has been learnt since
        for settled in settle(obligation, known, until):
            if since is None or settled.at > since:
                yield settled


def _obligations(
    till: Till, known: Sequence[Knowledge], since: datetime | None, until: datetime
) -> Iterator[Obligation]:
    lease = till.plan.lease
    for fee in till.plan.fees:
        if fee.kind is FeeKind.UNRETURNED:
            yield from (Unreturned(till, fee, one) for one in known[-1].removals)
        elif fee.recurring:
            yield from pieces_due(till, fee, since, until)
            if fee.kind is FeeKind.LEASE and lease.minimum_months and lease.termination_percent:
                yield Termination(till, fee)
        else:
            make = _ONCE.get(fee.kind, AtStart)
            yield make(till, fee)


def _charge(settled: Settled) -> Charge:
    obligation, amount = settled.obligation, settled.amount
    till, fee = obligation.till, obligation.fee
    subscription, parties = till.subscription, till.subscription.parties
    key = f"{subscription.id}:{fee.id}:{till.side}:{obligation.name}"
    return Charge(
        key=f"{key}:adjust:{settled.news.id}" if settled.news else key,
        subscription_id=subscription.id,
        slot_id=subscription.slot_id,
        side=till.side,
        fee_id=fee.id,
        kind=obligation.kind,
        text=amount.text,
        period=amount.period,
        amount=amount.money,
        issuer_id=parties.issuer(till.side),
        debtor_id=parties.debtor(till.side),
        due_at=settled.at.astimezone(UTC),
        cause=settled.cause,
        calculation=amount.calculation,
        tax_category=fee.tax_category,
        device_id=obligation.device_id,
    )


def _moments(till: Till, after: datetime) -> Iterator[datetime]:
    """At which something may fall due, the earliest of each kind."""
    changes = till.subscription.changes
    yield till.begins_at
    for change in changes:
        yield change.known_at
        if change.effective_at is not None:
            yield change.effective_at
    yield from _deadlines(till, changes)
    ended_at = till.subscription.end_seen_at(after)
    last_day = till.day(ended_at) if ended_at else None
    for fee in till.plan.fees:
        if fee.recurring:
            for piece in pieces_due(till, fee, after, after + timedelta(days=800)):
                if last_day is not None and piece.period.start >= last_day:
                    break
                if piece.nominally_due > after:
                    yield piece.nominally_due
                    break


def _deadlines(till: Till, changes: Sequence[Change]) -> Iterator[datetime]:
    days = till.plan.lease.return_days
    for change in changes:
        removed = change.kind is ChangeKind.DEVICE_REMOVED
        if removed and days is not None and change.effective_at is not None:
            last = till.day(change.effective_at) + timedelta(days=days)
            yield till.day_begins(last + timedelta(days=1))
