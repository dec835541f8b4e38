"""Subscriptions: who pays for which slot by which plan, since when and why."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

import peewee

from provd.billing import subscription as values
from provd.billing.subscription import Cause, Parties
from provd.store.books.causes import cause_from, cause_stored
from provd.store.books.tables import Subscription
from provd.store.bulk import among, elements, listed
from provd.store.database import Row
from provd.store.fields import from_microseconds, to_microseconds
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

    def waiting_subscriptions(
        self, device_ids: Collection[int]
    ) -> list[tuple[int, values.Subscription]]:
        """Those that have not started, each with the device that fills its slot now."""
        text = f"""
            SELECT slot.device_id, subscription.id, plan_id, slot_id, provider_id, reseller_id,
                   customer_id, provider_zone, reseller_zone, ended_at, end_known_at
            FROM slot JOIN subscription ON subscription.slot_id = slot.id
            WHERE {among(self._database, "slot.device_id")} AND started_at IS NULL
            ORDER BY subscription.id
            """  # noqa: S608  made of names in our code
        rows = self._database.sql(text, (listed(self._database, device_ids),))
        return [_waiting(*row) for row in rows]

    def start_subscriptions(self, causes: Mapping[int, Cause]) -> set[int]:
        """By subscription id: each starts when its cause came. Compare and set: returns those that
        had not started before; of the others that start stays."""
        text = f"""
            UPDATE subscription
            SET started_at = CAST(value->>1 AS BIGINT), start_cause = value->>2
            FROM {elements(self._database)} AS begun
            WHERE subscription.id = CAST(value->>0 AS BIGINT) AND started_at IS NULL
            RETURNING id
            """  # noqa: S608  made of names in our code
        given = [
            (id_, to_microseconds(cause.at), cause_stored(cause))
            for id_, cause in sorted(causes.items())
        ]
        if not given:
            return set()
        with self._database.transaction():
            return {id_ for (id_,) in self._database.sql(text, (json.dumps(given),))}

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


def _waiting(
    device_id: int,
    id_: int,
    plan_id: int,
    slot_id: int,
    provider_id: int,
    reseller_id: int,
    customer_id: int,
    provider_zone: str,
    reseller_zone: str,
    ended_at: int | None,
    end_known_at: int | None,
) -> tuple[int, values.Subscription]:
    parties = Parties(provider_id, reseller_id, customer_id, provider_zone, reseller_zone)
    ended, known = (
        None if at is None else from_microseconds(at) for at in (ended_at, end_known_at)
    )
    return device_id, values.Subscription(id_, plan_id, slot_id, parties, None, None, ended, known)


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
