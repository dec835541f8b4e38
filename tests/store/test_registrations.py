"""Many devices by a few statements are the same devices as one by one."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from provd.billing.subscription import Parties
from provd.devices.device import Device, Line
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.placement import Enrolment
from provd.devices.secret import Secret
from provd.errors import ConflictError
from provd.store import Store
from provd.store.books import Lease
from provd.store.registrations import NewDevice
from tests.store.people import NOW, People
from tests.store.till import priced_plan

SETTINGS = {"time.zone": "Europe/Vienna", "web.admin_password": "admin-secret"}
MANY = 1_001
"""More than go into one statement."""


def new(people: People, number: int = 1) -> NewDevice:
    lines = tuple(
        Line(at, f"{number}0{at}", Secret(f"sip-secret-{number}"), display_name="Zoë “Q” \\x41")
        for at in (1, 2)
    )
    device = Device(
        id=0,
        mac=Mac(f"805ec0{number:06x}"),
        vendor="acme",
        model="One",
        site_id=people.alice_site.id,
        state=State.REGISTERED,
        registered_at=NOW,
        lines=lines,
        profile="call-centre",
        settings=SETTINGS,
        label="Desk “1”",
    )
    return NewDevice(device, Enrolment(Secret(f"{number:032x}"), NOW + timedelta(days=7)))


def test_each_is_what_it_would_be_if_registered_alone(store: Store, people: People) -> None:
    wanted = new(people)
    ids = store.devices.register_all([wanted])
    assert store.devices.get(ids[wanted.device.mac]) == dataclasses.replace(
        wanted.device, id=ids[wanted.device.mac]
    )
    placement = store.devices.placement(wanted.device.mac)
    assert placement is not None
    assert placement.enrolment == wanted.enrolment
    found = store.devices.find_by_token(wanted.enrolment.token.reveal())
    assert found is not None


def test_thousands_are_found_among_others(store: Store, people: People) -> None:
    wanted = [new(people, number) for number in range(MANY)]
    assert len(store.devices.register_all(wanted)) == MANY
    stranger = Mac("0004f2000001")
    asked = {stranger, *(one.device.mac for one in wanted)}
    assert set(store.devices.registered_among(asked)) == asked - {stranger}


def test_one_mac_that_is_taken_keeps_out_all(store: Store, people: People) -> None:
    store.devices.register_all([new(people, 7)])
    with pytest.raises(ConflictError) as refused:
        store.devices.register_all([new(people, number) for number in (6, 7, 8)])
    assert refused.value.key == "mac"
    assert store.devices.registered_among({Mac("805ec0000006"), Mac("805ec0000008")}) == {}


def test_no_password_is_written_in_clear(store: Store, people: People) -> None:
    store.devices.register_all([new(people)])
    rows = store.devices._database.sql("SELECT settings, token FROM device")
    rows += store.devices._database.sql("SELECT password, display_name FROM line")
    text = repr([tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in rows])
    for secret in ("admin-secret", "sip-secret-1", f"{1:032x}"):
        assert secret not in text


def test_a_lease_fills_a_slot_and_waits_to_start(store: Store, people: People) -> None:
    plan = priced_plan(store, people)
    parties = Parties(people.provider.id, people.alice.id, people.alice_customer.id, "UTC", "UTC")
    ids = store.devices.register_all([new(people, number) for number in range(3)]).values()
    leases = [Lease(id_, people.alice_site.id, f"Desk {id_}", plan.id, parties) for id_ in ids]
    store.books.lease(leases, NOW)
    assert store.books.plans_of_devices(ids) == dict.fromkeys(ids, plan.id)
    for id_ in ids:
        slot = store.books.slot_of_device(id_)
        assert slot is not None
        assert (slot.name, slot.site_id) == (f"Desk {id_}", people.alice_site.id)
        assert store.books.device_in_slot(slot.id, NOW) == id_
        ((device_id, subscription),) = store.books.waiting_subscriptions([id_])
        assert (device_id, subscription.parties, subscription.slot_id) == (id_, parties, slot.id)
