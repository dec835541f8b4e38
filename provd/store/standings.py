"""What a delivery needs to know of its device, for many devices at once.

Most phones that fetch their configuration are in service already, and nothing follows from it. One
query for a whole batch tells those from the others, and opens no secret.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from provd.devices.lifecycle import State, told_alike
from provd.store.bulk import among, listed
from provd.store.repository import Repository


@dataclass(frozen=True, slots=True)
class Standing:
    """`waits`: some subscription to the device, or to the slot that it fills, has not started."""

    device_id: int
    state: State
    window_open: bool
    waits: bool


class Standings(Repository):
    """Each method is one statement, however many devices it concerns."""

    def standings(self, device_ids: Collection[int]) -> dict[int, Standing]:
        """By device id; those that do not exist are missing."""
        text = f"""
            SELECT device.id, state, open_until IS NOT NULL, EXISTS (
                SELECT 1 FROM slot JOIN subscription ON subscription.slot_id = slot.id
                WHERE slot.device_id = device.id AND started_at IS NULL)
                OR EXISTS (
                SELECT 1 FROM subscription
                WHERE subscription.device_id = device.id AND started_at IS NULL)
            FROM device WHERE {among(self._database, "device.id")}
            """  # noqa: S608  made of names in our code
        rows = self._database.sql(text, (listed(self._database, device_ids),))
        return {
            id_: Standing(id_, State(state), bool(window_open), bool(waits))
            for id_, state, window_open, waits in rows
        }

    def hold(self, device_ids: Collection[int]) -> None:
        """Until the transaction ends, who else holds one of these devices waits; what it asks then
        shows what this transaction has written. SQLite lets one write at a time anyhow."""
        if self._database.is_postgresql:
            text = "SELECT id FROM device WHERE id = ANY(?) ORDER BY id FOR UPDATE"
            self._database.sql(text, (listed(self._database, device_ids),))

    def close_windows(self, device_ids: Collection[int]) -> int:
        """Closes those that are open, for good; the first addresses stay on record. Returns how
        many were."""
        text = f"""
            UPDATE device SET open_until = NULL
            WHERE {among(self._database, "id")} AND open_until IS NOT NULL RETURNING id
            """  # noqa: S608  made of names in our code
        with self._database.transaction():
            closed = self._database.sql(text, (listed(self._database, device_ids),))
            if closed:
                self._database.configuration_changed()
        return len(closed)

    def change_states(self, device_ids: Collection[int], before: State, after: State) -> set[int]:
        """Compare and set: returns those that were in `before`. Whether the arrow exists is for
        the caller to know."""
        text = f"""
            UPDATE device SET state = ?
            WHERE {among(self._database, "id")} AND state = ? RETURNING id
            """  # noqa: S608  made of names in our code
        with self._database.transaction():
            given = (after.value, listed(self._database, device_ids), before.value)
            changed = {id_ for (id_,) in self._database.sql(text, given)}
            # Mostly no file changes with the state: ten thousand new phones that come into service
            # need not drop everybody's files ten thousand times.
            if changed and not told_alike(before, after):
                self._database.configuration_changed()
        return changed
