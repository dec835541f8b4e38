"""Leased things that provd does not boot; what is bought."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provd.errors import InputError
from provd.operations.leased_items import ItemForm
from provd.operations.leases import Leases
from provd.scenario.events.leases import BuyOut, EndLease, Lease, ReplaceItem, TakeBack
from provd.scenario.world import World, found


def lease(world: World, event: Lease) -> None:
    if event.name in world.slots:
        raise InputError(f"two things are called “{event.name}”", key="name")
    form = ItemForm(
        site_id=world.site(event.site).id,
        plan_id=world.plan(event.plan).id,
        item=event.item,
        model=event.model,
        serial=event.serial or f"SN-{len(world.slots) + 1:05}",
        name=event.name,
        on=event.day,
    )
    row = _leases(world).add_item(world.administrator, form).lease
    world.slots[event.name] = row.slot.slot.id
    world.subscribed(event.name, row.subscription.id)


def replace_item(world: World, event: ReplaceItem) -> None:
    _leases(world).replace_item(
        world.administrator,
        _which(world, event.name),
        serial=event.serial,
        model=event.model,
        returned=event.returned,
        reason=event.reason,
    )


def take_back(world: World, event: TakeBack) -> None:
    which = _which(world, event.name)
    _leases(world).take_back(world.administrator, which, event.reason)


def end_lease(world: World, event: EndLease) -> None:
    which = _which(world, event.name)
    _leases(world).end(world.administrator, which, event.day, event.reason)


def buy_out(world: World, event: BuyOut) -> None:
    which = _which(world, event.name)
    _leases(world).buy_out(world.administrator, which, event.reason)


def _leases(world: World) -> Leases:
    return world.house.operations.leases


def _which(world: World, name: str) -> str:
    return f"#{found(world.slots, name, 'leased thing')}"


ACTS: dict[str, Callable[[World, Any], None]] = {
    "lease": lease,
    "replace_item": replace_item,
    "take_back": take_back,
    "end_lease": end_lease,
    "buy_out": buy_out,
}
