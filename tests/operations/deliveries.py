"""Journal entries as the servers write them, and what they lead to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from provd.app import Provd
from provd.billing.charge import Charge
from provd.billing.plan import FeeKind, Side
from provd.devices.device import Device
from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.provisioning.journal import JournalEntry, new_id

SITE, BENCH = "127.0.0.1", "127.0.0.2"


def device_of(parts: Provd, mac: str) -> Device:
    found = parts.store.devices.by_mac(Mac.parse(mac))
    assert found is not None
    return found


def delivery(
    parts: Provd,
    mac: str,
    at: datetime,
    kind: str = "",
    place: Place | None = Place.SITE,
    **changes: Any,
) -> JournalEntry:
    """A file of the phone's configuration that arrived whole at `at`; the first kind that its
    vendor requires unless another is named."""
    device = device_of(parts, mac)
    vendor = parts.registry.vendor(device.vendor)
    model = vendor.model(device.model)
    required = vendor.required_kinds(model)
    kind = kind or required[0]
    entry = JournalEntry(
        id=new_id(),
        at=at - timedelta(seconds=1),
        finished_at=at,
        mac=device.mac,
        device_id=device.id,
        path=vendor.paths(model, device.mac)[kind],
        transport="https",
        address=SITE if place is Place.SITE else BENCH,
        agent="a phone",
        status="200",
        reason="",
        bytes_sent=4096,
        size=4096,
        whole=True,
        place=place,
        boot_id=f"boot at {at:%H:%M}",
        file_kind=kind,
        completes_boot=True,
        required_kinds=required,
    )
    return replace(entry, **changes)


def all_files(
    parts: Provd, mac: str, at: datetime, place: Place = Place.SITE
) -> list[JournalEntry]:
    """A whole configuration in one boot, a second for each file, the last one arriving at `at`."""
    device = device_of(parts, mac)
    vendor = parts.registry.vendor(device.vendor)
    kinds = vendor.required_kinds(vendor.model(device.model))
    first, boot = at - timedelta(seconds=len(kinds) - 1), new_id()
    return [
        delivery(parts, mac, first + timedelta(seconds=number), kind, place, boot_id=boot)
        for number, kind in enumerate(kinds)
    ]


def refusal(parts: Provd, mac: str, at: datetime) -> JournalEntry:
    return delivery(
        parts,
        mac,
        at,
        status="404",
        reason="window closed",
        bytes_sent=0,
        size=0,
        whole=False,
        place=None,
        completes_boot=False,
        required_kinds=(),
    )


def charges(parts: Provd) -> list[Charge]:
    return list(parts.store.books.charges())


def told(parts: Provd) -> list[tuple[Side, FeeKind, str]]:
    """The charges in short."""
    return sorted((one.side, one.kind, str(one.amount)) for one in charges(parts))


FIRST_BOOT = [
    (Side.RETAIL, FeeKind.LEASE, "4.19 EUR"),
    (Side.RETAIL, FeeKind.SETUP, "25.00 EUR"),
    (Side.WHOLESALE, FeeKind.LEASE, "2.52 EUR"),
    (Side.WHOLESALE, FeeKind.SETUP, "12.00 EUR"),
]
"""What a phone of the demonstration's plan costs when it first boots on 12 August: the setup fees,
and 20/31 of 6.50 and of 3.90."""
