"""What somebody has just now: which subscriptions rest with a suspended device or account, and
which hardware is due back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from provd.billing.subscription import ChangeKind
from provd.devices.lifecycle import State
from provd.store.bulk import among, listed
from provd.store.fields import to_microseconds
from provd.store.repository import Repository
from provd.store.scope import path_of

_RESTING = f"""
    SELECT id, wanted FROM (
        SELECT s.id AS id, s.ended_at AS ended_at, c.path AS path,
            (COALESCE(d.state, '') = '{State.SUSPENDED}' OR c.suspended_at IS NOT NULL
                OR a.suspended_at IS NOT NULL OR t.suspended_at IS NOT NULL) AS wanted,
            COALESCE((SELECT one.kind FROM subscription_change AS one
                WHERE one.subscription_id = s.id
                AND one.kind IN ('{ChangeKind.SUSPEND}', '{ChangeKind.RESUME}')
                ORDER BY one.known_at DESC, one.id DESC LIMIT 1), '')
                = '{ChangeKind.SUSPEND}' AS recorded
        FROM subscription s
        JOIN account c ON c.id = s.customer_id
        JOIN account a ON a.id = c.parent_id
        LEFT JOIN account t ON t.id = a.parent_id
        LEFT JOIN slot ON slot.id = s.slot_id
        LEFT JOIN device d ON d.id = COALESCE(s.device_id, slot.device_id)
        WHERE %s
    ) AS resting
    WHERE wanted <> recorded AND (ended_at IS NULL OR ended_at > ?)
    ORDER BY id
    """  # noqa: S608  made of names in our code

_HOLD = """
    SELECT s.id FROM subscription s JOIN account c ON c.id = s.customer_id
    WHERE %s ORDER BY s.id FOR UPDATE OF s
    """


class Holdings(Repository):
    """Reads; what follows from it is for the caller."""

    def resting_below(self, account_id: int, now: datetime) -> dict[int, bool]:
        """By subscription: whether it should rest, of those of the account and all below it of
        which the books say otherwise. Those that have ended are left out."""
        start = path_of(self._database, account_id)
        which = "c.path >= ? AND c.path < ?"
        return self._resting(which, (start, start[:-1] + "0"), now)

    def resting_among(self, subscription_ids: Collection[int], now: datetime) -> dict[int, bool]:
        """As `resting_below`, of these."""
        which = among(self._database, "s.id")
        return self._resting(which, (listed(self._database, subscription_ids),), now)

    def removed_from(self, device_id: int) -> list[int]:
        """The subscriptions that the device was taken from, and has not come back to."""
        text = """
            SELECT DISTINCT subscription_id FROM subscription_change AS removed
            WHERE device_id = ? AND kind = ? AND NOT EXISTS (
                SELECT 1 FROM subscription_change AS back
                WHERE back.subscription_id = removed.subscription_id
                AND back.device_id = removed.device_id AND back.kind = ?)
            ORDER BY subscription_id
            """
        given = (device_id, ChangeKind.DEVICE_REMOVED.value, ChangeKind.DEVICE_RETURNED.value)
        return [id_ for (id_,) in self._database.sql(text, given)]

    def move_slot(self, slot_id: int, site_id: int) -> None:
        """The place is at another site of the same customer from now on."""
        with self._database.transaction():
            self._database.sql("UPDATE slot SET site_id = ? WHERE id = ?", (site_id, slot_id))

    def _resting(self, which: str, given: tuple[object, ...], now: datetime) -> dict[int, bool]:
        if self._database.is_postgresql:
            # Of two that suspend or resume for different reasons, the later sees both.
            self._database.sql(_HOLD % which, given)
        rows = self._database.sql(_RESTING % which, (*given, to_microseconds(now)))
        return {id_: bool(wanted) for id_, wanted in rows}
