"""Subscriptions: who pays for whom or what by which plan, and what has become of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import peewee

from provd.billing import subscription as values
from provd.billing.plan import SubjectKind
from provd.billing.subscription import Cause, ChangeKind, Parties, SetupFee, Subject
from provd.store.books.changes import Changes, NewChange
from provd.store.books.plan_rows import day_from, day_stored
from provd.store.books.tables import Subscription
from provd.store.bulk import among, listed
from provd.store.database import Row
from provd.store.scope import not_found

_NONE: tuple[int, ...] = ()


class Subscriptions(Changes):
    """What has become of each is told by its changes; a start counts once."""

    def create_subscription(
        self,
        *,
        plan_id: int,
        subject: Subject,
        parties: Parties,
        setup: SetupFee = SetupFee.NOW,
        term_from: date | None = None,
    ) -> values.Subscription:
        """Not started yet: it costs nothing. The subject CUSTOMER is the parties' customer."""
        ids = {SubjectKind.SLOT: None, SubjectKind.DEVICE: None} | {subject.kind: subject.id}
        subscription_id = self._database.insert(
            Subscription.insert(
                plan_id=plan_id,
                slot_id=ids[SubjectKind.SLOT],
                device_id=ids[SubjectKind.DEVICE],
                provider_id=parties.provider_id,
                reseller_id=parties.reseller_id,
                customer_id=parties.customer_id,
                provider_zone=parties.provider_zone,
                reseller_zone=parties.reseller_zone,
                setup=setup,
                term_from=day_stored(term_from),
            )
        )
        return self.subscription(subscription_id)

    def subscription(self, subscription_id: int) -> values.Subscription:
        """Raises NotFoundError."""
        found = self.subscriptions([subscription_id])
        if not found:
            raise not_found("subscription")
        return found[0]

    def subscriptions(self, subscription_ids: Collection[int]) -> list[values.Subscription]:
        """Those that exist, the oldest first."""
        return self._listed(
            Subscription.select().where(Subscription.id.in_(list(subscription_ids)))
        )

    def subscriptions_of(
        self,
        *,
        slot_ids: Collection[int] = _NONE,
        device_ids: Collection[int] = _NONE,
        customer_ids: Collection[int] = _NONE,
    ) -> list[values.Subscription]:
        """All that these slots, these devices themselves and these customers themselves ever had,
        the oldest first. What stands in a customer's slots is the slots'."""
        own = Subscription.slot_id.is_null() & Subscription.device_id.is_null()
        return self._listed(
            Subscription.select().where(
                Subscription.slot_id.in_(list(slot_ids))
                | Subscription.device_id.in_(list(device_ids))
                | (own & Subscription.customer_id.in_(list(customer_ids)))
            )
        )

    def subscriptions_below(self, customer_ids: Collection[int]) -> list[values.Subscription]:
        """All that these customers pay for, whatever the subject, the oldest first."""
        return self._listed(
            Subscription.select().where(Subscription.customer_id.in_(list(customer_ids)))
        )

    def waiting_subscriptions(
        self, device_ids: Collection[int]
    ) -> list[tuple[int, values.Subscription]]:
        """Those that have not started, each with the device that it is for, or that fills its slot
        now."""
        text = f"""
            SELECT id, MAX(device) FROM (
                SELECT subscription.id, slot.device_id AS device
                FROM slot JOIN subscription ON subscription.slot_id = slot.id
                WHERE {among(self._database, "slot.device_id")} AND started_at IS NULL
                UNION ALL
                SELECT id, device_id AS device FROM subscription
                WHERE {among(self._database, "device_id")} AND started_at IS NULL
            ) AS waiting GROUP BY id
            """  # noqa: S608  made of names in our code
        given = listed(self._database, device_ids)
        devices = dict(self._database.sql(text, (given, given)))
        return [(devices[one.id], one) for one in self.subscriptions(devices)]

    def start_subscriptions(self, causes: Mapping[int, Cause]) -> set[int]:
        """By subscription id: each starts when its cause came. Returns those that had not started
        before; of the others that start stays, and ids of none are passed over."""
        with self._database.transaction():
            known = {one.id for one in self.subscriptions(causes)}
            new = [
                NewChange(id_, ChangeKind.START, cause.at, cause.at, cause)
                for id_, cause in sorted(causes.items())
                if id_ in known
            ]
            kept = self.record_changes(new)
        return {one.subscription_id for one, change in zip(new, kept, strict=True) if change}

    def _listed(self, query: peewee.ModelSelect[Subscription]) -> list[values.Subscription]:
        rows = self._database.rows(query.order_by(Subscription.id))
        changes = self.changes({row["id"] for row in rows})
        return [_subscription(row, changes[row["id"]]) for row in rows]


def _subscription(row: Row, changes: tuple[values.Change, ...]) -> values.Subscription:
    return values.Subscription(
        id=row["id"],
        plan_id=row["plan_id"],
        subject=_subject(row),
        parties=Parties(
            provider_id=row["provider_id"],
            reseller_id=row["reseller_id"],
            customer_id=row["customer_id"],
            provider_zone=row["provider_zone"],
            reseller_zone=row["reseller_zone"],
        ),
        changes=changes,
        setup=SetupFee(row["setup"]),
        term_from=day_from(row["term_from"]),
        wholesale_until=row["wholesale_until"],
        retail_until=row["retail_until"],
    )


def _subject(row: Row) -> Subject:
    for kind, id_ in (
        (SubjectKind.SLOT, row["slot_id"]),
        (SubjectKind.DEVICE, row["device_id"]),
    ):
        if id_ is not None:
            return Subject(kind, id_)
    return Subject(SubjectKind.CUSTOMER, row["customer_id"])
