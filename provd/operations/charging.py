"""From a life cycle event to charges: the hook between devices and billing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from provd.billing.charge import Charge
from provd.billing.due import due_charges, next_due
from provd.billing.guard import MOST_CHARGES_A_DAY, accounts_to_park
from provd.billing.ledger import post
from provd.billing.plan import Side, StartsOn
from provd.billing.subscription import Cause, Subscription
from provd.devices.device import Device
from provd.errors import InputError, MoneyError
from provd.operations.credit import Settle
from provd.operations.prepaid import paid_ends
from provd.operations.suspension import Suspension
from provd.store import Store
from provd.store.books import Closure, Tariff

log = structlog.get_logger()

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Charged:
    """The charges that were new, and what could not be charged and why."""

    new: tuple[Charge, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Begun:
    """A subscription that a device has started just now."""

    device_id: int
    subscription: Subscription
    at: datetime


class Charging:
    """Starts subscriptions and writes the charges that are due. Every method runs within the
    caller's transaction, and asks as much for one as for hundreds."""

    def __init__(self, store: Store, settle: Settle = lambda debtor_ids, by: None) -> None:
        """`settle` suspends those whose credit the charges have used up."""
        self._store = store
        self._settle = settle
        self._suspension = Suspension(store)

    def registered(self, causes: Mapping[int, Cause]) -> None:
        """By device id."""
        self._begin(causes, StartsOn.REGISTERED)

    def shipped(self, device: Device, cause: Cause) -> None:
        self._begin({device.id: cause}, StartsOn.SHIPPED)

    def booted(self, causes: Mapping[int, Cause]) -> None:
        """By device id: a complete configuration arrived at the customer's site, for the first
        time or again. A phone that boots there has been shipped, whether or not somebody said so:
        without this, one that came by another way would never be charged."""
        self._begin(causes, StartsOn.BOOTED, StartsOn.SHIPPED)

    def charge(self, held: Iterable[tuple[Subscription, datetime]]) -> list[Charged]:
        """Writes for each what has fallen due since its books were closed and up to its time, and
        closes them; tells for each what came of it. Each side by itself: a retail price that is
        missing holds up no wholesale charge, and the books of that side stay open.

        The subscriptions are held: nobody else charges them, or records a change, meanwhile.
        """
        wanted = list(held)
        tariffs = self._store.books.held_tariffs({one.plan_id for one, _ in wanted})
        due = [_due(tariffs[one.plan_id], one, until) for one, until in wanted]
        new = self._insert([charge for one in due for charge in one.charges])
        self._store.books.close_books([one.closure for one in due])
        # Not before: who is suspended by these charges is so after the books were closed. What that
        # gives back is charged by the next run, not passed over as known when this one ran.
        self._settle({charge.debtor_id for charge in new}, "billing")
        keys = {charge.key for charge in new}
        return [
            Charged(tuple(charge for charge in one.charges if charge.key in keys), one.problems)
            for one in due
        ]

    def _insert(self, due: Sequence[Charge]) -> list[Charge]:
        """Those that were new."""
        transactions = [post(charge) for charge in due]
        return self._store.books.insert_charges(due, transactions)

    def _begin(self, causes: Mapping[int, Cause], *starts_on: StartsOn) -> None:
        books = self._store.books
        waiting = books.waiting_subscriptions(causes)
        tariffs = books.tariffs({one.plan_id for _, one in waiting})
        starting = {
            one.id: (device_id, one)
            for device_id, one in waiting
            if tariffs[one.plan_id].plan.starts_on in starts_on
        }
        books.hold_debtors(starting)
        begun = {id_: causes[device_id] for id_, (device_id, _) in starting.items()}
        started = books.start_subscriptions(begun)
        self._suspension.begun({id_: begun[id_] for id_ in started})
        books.record_changes(paid_ends(self._store, {id_: begun[id_] for id_ in started}))
        self._started(
            [
                _begun(starting[one.id][0], one, causes[starting[one.id][0]])
                for one in books.subscriptions(started)
            ]
        )

    def _started(self, begun: Sequence[_Begun]) -> None:
        parked = self._store.books.parked_among(
            {one.subscription.parties.customer_id for one in begun}
        )
        charged = []
        for one in begun:
            if one.subscription.parties.customer_id in parked:
                # Nothing is lost: the billing run charges it once somebody has looked.
                log.warning("parked_not_charged", subscription=one.subscription.id)
            else:
                charged.append(one)
        results = self.charge((one.subscription, one.at) for one in charged)
        for one, result in zip(charged, results, strict=True):
            _tell(one.subscription, result)
        self._park_those_in_circles(charged)

    def _park_those_in_circles(self, charged: Sequence[_Begun]) -> None:
        """The fuse: see provd.billing.guard."""
        if not charged:
            return
        often = self._store.books.often_charged(
            {one.device_id for one in charged},
            since=_midnight(min(one.at for one in charged)),
            until=_midnight(max(one.at for one in charged)) + _DAY,
            more_than=MOST_CHARGES_A_DAY,
        )
        for one in charged:
            if one.device_id in often:
                self._park_if_in_circles(one)

    def _park_if_in_circles(self, begun: _Begun) -> None:
        day, books = _midnight(begun.at), self._store.books
        today = list(books.charges(device_id=begun.device_id, since=day, until=day + _DAY))
        slots = {charge.slot_id: begun.device_id for charge in today if charge.slot_id}
        for parked in accounts_to_park(today, slots):
            books.park(begun.subscription.parties.customer_id, parked.reason, begun.at)
            log.error("account_parked", account=parked.account_id, reason=parked.reason)


@dataclass(frozen=True, slots=True)
class _Due:
    """What has fallen due of a subscription, and how far its books can be closed with that."""

    charges: tuple[Charge, ...]
    problems: tuple[str, ...]
    closure: Closure


def _due(tariff: Tariff, subscription: Subscription, until: datetime) -> _Due:
    plan, prices = tariff.plan, tariff.prices
    if subscription.start is None:
        return _Due((), (), Closure(subscription.id, None, None, None))
    due: list[Charge] = []
    closed: dict[Side, datetime] = {}
    problems: list[str] = []
    for side in subscription.parties.sides:
        since = subscription.billed_until(side)
        try:
            due += due_charges(plan, prices, subscription, until, since=since, sides={side})
            closed[side] = until
        except (InputError, MoneyError) as error:
            problems.append(f"{side}: {error}")
    wholesale, retail = closed.get(Side.WHOLESALE), closed.get(Side.RETAIL)
    look_again = until if problems else _next(tariff, subscription, until)
    closure = Closure(subscription.id, wholesale, retail, look_again)
    return _Due(tuple(due), tuple(problems), closure)


def _next(tariff: Tariff, subscription: Subscription, until: datetime) -> datetime | None:
    """From when on it is to be looked at; a run for an earlier time than one before opens no books
    that are closed further."""
    closed = (subscription.billed_until(side) for side in subscription.parties.sides)
    after = max([until, *(one for one in closed if one is not None)])
    return next_due(tariff.plan, tariff.prices, subscription, after)


def _begun(device_id: int, subscription: Subscription, cause: Cause) -> _Begun:
    return _Begun(device_id, subscription, cause.at)


def _tell(subscription: Subscription, charged: Charged) -> None:
    for problem in charged.problems:
        log.error("charge_missing", subscription=subscription.id, reason=problem)
    log.info("subscription_started", subscription=subscription.id, charges=len(charged.new))


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
