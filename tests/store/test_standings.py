"""What a batch of deliveries asks of its devices."""

from __future__ import annotations

from datetime import timedelta

import pytest

from provd.devices.lifecycle import State
from provd.store import Store
from provd.store.standings import Standing
from tests.store.people import NOW, People, phone
from tests.store.till import Lease, lease, priced_plan, start


@pytest.fixture
def leased(store: Store, people: People) -> Lease:
    """A phone whose subscription waits, and whose window is open."""
    device = phone(store, people.alice_site)
    store.devices.open_window(device.id, NOW + timedelta(days=1))
    return lease(store, priced_plan(store, people), device, people.alice_site, people, people.alice)


def test_devices_stand_where_they_are(store: Store, people: People, leased: Lease) -> None:
    other = phone(store, people.charlie_site, "001565000001")
    store.devices.close_window(other.id)
    store.devices.change_state(other.id, State.REGISTERED, State.IN_SERVICE)
    assert store.devices.standings([leased.device.id, other.id, 999]) == {
        leased.device.id: Standing(leased.device.id, State.REGISTERED, True, True),
        other.id: Standing(other.id, State.IN_SERVICE, False, False),
    }


def test_a_subscription_that_has_started_does_not_wait(store: Store, leased: Lease) -> None:
    start(store, leased.subscription.id)
    assert not store.devices.standings([leased.device.id])[leased.device.id].waits


def test_only_open_windows_are_closed(store: Store, leased: Lease, changes: list[str]) -> None:
    changes.clear()
    assert store.devices.close_windows([leased.device.id, 999]) == 1
    assert changes == ["changed"]
    assert store.devices.close_windows([leased.device.id]) == 0
    assert changes == ["changed"]
    assert not store.devices.standings([leased.device.id])[leased.device.id].window_open


def test_states_are_changed_from_the_one_that_was_seen(
    store: Store, people: People, leased: Lease, changes: list[str]
) -> None:
    other = phone(store, people.alice_site, "001565000001")
    store.devices.change_state(other.id, State.REGISTERED, State.SUSPENDED)
    changes.clear()
    both = [leased.device.id, other.id]
    moved = store.devices.change_states(both, State.REGISTERED, State.IN_SERVICE)
    assert moved == {leased.device.id}
    assert changes == []
    assert store.devices.change_states(both, State.IN_SERVICE, State.SUSPENDED) == moved
    assert changes == ["changed"]


def test_nobody_is_asked_about_nobody(store: Store) -> None:
    assert store.devices.standings([]) == {}
    assert store.devices.close_windows([]) == 0
    assert store.devices.change_states([], State.REGISTERED, State.STAGED) == set()


def test_thousands_are_asked_about_at_once(store: Store, leased: Lease) -> None:
    assert len(store.devices.standings(range(100_000))) == 1
