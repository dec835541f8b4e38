"""Subscriptions: who pays for which slot by which plan, since when and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import peewee

from provd.billing import subscription as values
from provd.billing.subscription import Cause, Parties
from provd.store.books.causes import cause_from, cause_stored
from provd.store.books.tables import Slot, Subscription
from provd.store.database import Row
from provd.store.repository import Repository
from provd.store.scope import not_found
from provd.store.tables import Account


class Subscriptions(Repository):
    """They start once and end once."""

    def create_subscription(
        self, *, plan_id: int, slot_id: int, parties: Parties
    ) -> values.Subscription:
        """Not started yet: it costs nothing."""
        subscription_id = self._database.insert(
            Subscription.insert(
                plan_id=plan_id,
                slot_id=slot_id,
                provider_id=parties.provider_id,
                reseller_id=parties.reseller_id,
                customer_id=parties.customer_id,
                provider_zone=parties.provider_zone,
                reseller_zone=parties.reseller_zone,
            )
        )
        return self.subscription(subscription_id)

    def subscription(self, subscription_id: int) -> values.Subscription:
        """Raises NotFoundError."""
        query = Subscription.select().where(Subscription.id == subscription_id)
        row = self._database.row(query)
        if row is None:
            raise not_found("subscription")
        return _subscription(row)

    def subscriptions_of_slot(self, slot_id: int) -> list[values.Subscription]:
        """All that the slot ever had, the oldest first."""
        return self._listed(Subscription.select().where(Subscription.slot_id == slot_id))

    def subscriptions_of_device(self, device_id: int) -> list[values.Subscription]:
        """Those of the slot that the device fills now."""
        query = (
            Subscription.select(Subscription)
            .join(Slot, on=(Slot.id == Subscription.slot_id))
            .where(Slot.device_id == device_id)
        )
        return self._listed(query)

    def start_subscription(self, subscription_id: int, at: datetime, cause: Cause) -> bool:
        """Compare and set: False when it had started before; then that start stays."""
        waiting = (Subscription.id == subscription_id) & Subscription.started_at.is_null()
        change = Subscription.update(started_at=at, start_cause=cause_stored(cause))
        return bool(self._database.write(change.where(waiting)))

    def end_subscription(self, subscription_id: int, at: datetime, known_at: datetime) -> bool:
        """`known_at` is when the end was decided. False when it had an end already; then that one
        stays."""
        open_ended = (Subscription.id == subscription_id) & Subscription.ended_at.is_null()
        change = Subscription.update(ended_at=at, end_known_at=known_at)
        return bool(self._database.write(change.where(open_ended)))

    def count_started(self) -> int:
        """How many subscriptions `started_subscriptions` gives."""
        return int(self._database.value(_billable(peewee.fn.COUNT(Subscription.id))))

    def started_subscriptions(self, size: int = 500) -> Iterator[list[values.Subscription]]:
        """In batches by id, those of parked customers left out; no transaction is open between."""
        last = 0
        while batch := self._listed(
            _billable(Subscription).where(Subscription.id > last).limit(size)
        ):
            yield batch
            last = batch[-1].id

    def _listed(self, query: peewee.ModelSelect[Subscription]) -> list[values.Subscription]:
        rows = self._database.rows(query.order_by(Subscription.id))
        return [_subscription(row) for row in rows]


def _billable(*columns: object) -> peewee.ModelSelect[Subscription]:
    return (
        Subscription.select(*columns)
        .join(Account, on=(Account.id == Subscription.customer_id))
        .where(Subscription.started_at.is_null(False) & Account.parked_at.is_null())
    )


def _subscription(row: Row) -> values.Subscription:
    return values.Subscription(
        id=row["id"],
        plan_id=row["plan_id"],
        slot_id=row["slot_id"],
        parties=Parties(
            provider_id=row["provider_id"],
            reseller_id=row["reseller_id"],
            customer_id=row["customer_id"],
            provider_zone=row["provider_zone"],
            reseller_zone=row["reseller_zone"],
        ),
        started_at=row["started_at"],
        start_cause=cause_from(row["start_cause"]) if row["start_cause"] else None,
        ended_at=row["ended_at"],
        end_known_at=row["end_known_at"],
    )
