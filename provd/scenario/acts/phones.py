"""What phones do, and what is done with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from provd.devices.device import Device
from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.errors import InputError
from provd.operations import DeviceForm, LineForm
from provd.provisioning.journal import JournalEntry
from provd.scenario.events.phones import Boot, Register, Ship
from provd.scenario.world import World

_SECOND = timedelta(seconds=1)
_BENCH = "192.0.2.200"


def register(world: World, event: Register) -> None:
    site, operations = world.site(event.site), world.house.operations
    if event.phone in world.phones:
        raise InputError(f"two phones are called “{event.phone}”", key="phone")
    plan = world.plan(event.plan) if event.plan else None
    number = len(world.phones) + 1
    form = DeviceForm(
        mac=event.mac or f"02{number:010x}",
        vendor=event.vendor or world.phone.vendor,
        model=event.model or world.phone.model,
        site_id=site.id,
        plan_id=plan.id if plan else None,
        lines=(LineForm(f"{100 + number}", Secret("not-a-password"), event.phone),),
        label=event.phone,
        order_reference=event.order,
    )
    customer = world.house.store.accounts.get(site.account_id)
    device = operations.registration.register(world.issuer_for(customer), form)
    world.phones[event.phone] = str(device.mac)
    slot = world.house.store.books.slot_of_device(device.id)
    if slot is not None:
        [made] = world.house.store.books.subscriptions_of(slot_ids=[slot.id])
        world.subscriptions[event.phone] = made.id
        world.slots[event.phone] = slot.id


def ship(world: World, event: Ship) -> None:
    fulfilment, actor = world.house.operations.fulfilment, world.administrator
    for found in fulfilment.order(actor, event.order).devices:
        bench = Boot(phone=found.device.label, place="bench", address=_BENCH)
        world.house.operations.boots.book(_delivered(world, found.device, bench))
        fulfilment.stage(actor, event.order, str(found.device.mac))
    fulfilment.ship(actor, event.order)


def boot(world: World, event: Boot) -> None:
    device = world.house.store.devices.by_mac(Mac.parse(world.mac(event.phone)))
    assert device is not None  # noqa: S101  it was registered
    world.house.operations.boots.book(_delivered(world, device, event))


def _delivered(world: World, device: Device, event: Boot) -> list[JournalEntry]:
    """All files of a whole configuration, a second for each, the last one arriving at the event's
    moment."""
    vendor = world.house.registry.vendor(device.vendor)
    model = vendor.model(device.model)
    kinds = vendor.required_kinds(model)
    last = world.utc(event.arrived) if event.arrived else world.house.clock.now
    paths = vendor.paths(model, device.mac)
    boot_id = f"{device.mac} at {last.isoformat()}"
    entries = []
    for left, kind in enumerate(reversed(kinds)):
        at = last - left * _SECOND
        entries.append(
            JournalEntry(
                # Booking the same boot again changes nothing.
                id=f"{boot_id} {kind}",
                at=at - _SECOND,
                finished_at=at,
                mac=device.mac,
                device_id=device.id,
                path=paths[kind] if left or not event.file else event.file,
                transport=event.transport,
                address=event.address,
                agent="",
                status="200",
                reason="",
                bytes_sent=event.bytes,
                size=event.bytes,
                whole=True,
                place=Place(event.place),
                boot_id=boot_id,
                file_kind=kind,
                completes_boot=True,
                required_kinds=tuple(kinds),
            )
        )
    return entries[::-1]


ACTS: dict[str, Callable[[World, Any], None]] = {
    "register": register,
    "ship": ship,
    "boot": boot,
}
