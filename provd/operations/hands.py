"""A device that changed hands: what it did at somebody else's site is shown to nobody who may not
see that site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from provd.devices.device import Device
from provd.devices.lifecycle import LifecycleEvent
from provd.errors import NotFoundError
from provd.operations.actor import Actor
from provd.operations.views import DeviceRow
from provd.store import Store


@dataclass(frozen=True, slots=True)
class Seen:
    """Since when, None: from the beginning; and the events since, the oldest first."""

    since: datetime | None
    events: tuple[LifecycleEvent, ...]


def events_seen(store: Store, actor: Actor, device: Device) -> Seen:
    """From the last time on that it came from where the actor sees nothing. Why it left there, and
    what it was then, is that place's business."""
    events = store.events.of_device(device.id)
    for at in reversed(range(len(events))):
        if not _sees(store, actor, events[at].left_site_id):
            came = replace(events[at], reason="", before=events[at].after, left_site_id=None)
            return Seen(came.at, (came, *events[at + 1 :]))
    return Seen(None, tuple(events))


def moments_seen(store: Store, actor: Actor, rows: Sequence[DeviceRow]) -> tuple[DeviceRow, ...]:
    """The same for a list, which looks closer only at those that ever moved."""
    moved = store.events.moved_among({row.device.id for row in rows})
    return tuple(
        _seen_since(row, events_seen(store, actor, row.device).since)
        if row.device.id in moved
        else row
        for row in rows
    )


def _seen_since(row: DeviceRow, since: datetime | None) -> DeviceRow:
    if since is None:
        return row
    boot, refusal = (
        at if at is not None and at >= since else None
        for at in (row.last_boot_at, row.last_refusal_at)
    )
    return replace(row, last_boot_at=boot, last_refusal_at=refusal)


def _sees(store: Store, actor: Actor, site_id: int | None) -> bool:
    if site_id is None:
        return True
    try:
        store.sites.get(site_id, scope=actor.scope)
    except NotFoundError:
        return False
    return True
