"""Deliveries in, life cycle events and charges out: what a boot means.

Everything that follows from one delivery is booked in the transaction that records it, so a
charge is neither lost nor doubled, whatever dies when.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from provd.billing.subscription import Cause
from provd.devices import standing as trust
from provd.devices.lifecycle import Evidence, LifecycleEvent, Place, State, state_after_delivery
from provd.devices.mac import Mac
from provd.errors import NotFoundError
from provd.operations.charging import Charging
from provd.provisioning.journal import JournalEntry
from provd.store import Store
from provd.store.journal import Arrival
from provd.store.standings import Standing

log = structlog.get_logger()

ClosesWindow = Callable[[trust.Standing], bool]

ONE_BOOT = timedelta(minutes=15)
"""The files of a full configuration must have arrived within this time of each other. Measured in
the journal, so a restart of ours between two files of a phone does not matter."""


class Boots:
    """Books what the servers delivered. `book` is idempotent by the entries' ids."""

    def __init__(
        self,
        store: Store,
        charging: Charging,
        *,
        closes_window: ClosesWindow | None,
        strangers: Callable[[Sequence[JournalEntry]], None] = lambda entries: None,
    ) -> None:
        """`closes_window`: whether that phone's configuration tells it a way to come back, so that
        its enrolment window is not needed any more. None: no phone's does. `strangers` is told of
        every entry of a phone that nobody has registered, once."""
        self._store = store
        self._charging = charging
        self._closes_window = closes_window
        self._strangers = strangers

    def book(self, entries: Sequence[JournalEntry]) -> None:
        """A batch costs a few queries more than its insertion, whatever it leads to; one in which
        every phone is in service already costs one.

        Raises StoreUnavailable, and then nothing of the batch is booked.
        """
        with self._store.transaction():
            new = set(self._store.journal.append(entries))
            self._strangers([entry for entry in entries if entry.id in new and _is_nobodys(entry)])
            arrived = [entry for entry in entries if entry.id in new and _may_complete(entry)]
            if arrived:
                self._arrived(arrived)

    def _arrived(self, entries: Sequence[JournalEntry]) -> None:
        standings = self._store.devices.standings({_device(entry) for entry in entries})
        awaited = [
            entry for entry in entries if self._leads_on(entry, standings.get(_device(entry)))
        ]
        complete = self._complete(awaited)
        missing = {_device(entry) for entry in complete} - standings.keys()
        if missing:
            raise NotFoundError(f"no device has the id {min(missing)}")
        self._close_windows(
            {entry.mac for entry in complete if standings[_device(entry)].window_open}
        )
        first: dict[int, JournalEntry] = {}
        for entry in complete:
            if entry.place is Place.SITE:
                # A device's later deliveries find nothing more to do.
                first.setdefault(_device(entry), entry)
        if first:
            self._in_service(first, standings)

    def _close_windows(self, macs: Collection[Mac | None]) -> None:
        if self._closes_window is None:
            return
        found = [self._store.devices.find(mac) for mac in macs if mac is not None]
        closed = {
            one.standing.device_id for one in found if one and self._closes_window(one.standing)
        }
        if closed:
            self._store.devices.close_windows(closed)

    def _leads_on(self, entry: JournalEntry, standing: Standing | None) -> bool:
        """Whether anything would follow if this file made the configuration complete."""
        if standing is None or (standing.window_open and self._closes_window):
            return True
        moves = state_after_delivery(standing.state, Place.SITE) is not None
        return entry.place is Place.SITE and (moves or standing.waits)

    def _complete(self, entries: Sequence[JournalEntry]) -> list[JournalEntry]:
        """Those with which all files had arrived within one boot: up to this one or, when several
        processes serve and this one books late, from this one on."""
        if all(_is_whole_configuration(entry) for entry in entries):
            return list(entries)
        # Of two processes that book a file each at the same time, the later one sees both.
        self._store.devices.hold({_device(entry) for entry in entries})
        arrivals = self._store.journal.arrivals(_spans(entries))
        return [entry for entry in entries if _is_complete(entry, arrivals.get(_device(entry), []))]

    def _in_service(
        self, first: Mapping[int, JournalEntry], standings: Mapping[int, Standing]
    ) -> None:
        self._move([(entry, standings[id_]) for id_, entry in first.items()])
        self._charging.booted(
            {id_: _cause(entry) for id_, entry in first.items() if standings[id_].waits}
        )

    def _move(self, deliveries: Sequence[tuple[JournalEntry, Standing]]) -> None:
        arrows: defaultdict[tuple[State, State], dict[int, JournalEntry]] = defaultdict(dict)
        for entry, standing in deliveries:
            after = state_after_delivery(standing.state, Place.SITE)
            if after:
                arrows[standing.state, after][standing.device_id] = entry
        for (before, after), entries in arrows.items():
            moved = self._store.devices.change_states(entries, before, after)
            self._store.events.record_all(
                [_event(entry, before, after) for id_, entry in entries.items() if id_ in moved]
            )
            for id_ in moved:
                entry = entries[id_]
                log.info("device_in_service", mac=str(entry.mac), address=entry.address)


def _device(entry: JournalEntry) -> int:
    assert entry.device_id is not None  # noqa: S101  _may_complete has looked
    return entry.device_id


def _is_nobodys(entry: JournalEntry) -> bool:
    return entry.mac is not None and entry.device_id is None


def _may_complete(entry: JournalEntry) -> bool:
    return bool(
        entry.whole and entry.completes_boot and entry.device_id and entry.place is not None
    )


def _is_whole_configuration(entry: JournalEntry) -> bool:
    return {entry.file_kind}.issuperset(entry.required_kinds)


def _is_complete(entry: JournalEntry, arrivals: Sequence[Arrival]) -> bool:
    for start in (entry.finished_at - ONE_BOOT, entry.finished_at):
        kinds = {
            arrival.kind
            for arrival in arrivals
            if arrival.place is entry.place and start <= arrival.at <= start + ONE_BOOT
        }
        if kinds.issuperset(entry.required_kinds):
            return True
    return False


def _spans(entries: Sequence[JournalEntry]) -> dict[int, tuple[datetime, datetime]]:
    """For each device the time in which its other files may have arrived."""
    spans: dict[int, tuple[datetime, datetime]] = {}
    for entry in entries:
        at = entry.finished_at
        since, until = spans.get(_device(entry), (at - ONE_BOOT, at + ONE_BOOT))
        spans[_device(entry)] = min(since, at - ONE_BOOT), max(until, at + ONE_BOOT)
    return spans


def _event_id(entry: JournalEntry) -> str:
    return f"boot:{entry.id}"


def _event(entry: JournalEntry, before: State, after: State) -> LifecycleEvent:
    return LifecycleEvent(
        id=_event_id(entry),
        device_id=_device(entry),
        before=before,
        after=after,
        at=entry.finished_at,
        actor="phone",
        evidence=Evidence(entry.path, entry.transport, entry.bytes_sent, entry.address, Place.SITE),
    )


def _cause(entry: JournalEntry) -> Cause:
    return Cause(
        event_id=_event_id(entry),
        kind="booted",
        at=entry.finished_at,
        file=entry.path,
        transport=entry.transport,
        bytes_sent=entry.bytes_sent,
        address=entry.address,
    )
