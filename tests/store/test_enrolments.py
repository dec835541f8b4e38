"""The window in which a first fetch is trusted, and the token."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from provd.devices.device import Device
from provd.devices.lifecycle import LEFT, State
from provd.devices.placement import Enrolment
from provd.devices.secret import Secret
from provd.errors import NotFoundError
from provd.store import Store
from tests.store.people import NOW, People, phone

UNTIL = NOW + timedelta(days=7)


@pytest.fixture
def device(store: Store, people: People, changes: list[str]) -> Device:
    made = phone(store, people.alice_site, open_until=UNTIL)
    changes.clear()
    return made


def enrolment(store: Store, device: Device) -> Enrolment:
    placement = store.devices.placement(device.mac)
    assert placement is not None
    return placement.enrolment


def test_a_window_is_open_until_its_end_not_at_it(store: Store, device: Device) -> None:
    window = enrolment(store, device)
    assert window.is_open(UNTIL - timedelta(microseconds=1))
    assert not window.is_open(UNTIL)
    assert not Enrolment(Secret("x")).is_open(NOW)


def test_a_window_is_bound_to_the_first_address_that_asks(
    store: Store, device: Device, changes: list[str]
) -> None:
    assert store.devices.pin_window(device.id, "192.0.2.1")
    assert store.devices.pin_window(device.id, "192.0.2.1")
    assert not store.devices.pin_window(device.id, "192.0.2.2")
    assert enrolment(store, device).first_address == "192.0.2.1"
    assert changes == ["changed"]


def test_one_of_many_addresses_wins_the_window(store: Store, device: Device) -> None:
    together = threading.Barrier(6)
    won: list[bool] = []

    def ask(address: str) -> None:
        together.wait()
        won.append(store.devices.pin_window(device.id, address))

    threads = [threading.Thread(target=ask, args=(f"192.0.2.{host}",)) for host in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]


def test_a_closed_window_opens_to_nobody(store: Store, device: Device, changes: list[str]) -> None:
    store.devices.pin_window(device.id, "192.0.2.1")
    assert store.devices.close_window(device.id)
    assert not store.devices.close_window(device.id)
    assert not store.devices.pin_window(device.id, "192.0.2.1")
    closed = enrolment(store, device)
    assert (closed.open_until, closed.first_address) == (None, "192.0.2.1")
    assert changes == ["changed", "changed"]


def test_a_new_window_takes_any_address_again(store: Store, device: Device) -> None:
    store.devices.pin_window(device.id, "192.0.2.1")
    store.devices.close_window(device.id)
    later = UNTIL + timedelta(days=30)
    store.devices.open_window(device.id, later)
    assert enrolment(store, device).open_until == later
    assert store.devices.pin_window(device.id, "192.0.2.2")


def test_a_rotated_token_opens_and_the_old_one_does_not(
    store: Store, device: Device, changes: list[str]
) -> None:
    store.devices.rotate_token(device.id, Secret("fresh token"))
    assert store.devices.placement_by_token("token of 001565aabbcc") is None
    found = store.devices.placement_by_token("fresh token")
    assert found is not None
    assert found.enrolment.token == Secret("fresh token")
    assert found.device.revision == device.revision + 1
    assert changes == ["changed"]


def test_a_device_that_does_not_exist_has_no_window(store: Store, device: Device) -> None:
    with pytest.raises(NotFoundError):
        store.devices.open_window(999, UNTIL)
    with pytest.raises(NotFoundError):
        store.devices.rotate_token(999, Secret("x"))
    assert not store.devices.pin_window(999, "192.0.2.1")


def passwords(store: Store, device: Device) -> list[str]:
    found = store.devices.by_mac(device.mac)
    assert found
    return [line.password.reveal() for line in found.lines]


@pytest.mark.parametrize("state", sorted(LEFT))
def test_a_device_that_has_left_is_locked_out(
    state: State, store: Store, device: Device, changes: list[str]
) -> None:
    before, lines = enrolment(store, device), passwords(store, device)
    assert lines
    assert store.devices.change_state(device.id, State.REGISTERED, state)
    after = enrolment(store, device)
    assert after.open_until is None
    assert after.token != before.token
    assert set(passwords(store, device)).isdisjoint(lines)
    assert store.devices.placement_by_token(before.token.reveal()) is None
    assert changes


def test_a_device_that_did_not_leave_keeps_its_secrets(store: Store, device: Device) -> None:
    before, lines = enrolment(store, device), passwords(store, device)
    assert not store.devices.change_state(device.id, State.STAGED, State.RETIRED)
    assert store.devices.change_state(device.id, State.REGISTERED, State.IN_SERVICE)
    assert (enrolment(store, device), passwords(store, device)) == (before, lines)


def test_a_device_that_moves_to_another_site_is_locked_out_and_one_that_stays_is_not(
    store: Store, people: People, device: Device
) -> None:
    before, lines = enrolment(store, device), passwords(store, device)
    store.devices.update(device.id, site_id=people.alice_site.id, label="Same desk")
    assert (enrolment(store, device), passwords(store, device)) == (before, lines)
    store.devices.update(device.id, site_id=people.own_site.id)
    assert enrolment(store, device).token != before.token
    assert enrolment(store, device).open_until is None
    assert set(passwords(store, device)).isdisjoint(lines)


def test_within_one_customer_it_keeps_its_secrets(
    store: Store, people: People, device: Device
) -> None:
    before, lines = enrolment(store, device), passwords(store, device)
    upstairs = store.sites.create(account_id=people.alice_customer.id, name="Upstairs")
    store.devices.update(device.id, site_id=upstairs.id)
    assert store.devices.get(device.id).site_id == upstairs.id
    assert (enrolment(store, device), passwords(store, device)) == (before, lines)
