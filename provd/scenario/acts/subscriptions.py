"""What becomes of subscriptions, and of prices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provd.billing.plan import Plan, Side, SubjectKind
from provd.billing.subscription import Subject
from provd.devices.mac import Mac
from provd.errors import InputError
from provd.operations.subscribing import Order, Subscribing
from provd.scenario.events.subscriptions import (
    Cancel,
    ChangePlan,
    ChargeSetup,
    Keep,
    Price,
    Subscribe,
)
from provd.scenario.world import World, found, money


def subscribe(world: World, event: Subscribe) -> None:
    plan = world.plan(event.plan)
    subject = subject_of(world, plan, event.subject)
    if event.name in world.subscriptions:
        raise InputError(f"two subscriptions are called “{event.name}”", key="name")
    order = Order(plan.id, subject, event.starts, event.setup, event.reason)
    made = _subscribing(world).add(world.administrator, order)
    world.subscribed(event.name, made.id)


def cancel(world: World, event: Cancel) -> None:
    id_ = world.subscription(event.subscription)
    _subscribing(world).cancel(world.administrator, id_, event.day, event.reason)


def keep(world: World, event: Keep) -> None:
    id_ = world.subscription(event.subscription)
    _subscribing(world).keep(world.administrator, id_, event.reason)


def change_plan(world: World, event: ChangePlan) -> None:
    made = _subscribing(world).change_plan(
        world.administrator,
        world.subscription(event.subscription),
        world.plan(event.plan).id,
        event.day,
        event.setup,
        event.reason,
    )
    world.subscribed(event.name or event.subscription, made.id)


def charge_setup(world: World, event: ChargeSetup) -> None:
    id_ = world.subscription(event.subscription)
    _subscribing(world).charge_setup(world.administrator, id_, event.reason)


def price(world: World, event: Price) -> None:
    plan = world.plan(event.plan)
    fee = world.fee(plan, event.fee)
    wholesale = event.side is Side.WHOLESALE
    owner = world.house.store.accounts.get(plan.owner_id)
    seller = world.provider if wholesale else owner
    if event.seller:
        seller = world.account(event.seller)
    amount = money(event.amount, plan.currency)
    world.house.operations.catalogue.set_price(
        world.seller(seller), plan.id, fee.id, event.side, amount, event.since
    )


def _subscribing(world: World) -> Subscribing:
    return world.house.operations.subscribing


def subject_of(world: World, plan: Plan, name: str) -> Subject:
    """Whichever of that name the plan is for."""
    if plan.subject is SubjectKind.CUSTOMER:
        return Subject(plan.subject, world.account(name).id)
    if plan.subject is SubjectKind.SLOT:
        return Subject(plan.subject, found(world.slots, name, "place"))
    device = world.house.store.devices.by_mac(Mac.parse(world.mac(name)))
    assert device is not None  # noqa: S101  it was registered
    return Subject(plan.subject, device.id)


ACTS: dict[str, Callable[[World, Any], None]] = {
    "subscribe": subscribe,
    "cancel": cancel,
    "keep": keep,
    "change_plan": change_plan,
    "charge_setup": charge_setup,
    "price": price,
}
