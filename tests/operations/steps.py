"""A house whose phone is in service at its customer's, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from provd.billing.subscription import ChangeKind, Subscription
from provd.devices.account import AccountKind, Role
from provd.devices.device import Device
from provd.devices.lifecycle import State
from provd.devices.placement import Enrolment
from provd.operations import Actor
from tests.conftest import PHONE, House
from tests.operations.deliveries import delivery, device_of


def in_service(house: House, at: datetime, mac: str = PHONE) -> Device:
    house.parts.operations.boots.book([delivery(house.parts, mac, at)])
    device = device_of(house.parts, mac)
    assert device.state is State.IN_SERVICE
    return device


def subscriptions(house: House, device: Device) -> list[Subscription]:
    """Of every slot that the device ever filled."""
    sql = house.parts.store.books._database.sql
    slots = [
        id_ for (id_,) in sql("SELECT slot_id FROM slot_span WHERE device_id = ?", (device.id,))
    ]
    return house.parts.store.books.subscriptions_of(slot_ids=slots, device_ids=[device.id])


def told(subscription: Subscription) -> list[ChangeKind]:
    return [change.kind for change in subscription.changes]


def enrolment(house: House, device: Device) -> Enrolment:
    placement = house.parts.store.devices.placement(device.mac)
    assert placement is not None
    return placement.enrolment


@dataclass(frozen=True)
class Secrets:
    token: str
    passwords: tuple[str, ...]


def secrets(house: House, device: Device) -> Secrets:
    now = device_of(house.parts, str(device.mac))
    passwords = tuple(line.password.reveal() for line in now.lines)
    return Secrets(enrolment(house, device).token.reveal(), passwords)


def customer_below(house: House, actor: Actor, name: str) -> tuple[int, int]:
    """(account id, site id) of another customer."""
    directory = house.parts.operations.directory
    account = directory.create_customer(actor, name)
    site = directory.create_site(actor, account.id, f"{name}'s office", "", "")
    return account.id, site.id


def charlie(house: House) -> Actor:
    """Another reseller."""
    made = house.parts.operations.setup.create_reseller("Charlie Telecom")
    assert made.kind is AccountKind.RESELLER
    return Actor("charlie", Role.RESELLER, made.id)
