"""Life cycle events: which arrows devices took, when, and what proves it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from provd.devices import lifecycle as values
from provd.devices.lifecycle import Evidence, Place, State
from provd.store.bulk import among, insert_new, listed
from provd.store.database import Row
from provd.store.fields import to_microseconds
from provd.store.repository import Repository
from provd.store.tables import LifecycleEvent

_COLUMNS = (
    "id",
    "device_id",
    "before",
    "after",
    "at",
    "actor",
    "file",
    "transport",
    "bytes_sent",
    "address",
    "place",
    "reason",
    "left_site_id",
)


class Events(Repository):
    """Append-only: the database refuses to change or delete one."""

    def record(self, event: values.LifecycleEvent) -> bool:
        """False when an event of this id is recorded already; then nothing changes."""
        return bool(self.record_all([event]))

    def record_all(self, events: Sequence[values.LifecycleEvent]) -> set[str]:
        """Those whose id is new, whose ids are returned; the others change nothing."""
        rows = [_stored(event) for event in events]
        with self._database.transaction():
            return insert_new(self._database, "lifecycle_event", _COLUMNS, rows, "id")

    def moved_among(self, device_ids: Collection[int]) -> set[int]:
        """Those of them that ever left a site for another."""
        text = f"""
            SELECT DISTINCT device_id FROM lifecycle_event
            WHERE {among(self._database, "device_id")} AND left_site_id IS NOT NULL
            """  # noqa: S608  made of names in our code
        return {id_ for (id_,) in self._database.sql(text, (listed(self._database, device_ids),))}

    def of_device(self, device_id: int) -> list[values.LifecycleEvent]:
        """The oldest first."""
        query = (
            LifecycleEvent.select()
            .where(LifecycleEvent.device_id == device_id)
            .order_by(LifecycleEvent.at, LifecycleEvent.id)
        )
        return [_event(row) for row in self._database.rows(query)]


def _stored(event: values.LifecycleEvent) -> tuple[Any, ...]:
    """The values of _COLUMNS."""
    arrow = (event.before, event.after, to_microseconds(event.at))
    said = (event.reason, event.left_site_id)
    return (event.id, event.device_id, *arrow, event.actor, *_proof(event.evidence), *said)


def _proof(evidence: Evidence | None) -> tuple[Any, ...]:
    if evidence is None:
        return (None,) * 5
    sent = (evidence.file, evidence.transport, evidence.bytes_sent)
    return (*sent, evidence.address, evidence.place)


def _event(row: Row) -> values.LifecycleEvent:
    evidence = None
    if row["place"] is not None:
        evidence = Evidence(
            file=row["file"],
            transport=row["transport"],
            bytes_sent=row["bytes_sent"],
            address=row["address"],
            place=Place(row["place"]),
        )
    return values.LifecycleEvent(
        id=row["id"],
        device_id=row["device_id"],
        before=State(row["before"]),
        after=State(row["after"]),
        at=row["at"],
        actor=row["actor"],
        evidence=evidence,
        reason=row["reason"],
        left_site_id=row["left_site_id"],
    )
