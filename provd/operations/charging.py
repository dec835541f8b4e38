"""From a life cycle event to charges: the hook between devices and billing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from provd.billing.charge import Charge
from provd.billing.due import due_charges
from provd.billing.guard import accounts_to_park
from provd.billing.ledger import post
from provd.billing.plan import StartsOn
from provd.billing.subscription import Cause, Subscription
from provd.devices.account import Scope
from provd.devices.device import Device
from provd.errors import InputError, MoneyError
from provd.store import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Charged:
    """The charges that were new, and what could not be charged and why."""

    new: tuple[Charge, ...]
    problems: tuple[str, ...]


class Charging:
    """Starts subscriptions and writes the charges that are due. Every method runs within the
    caller's transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def registered(self, device: Device, cause: Cause) -> None:
        self._begins(device, cause, StartsOn.REGISTERED)

    def shipped(self, device: Device, cause: Cause) -> None:
        self._begins(device, cause, StartsOn.SHIPPED)

    def booted(self, device: Device, cause: Cause) -> None:
        """A complete configuration arrived at the customer's site, for the first time or again. A
        phone that boots there has been shipped, whether or not somebody said so: without this, one
        that came by another way would never be charged."""
        self._begins(device, cause, StartsOn.BOOTED, StartsOn.SHIPPED)

    def charge(self, subscription: Subscription, until: datetime) -> Charged:
        """Writes what is due up to `until` and not yet written. Each side by itself: a retail
        price that is missing holds up no wholesale charge."""
        plan = self._store.books.plan(subscription.plan_id)
        prices = self._store.books.price_list(plan.id)
        new: list[Charge] = []
        problems: list[str] = []
        for side in subscription.parties.sides:
            try:
                due = due_charges(plan, prices, subscription, until, sides={side})
            except (InputError, MoneyError) as error:
                problems.append(f"{side}: {error}")
                continue
            new += self._store.books.insert_charges(due, [post(charge) for charge in due])
        return Charged(tuple(new), tuple(problems))

    def _begins(self, device: Device, cause: Cause, *starts_on: StartsOn) -> None:
        books = self._store.books
        for subscription in books.subscriptions_of_device(device.id):
            waiting = subscription.started_at is None
            if not waiting or books.plan(subscription.plan_id).starts_on not in starts_on:
                continue
            if books.start_subscription(subscription.id, cause.at, cause):
                self._started(device, books.subscription(subscription.id), cause.at)

    def _started(self, device: Device, subscription: Subscription, at: datetime) -> None:
        if self._is_parked(subscription.parties.customer_id):
            # Nothing is lost: the billing run charges it once somebody has looked.
            log.warning("parked_not_charged", subscription=subscription.id)
            return
        charged = self.charge(subscription, at)
        for problem in charged.problems:
            log.error("charge_missing", subscription=subscription.id, reason=problem)
        log.info("subscription_started", subscription=subscription.id, charges=len(charged.new))
        self._park_if_in_circles(device, subscription, at)

    def _is_parked(self, customer_id: int) -> bool:
        return bool(self._store.books.parked(Scope(customer_id)))

    def _park_if_in_circles(self, device: Device, subscription: Subscription, at: datetime) -> None:
        """The fuse: see provd.billing.guard."""
        midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        books = self._store.books
        today = list(
            books.charges(device_id=device.id, since=midnight, until=midnight + timedelta(days=1))
        )
        slots = {charge.slot_id: device.id for charge in today}
        for parked in accounts_to_park(today, slots):
            books.park(subscription.parties.customer_id, parked.reason, at)
            log.error("account_parked", account=parked.account_id, reason=parked.reason)
