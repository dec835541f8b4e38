"""Devices: registered, changed, taken through their life cycle."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from provd.devices.account import Scope
from provd.devices.device import Key, Line
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.errors import ConflictError, NotFoundError
from provd.store import Store
from tests.store.people import NOW, People, line, phone


def test_a_device_keeps_all_that_it_was_given(store: Store, people: People) -> None:
    lines = (
        Line(1, "101", Secret("one"), "auth", "Anna", "A", "sip.example", "*99"),
        Line(2, "102", Secret("")),
    )
    keys = (Key(1, "blf", "103", "Boss", 2), Key(2, "line"))
    device = phone(
        store,
        people.alice_site,
        lines=lines,
        keys=keys,
        profile="call-centre",
        label="Counter",
        settings={"language": "de", "codecs": ["PCMA"]},
        open_until=NOW + timedelta(days=7),
    )
    assert device == store.devices.get(device.id)
    assert device == store.devices.by_mac(Mac("001565aabbcc"))
    assert (device.lines, device.keys) == (lines, keys)
    assert (device.vendor, device.model, device.state) == ("acme", "T46U", State.REGISTERED)
    assert (device.profile, device.label, device.registered_at) == ("call-centre", "Counter", NOW)
    assert device.settings == {"language": "de", "codecs": ["PCMA"]}
    assert (device.revision, device.order_id, device.site_id) == (1, None, people.alice_site.id)


def test_a_mac_is_registered_once_even_in_another_account(store: Store, people: People) -> None:
    phone(store, people.alice_site)
    with pytest.raises(ConflictError) as refused:
        phone(store, people.charlie_site)
    assert refused.value.key == "mac"
    assert "Alice" not in str(refused.value)
    assert store.devices.search(Scope(people.charlie.id)) == ([], 0)


def test_a_refused_registration_does_not_spoil_the_transaction_around_it(
    store: Store, people: People
) -> None:
    phone(store, people.alice_site)
    with store.transaction():
        with pytest.raises(ConflictError):
            phone(store, people.charlie_site)
        other = phone(store, people.charlie_site, "001565000001")
    assert store.devices.get(other.id) == other


def test_charlie_does_not_see_alices_device(store: Store, people: People) -> None:
    device = phone(store, people.alice_site)
    charlie = Scope(people.charlie.id)
    assert store.devices.by_mac(device.mac, charlie) is None
    with pytest.raises(NotFoundError) as outside:
        store.devices.get(device.id, charlie)
    with pytest.raises(NotFoundError) as missing:
        store.devices.get(999, charlie)
    assert str(outside.value) == str(missing.value)
    for insider in (people.alice, people.alice_customer, people.provider):
        assert store.devices.by_mac(device.mac, Scope(insider.id)) == device


def test_lines_are_replaced_and_the_revision_rises(
    store: Store, people: People, changes: list[str]
) -> None:
    device = phone(store, people.alice_site, lines=[line(1), line(2)])
    changes.clear()
    store.devices.replace_lines(device.id, [line(3, "new password")])
    changed = store.devices.get(device.id)
    assert changed.lines == (line(3, "new password"),)
    assert changed.revision == device.revision + 1
    assert changes == ["changed"]


def test_two_lines_of_one_number_are_refused_and_the_old_ones_stay(
    store: Store, people: People
) -> None:
    device = phone(store, people.alice_site)
    with pytest.raises(ConflictError, match="same number"):
        store.devices.replace_lines(device.id, [line(1), line(1)])
    assert store.devices.get(device.id) == device


def test_a_change_leaves_the_rest_and_raises_the_revision(
    store: Store, people: People, changes: list[str]
) -> None:
    device = phone(store, people.alice_site, label="Counter")
    changes.clear()
    store.devices.update(device.id, settings={"language": "fr"}, keys=[Key(1, "blf", "7")])
    changed = store.devices.get(device.id)
    assert changed.label == "Counter"
    assert changed.settings == {"language": "fr"}
    assert changed.keys == (Key(1, "blf", "7"),)
    assert changed.revision == 2
    assert changes == ["changed"]


def test_a_change_to_what_somebody_else_changed_meanwhile_is_refused(
    store: Store, people: People
) -> None:
    device = phone(store, people.alice_site)
    store.devices.update(device.id, label="first", revision=device.revision)
    with pytest.raises(ConflictError, match="meanwhile"):
        store.devices.update(device.id, label="second", revision=device.revision)
    assert store.devices.get(device.id).label == "first"


def test_a_device_that_does_not_exist_cannot_be_changed(store: Store, people: People) -> None:
    with pytest.raises(NotFoundError):
        store.devices.update(999, label="x")
    with pytest.raises(NotFoundError):
        store.devices.update(999, settings={})
    with pytest.raises(NotFoundError):
        store.devices.replace_lines(999, [])


def test_a_state_changes_from_the_expected_one_only(store: Store, people: People) -> None:
    device = phone(store, people.alice_site)
    assert not store.devices.change_state(device.id, State.SHIPPED, State.IN_SERVICE)
    assert store.devices.get(device.id).state is State.REGISTERED
    assert store.devices.change_state(device.id, State.REGISTERED, State.IN_SERVICE)
    assert store.devices.get(device.id).state is State.IN_SERVICE


def test_one_of_many_threads_wins_the_change_of_state(store: Store, people: People) -> None:
    device = phone(store, people.alice_site)
    together = threading.Barrier(8)
    won: list[bool] = []

    def compete() -> None:
        together.wait()
        won.append(store.devices.change_state(device.id, State.REGISTERED, State.STAGED))

    threads = [threading.Thread(target=compete) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


def test_coming_into_service_drops_nobodys_files_but_suspension_does(
    store: Store, people: People, changes: list[str]
) -> None:
    device = phone(store, people.alice_site)
    changes.clear()
    store.devices.change_state(device.id, State.REGISTERED, State.IN_SERVICE)
    assert changes == []
    store.devices.change_state(device.id, State.IN_SERVICE, State.SUSPENDED)
    assert changes == ["changed"]


def test_an_orders_devices_come_by_mac_and_without_their_lines(
    store: Store, people: People
) -> None:
    order = store.orders.create(site_id=people.alice_site.id, reference="A-1", created_at=NOW)
    for mac in ("001565000002", "001565000001"):
        phone(store, people.alice_site, mac, order_id=order.id)
    phone(store, people.alice_site, "001565000003")
    devices = store.devices.of_order(order.id)
    assert [device.mac.digits for device in devices] == ["001565000001", "001565000002"]
    assert {device.lines for device in devices} == {()}
