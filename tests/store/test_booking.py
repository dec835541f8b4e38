"""Deliveries that become charges, on both databases: what booking relies on the store for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from provd.devices.lifecycle import State
from provd.errors import StoreUnavailable
from provd.operations.boots import Boots
from provd.operations.charging import Charging
from provd.provisioning.journal import JournalEntry
from provd.store import Store
from tests.store.entries import delivered, refused
from tests.store.people import NOW, People, phone
from tests.store.till import Lease, lease, priced_plan

PHONES = 12
FIRST_BOOT = 4
"""Charges: setup and lease, of both sides."""


@pytest.fixture
def leases(store: Store, people: People) -> list[Lease]:
    plan = priced_plan(store, people)
    devices = [
        phone(store, people.alice_site, f"0015650000{number:02}") for number in range(PHONES)
    ]
    return [
        lease(store, plan, device, people.alice_site, people, people.alice) for device in devices
    ]


@pytest.fixture
def boots(store: Store) -> Boots:
    return Boots(store, Charging(store), closes_window=lambda _: True)


def entries_of(leases: Sequence[Lease]) -> list[JournalEntry]:
    """Two files each, and a refusal."""
    return [
        make(mac=leased.device.mac, device_id=leased.device.id, **changes)
        for leased in leases
        for make, changes in _FETCHES
    ]


_FETCHES: list[tuple[Callable[..., JournalEntry], dict[str, object]]] = [
    (delivered, {"file_kind": "common"}),
    (refused, {}),
    (delivered, {"file_kind": "device", "finished_at": NOW + timedelta(minutes=1)}),
]


def check_booked_once(store: Store, leases: Sequence[Lease]) -> None:
    standings = store.devices.standings([leased.device.id for leased in leases])
    assert {one.state for one in standings.values()} == {State.IN_SERVICE}
    assert not any(one.window_open or one.waits for one in standings.values())
    charges = list(store.books.charges())
    assert len(charges) == FIRST_BOOT * len(leases)
    for leased in leases:
        assert len(store.events.of_device(leased.device.id)) == 1
        own = [one for one in charges if one.slot_id == leased.slot.id]
        assert len(own) == len(list(store.books.charges(device_id=leased.device.id)))
        assert {one.cause for one in own} == {
            store.books.subscription(leased.subscription.id).start_cause
        }
    assert all(store.books.transaction_of(one.key) for one in charges)


def test_a_batch_is_booked_once_whatever_is_replayed(
    store: Store, boots: Boots, leases: list[Lease]
) -> None:
    entries = entries_of(leases)
    boots.book(entries[:7])
    boots.book(entries)
    boots.book(list(reversed(entries)))
    check_booked_once(store, leases)


def test_several_that_book_the_same_at_once_charge_once(
    store: Store, boots: Boots, leases: list[Lease]
) -> None:
    """PostgreSQL may undo one of two that wait for each other; then it is offered again, as the
    spool does."""
    entries = entries_of(leases)
    together = threading.Barrier(4)

    def book(batch: list[JournalEntry]) -> None:
        together.wait()
        while True:
            try:
                return boots.book(batch)
            except StoreUnavailable:
                continue

    batches = [entries, list(reversed(entries)), entries[::2] + entries[1::2], entries[10:]]
    threads = [threading.Thread(target=book, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    boots.book(entries)
    check_booked_once(store, leases)


def test_two_that_book_a_file_each_at_once_bring_the_phone_into_service(
    store: Store, boots: Boots, leases: list[Lease]
) -> None:
    first, second = entries_of(leases[:1])[::2]
    other = threading.Thread(target=boots.book, args=([second],))
    with store.transaction():
        boots.book([first])
        other.start()
        other.join(0.3)  # it is done when nothing makes it wait
    other.join(30)
    check_booked_once(store, leases[:1])


def test_caches_are_told_of_closed_windows_once_for_a_batch(
    store: Store, boots: Boots, leases: list[Lease], changes: list[str]
) -> None:
    for leased in leases:
        store.devices.open_window(leased.device.id, NOW + timedelta(days=1))
    changes.clear()
    boots.book(entries_of(leases))
    assert changes == ["changed"]
    check_booked_once(store, leases)
