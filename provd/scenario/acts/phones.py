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
from provd.operations import Actor, DeviceForm, LineForm
from provd.operations.life import Step as DeviceStep
from provd.operations.moving import MoveForm
from provd.operations.replacing import ReplaceForm
from provd.provisioning.journal import JournalEntry
from provd.scenario.events.phones import Boot, Move, Register, Replace, Ship, Step
from provd.scenario.world import World

_SECOND = timedelta(seconds=1)
_BENCH = "192.0.2.200"


def register(world: World, event: Register) -> None:
    site, operations = world.site(event.site), world.house.operations
    _check_new(world, event.phone)
    plan = world.plan(event.plan) if event.plan else None
    number = len(world.phones) + 1
    form = DeviceForm(
        mac=event.mac or _mac(world),
        vendor=event.vendor or world.phone.vendor,
        model=event.model or world.phone.model,
        site_id=site.id,
        plan_id=plan.id if plan else None,
        lines=(LineForm(f"{100 + number}", Secret("not-a-password"), event.phone),),
        label=event.phone,
        order_reference=event.order,
    )
    seller = world.seller(world.issuer_of(site))
    device = operations.registration.register(seller, form)
    world.phones[event.phone] = str(device.mac)
    _note(world, event.phone, device)


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


def replace(world: World, event: Replace) -> None:
    """What is paid for the place goes on under its name."""
    _check_new(world, event.by)
    form = ReplaceForm(
        mac=event.mac or _mac(world),
        vendor=event.vendor,
        model=event.model,
        returned=event.returned,
        reason=event.reason,
    )
    actor, mac = _keeper(world, event.phone), world.mac(event.phone)
    done = world.house.operations.replacing.replace(actor, mac, form)
    world.phones[event.by] = str(done.new.mac)


def move(world: World, event: Move) -> None:
    site, plan = world.site(event.to), world.plan(event.plan) if event.plan else None
    form = MoveForm(
        site_id=site.id,
        plan_id=plan.id if plan else None,
        keep_lines=True,
        label=event.phone,
        reason=event.reason,
    )
    actor, mac = world.seller(world.issuer_of(site)), world.mac(event.phone)
    done = world.house.operations.moving.move(actor, mac, form)
    _note(world, event.phone, done.device)


def _taking(step: DeviceStep) -> Callable[[World, Step], None]:
    def take(world: World, event: Step) -> None:
        actor, mac = _keeper(world, event.phone), world.mac(event.phone)
        world.house.operations.life.take(actor, mac, step, event.reason)

    return take


def _keeper(world: World, phone: str) -> Actor:
    """Who looks after the customer at whose site it is."""
    device = world.house.store.devices.by_mac(Mac.parse(world.mac(phone)))
    assert device is not None  # noqa: S101  it was registered
    return world.seller(world.issuer_of(world.house.store.sites.get(device.site_id)))


def _mac(world: World) -> str:
    return f"02{len(world.phones) + 1:010x}"


def _check_new(world: World, phone: str) -> None:
    if phone in world.phones:
        raise InputError(f"two phones are called “{phone}”", key="phone")


def _note(world: World, phone: str, device: Device) -> None:
    """The subscription of the phone's place bears its name from now on."""
    books = world.house.store.books
    slot = books.slot_of_device(device.id)
    if slot is not None:
        world.slots[phone] = slot.id
        for made in books.subscriptions_of(slot_ids=[slot.id]):
            if made.id not in world.labels:
                world.subscribed(phone, made.id)


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
    "suspend": _taking(DeviceStep.SUSPEND),
    "resume": _taking(DeviceStep.RESUME),
    "return": _taking(DeviceStep.RETURN),
    "retire": _taking(DeviceStep.RETIRE),
    "replace": replace,
    "move": move,
}
