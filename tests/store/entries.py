"""Journal entries as a server would record them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.provisioning.journal import JournalEntry, new_id
from tests.store.people import NOW

_DELIVERED = JournalEntry(
    id="",
    at=NOW,
    finished_at=NOW,
    mac=Mac("001565aabbcc"),
    device_id=None,
    path="001565aabbcc.cfg",
    transport="https",
    address="192.0.2.7",
    agent="Acme T46U 1.2.3",
    status="200",
    reason="",
    bytes_sent=4096,
    size=4096,
    whole=True,
    place=Place.SITE,
    boot_id="boot",
    file_kind="device",
    completes_boot=True,
    required_kinds=("common", "device"),
)


def delivered(**changes: Any) -> JournalEntry:
    """A configuration that arrived whole."""
    return replace(_DELIVERED, **({"id": new_id()} | changes))


def refused(**changes: Any) -> JournalEntry:
    """A request that got nothing."""
    nothing = {"status": "404", "reason": "unknown MAC", "bytes_sent": 0, "size": 0}
    kind = {"whole": False, "place": None, "file_kind": "", "completes_boot": False}
    return delivered(**(nothing | kind | {"required_kinds": ()} | changes))
