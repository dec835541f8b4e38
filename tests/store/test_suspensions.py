"""Suspended accounts: one column, whatever is below it."""

from __future__ import annotations

from datetime import timedelta

from provd.devices.device import Device
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.store import Store
from tests.store.people import NOW, People, phone


def served(store: Store, device: Device) -> tuple[bool, bool]:
    """Whether it is suspended, by what decides and by what is rendered."""
    found = store.devices.find(device.mac)
    assert found
    return found.standing.suspended, found.placement().suspended


def test_a_suspended_account_suspends_what_is_below_it_and_nothing_else(
    store: Store, people: People
) -> None:
    hers = phone(store, people.alice_site)
    his = phone(store, people.charlie_site, "001565aabbdd")
    own = phone(store, people.own_site, "001565aabbee")
    assert store.suspensions.suspend(people.alice.id, NOW, "balance")
    assert served(store, hers) == (True, True)
    assert served(store, his) == served(store, own) == (False, False)
    assert store.devices.get(hers.id).state is hers.state
    assert store.suspensions.resume(people.alice.id)
    assert served(store, hers) == (False, False)


def test_the_whole_tree_hangs_on_the_provider(store: Store, people: People) -> None:
    own, hers = phone(store, people.own_site), phone(store, people.alice_site, "001565aabbdd")
    store.suspensions.suspend(people.provider.id, NOW, "balance")
    assert served(store, own) == served(store, hers) == (True, True)
    assert store.suspensions.devices_concerned(people.provider.id) == [own.id, hers.id]


def test_the_first_suspension_keeps_its_time_and_reason(store: Store, people: People) -> None:
    assert store.suspensions.suspend(people.alice.id, NOW, "balance")
    assert not store.suspensions.suspend(people.alice.id, NOW + timedelta(days=1), "other")
    assert store.accounts.get(people.alice.id).suspended_at == NOW
    assert store.suspensions.reason(people.alice.id) == "balance"
    assert store.suspensions.resume(people.alice.id)
    assert not store.suspensions.resume(people.alice.id)
    assert store.suspensions.reason(people.alice.id) == ""


def test_phones_files_are_made_anew_when_it_begins_and_when_it_ends(
    store: Store, people: People, changes: list[str]
) -> None:
    phone(store, people.alice_site)
    changes.clear()
    store.suspensions.suspend(people.alice.id, NOW, "balance")
    assert changes == ["changed"]
    store.suspensions.suspend(people.alice.id, NOW, "balance")
    assert changes == ["changed"]
    store.suspensions.resume(people.alice.id)
    assert changes == ["changed"] * 2


def test_devices_that_another_reason_keeps_suspended_are_not_concerned(
    store: Store, people: People
) -> None:
    by_hand = phone(store, people.alice_site, "001565aabbd1", state=State.SUSPENDED)
    returned = phone(store, people.alice_site, "001565aabbd2", state=State.RETURNED)
    hers = phone(store, people.alice_site, "001565aabbd3")
    assert store.suspensions.devices_concerned(people.alice.id) == [hers.id]
    assert store.suspensions.devices_concerned(people.charlie.id) == []
    store.suspensions.suspend(people.alice_customer.id, NOW, "balance")
    assert store.suspensions.devices_concerned(people.alice.id) == []
    assert store.suspensions.devices_concerned(people.alice_customer.id) == [hers.id]
    assert {by_hand.state, returned.state} == {State.SUSPENDED, State.RETURNED}


def test_a_device_that_is_suspended_by_hand_has_its_files_made_anew(
    store: Store, people: People, changes: list[str]
) -> None:
    device = phone(store, people.alice_site, state=State.IN_SERVICE)
    changes.clear()
    store.devices.change_state(device.id, State.IN_SERVICE, State.SUSPENDED)
    assert served(store, device) == (True, True)
    assert store.devices.trusted_by([device.id])[device.id].suspended
    assert changes == ["changed"]
    store.devices.change_state(device.id, State.SUSPENDED, State.IN_SERVICE)
    assert changes == ["changed"] * 2


def test_who_asks_by_token_meets_the_same(store: Store, people: People) -> None:
    device = phone(store, people.alice_site)
    placement = store.devices.placement(Mac(device.mac.digits))
    assert placement
    token = placement.enrolment.token.reveal()
    store.suspensions.suspend(people.alice_customer.id, NOW, "balance")
    found = store.devices.placement_by_token(token)
    assert found
    assert found.suspended
