"""Deliveries in, life cycle events and charges out: what a boot means.

Everything that follows from one delivery is booked in the transaction that records it, so a
charge is neither lost nor doubled, whatever dies when.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog

from provd.billing.subscription import Cause
from provd.devices.device import Device
from provd.devices.lifecycle import Evidence, LifecycleEvent, Place, state_after_delivery
from provd.operations.charging import Charging
from provd.provisioning.journal import JournalEntry
from provd.store import Store

log = structlog.get_logger()

ONE_BOOT = timedelta(minutes=15)
"""The files of a full configuration must have arrived within this time of each other. Measured in
the journal, so a restart of ours between two files of a phone does not matter."""


class Boots:
    """Books what the servers delivered. `book` is idempotent by the entries' ids."""

    def __init__(self, store: Store, charging: Charging, *, closes_windows: bool) -> None:
        """`closes_windows`: a delivered configuration holds the phone's own address with its token,
        so that its enrolment window is not needed any more."""
        self._store = store
        self._charging = charging
        self._closes_windows = closes_windows

    def book(self, entries: Sequence[JournalEntry]) -> None:
        """Raises StoreUnavailable, and then nothing of the batch is booked."""
        with self._store.transaction():
            new = set(self._store.journal.append(entries))
            for entry in entries:
                if entry.id in new and _may_complete(entry):
                    self._delivered(entry)

    def _delivered(self, entry: JournalEntry) -> None:
        assert entry.device_id is not None  # noqa: S101  _may_complete has looked
        if not self._is_complete(entry):
            return
        device = self._store.devices.get(entry.device_id)
        if self._closes_windows:
            self._store.devices.close_window(device.id)
        if entry.place is Place.SITE:
            self._in_service(device, entry)

    def _is_complete(self, entry: JournalEntry) -> bool:
        """All files arrived within one boot up to this one; or, when several processes serve and
        this one books late, from this one on."""
        assert entry.device_id is not None  # noqa: S101
        assert entry.place is not None  # noqa: S101
        for start in (entry.finished_at - ONE_BOOT, entry.finished_at):
            arrived = self._store.journal.kinds_delivered(
                entry.device_id, place=entry.place, since=start, until=start + ONE_BOOT
            )
            if arrived.issuperset(entry.required_kinds):
                return True
        return False

    def _in_service(self, device: Device, entry: JournalEntry) -> None:
        event_id = f"boot:{entry.id}"
        after = state_after_delivery(device.state, Place.SITE)
        if after and self._store.devices.change_state(device.id, device.state, after):
            evidence = Evidence(
                entry.path, entry.transport, entry.bytes_sent, entry.address, Place.SITE
            )
            self._store.events.record(
                LifecycleEvent(
                    event_id, device.id, device.state, after, entry.finished_at, "phone", evidence
                )
            )
            log.info("device_in_service", mac=str(device.mac), address=entry.address)
        self._charging.booted(device, _cause(event_id, entry))


def _may_complete(entry: JournalEntry) -> bool:
    return bool(
        entry.whole and entry.completes_boot and entry.device_id and entry.place is not None
    )


def _cause(event_id: str, entry: JournalEntry) -> Cause:
    return Cause(
        event_id=event_id,
        kind="booted",
        at=entry.finished_at,
        file=entry.path,
        transport=entry.transport,
        bytes_sent=entry.bytes_sent,
        address=entry.address,
    )
