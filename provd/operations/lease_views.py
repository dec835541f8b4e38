"""Leases as people read them: what stands where, since when, until when it binds, what it costs,
and which hardware is awaited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from provd.billing.days import local_date, zone_named
from provd.billing.knowledge import Knowledge, Removal, steps
from provd.billing.money import Money
from provd.billing.period import Interval, months_later
from provd.billing.plan import Fee, FeeKind, Plan, Side
from provd.billing.subscription import Change, ItemKind, Subscription
from provd.billing.till import Till, price_of, till_of
from provd.errors import InputError, MoneyError
from provd.store.books import Tariff
from provd.store.books.leaseholds import PlacedSlot


@dataclass(frozen=True, slots=True)
class DueBack:
    """Hardware that left its slot: when, and the last day on which it may come back; None: whenever
    it likes. `device_id` is None for what is no phone."""

    device_id: int | None
    since: date
    by: date | None


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """Days are the seller's. `since` is None before it has started, `until` where no end is known;
    `bound_until` is the first day after the minimum term. `fees` are for a full `interval`, and
    like `buy_out` by the sides that the reader may see; what has no price is left out."""

    slot: PlacedSlot
    subscription: Subscription
    plan: Plan
    since: date | None
    until: date | None
    bound_until: date | None
    interval: Interval | None
    fees: Mapping[Side, Money] = field(default_factory=dict)
    buy_out: Mapping[Side, Money] = field(default_factory=dict)
    bought: bool = False
    suspended: bool = False
    due_back: tuple[DueBack, ...] = ()

    @property
    def number(self) -> str:
        """By which commands name it."""
        return f"#{self.slot.slot.id}"

    @property
    def what(self) -> str:
        slot = self.slot.slot
        if slot.item is ItemKind.PHONE:
            return f"{self.slot.device_model} {self.slot.mac}" if self.slot.mac else "no phone"
        return " ".join(part for part in (slot.item, slot.model, slot.serial) if part)

    def open(self, today: date) -> bool:
        """Whether anything is paid or awaited."""
        ended = self.until is not None and self.until <= today
        return bool(self.due_back) or not (ended or self.bought)


def lease_fee(plan: Plan) -> Fee | None:
    """What makes a plan a lease."""
    return next((fee for fee in plan.fees if fee.kind is FeeKind.LEASE), None)


def lease_row(
    slot: PlacedSlot,
    subscription: Subscription,
    tariff: Tariff,
    now: datetime,
    sides: Sequence[Side],
) -> LeaseRow:
    """As it is known now; prices as they are today."""
    plan, zone = tariff.plan, zone_named(subscription.parties.zone(Side.RETAIL))
    known = _known(subscription)
    till = till_of(plan, tariff.prices, subscription, Side.RETAIL)
    fee = lease_fee(plan)
    ended = subscription.ended_at
    started = subscription.started_at
    return LeaseRow(
        slot=slot,
        subscription=subscription,
        plan=plan,
        since=local_date(started, zone) if started else None,
        until=local_date(ended, zone) if ended else None,
        bound_until=_bound_until(till),
        interval=plan.terms_of(fee).interval if fee else None,
        fees=_prices(tariff, subscription, FeeKind.LEASE, now, sides),
        buy_out=_prices(tariff, subscription, FeeKind.BUY_OUT, now, sides),
        bought=bool(known and known.buy_out),
        suspended=bool(known and known.suspensions and known.suspensions[-1][1] is None),
        due_back=_due_back(known, plan, till) if known and till else (),
    )


def _known(subscription: Subscription) -> Knowledge | None:
    """All that is known, of retail."""
    if not subscription.changes:
        return None
    latest = max(one.known_at for one in subscription.changes)
    found = steps(subscription.changes, Side.RETAIL, latest)
    return found[-1] if found else None


def _bound_until(till: Till | None) -> date | None:
    if till is None or not till.plan.lease.minimum_months:
        return None
    begins = till.subscription.term_from or till.first_day
    return months_later(begins, till.plan.lease.minimum_months)


def _prices(
    tariff: Tariff,
    subscription: Subscription,
    kind: FeeKind,
    now: datetime,
    sides: Sequence[Side],
) -> dict[Side, Money]:
    found: dict[Side, Money] = {}
    for side in subscription.parties.sides:
        plan, parties = tariff.plan, subscription.parties
        fee = next((one for one in plan.fees if one.kind is kind), None)
        if side in sides and fee is not None:
            today = local_date(now, zone_named(parties.zone(side)))
            try:
                price = price_of(plan, tariff.prices, parties, side, fee, today, now)
                found[side] = price.rounded()
            except (InputError, MoneyError):
                continue  # the billing run tells of it
    return found


def _due_back(known: Knowledge, plan: Plan, till: Till) -> tuple[DueBack, ...]:
    if known.buy_out is not None:
        return ()
    found = (
        _awaited(device_id, removal, plan, till)
        for (device_id, _), removal in known.removals.items()
    )
    return tuple(one for one in found if one is not None)


def _awaited(device_id: int | None, removal: Removal, plan: Plan, till: Till) -> DueBack | None:
    removed: Change = removal.removed
    if removal.returned is not None or removed.effective_at is None:
        return None
    since, days = till.day(removed.effective_at), plan.lease.return_days
    return DueBack(device_id, since, since + timedelta(days=days) if days is not None else None)
