"""Lists of subscriptions for people: the newest first, with the names of what they are for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from provd.billing.subscription import Subscription as Value
from provd.devices.account import Scope
from provd.store.books.closing import Closing
from provd.store.books.tables import Subscription
from provd.store.bulk import among, listed
from provd.store.scope import within
from provd.store.tables import Account


@dataclass(frozen=True, slots=True)
class SubjectName:
    """Of a subscription: its customer's name, and what it is for."""

    customer: str
    subject: str


class SubscriptionLists(Closing):
    """What a scope holds is decided by the customer who pays."""

    def subscriptions_in(
        self,
        scope: Scope,
        *,
        running_at: datetime | None = None,
        before_id: int | None = None,
        size: int = 200,
    ) -> list[Value]:
        """The newest first, at most `size`; those that have ended by `running_at` are left out,
        and, for the next page, those from `before_id` on."""
        query = (
            Subscription.select(Subscription.id)
            .join(Account, on=(Account.id == Subscription.customer_id))
            .where(within(self._database, scope, Account.path))
            .order_by(Subscription.id.desc())
            .limit(size)
        )
        if running_at is not None:
            ended_at = Subscription.ended_at
            query = query.where(ended_at.is_null() | (ended_at > running_at))
        if before_id is not None:
            query = query.where(Subscription.id < before_id)
        ids = [row["id"] for row in self._database.rows(query)]
        return self.subscriptions(ids)[::-1]

    def subject_names(self, subscription_ids: Collection[int]) -> dict[int, SubjectName]:
        """By subscription id."""
        text = f"""
            SELECT subscription.id, account.name, slot.name, slot.model, slot.serial,
                device.model, device.mac
            FROM subscription JOIN account ON account.id = customer_id
            LEFT JOIN slot ON slot.id = slot_id
            LEFT JOIN device ON device.id = COALESCE(subscription.device_id, slot.device_id)
            WHERE {among(self._database, "subscription.id")}
            """  # noqa: S608  made of names in our code
        rows = self._database.sql(text, (listed(self._database, subscription_ids),))
        return {
            id_: SubjectName(customer, _subject(customer, *row)) for id_, customer, *row in rows
        }


def _subject(
    customer: str,
    slot: str | None,
    item: str | None,
    serial: str | None,
    model: str | None,
    mac: str | None,
) -> str:
    device = f"{model} {':'.join(mac[at : at + 2] for at in range(0, 12, 2))}" if mac else ""
    inside = device or f"{item or ''} {serial or ''}".strip()
    if slot is None:
        return device or customer
    return f"{slot} ({inside})" if inside and inside not in slot else slot
