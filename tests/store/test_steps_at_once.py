"""Two people, or a person and a boot, at one device at once: each step and each charge once, on
both databases."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from provd.billing.credit import BalanceMode, CreditTerms
from provd.billing.subscription import Cause, ChangeKind
from provd.devices.account import Role
from provd.devices.lifecycle import State
from provd.errors import ProvdError
from provd.operations.actor import Actor
from provd.operations.charging import Charging
from provd.operations.consequences import Hook
from provd.operations.life import DeviceLife, Step
from provd.operations.suspension import Suspension
from provd.store import Store
from tests.store.people import NOW, People, phone
from tests.store.till import CAUSE, Lease, euros, lease, priced_plan

LATER = NOW + timedelta(days=3)
BALANCE = Cause.by_person("", "balance", LATER, "somebody")


@pytest.fixture
def leased(store: Store, people: People) -> Lease:
    """In service, and charged for its first month."""
    device = phone(store, people.alice_site, state=State.IN_SERVICE)
    made = lease(store, priced_plan(store, people), device, people.alice_site, people, people.alice)
    store.books.start_subscriptions({made.subscription.id: CAUSE})
    return made


@pytest.fixture
def life(store: Store) -> DeviceLife:
    return DeviceLife(store, Hook(store, Charging(store)), clock=lambda: LATER)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each gave, or how it refused."""
    ready, results = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        ready.wait()
        try:
            results.append(act())
        except ProvdError as error:
            results.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def told(store: Store, leased: Lease) -> Counter[ChangeKind]:
    changes = store.books.subscription(leased.subscription.id).changes
    return Counter(change.kind for change in changes)


def test_a_phone_is_taken_back_once(
    store: Store, people: People, leased: Lease, life: DeviceLife
) -> None:
    actors = [Actor(name, Role.RESELLER, people.alice.id) for name in ("Alice", "Bob")]
    mac = str(leased.device.mac)
    done = at_once(*(lambda one=one: life.take(one, mac, Step.RETURN) for one in actors))
    assert sorted(one.changed for one in done) == [False, True]  # type: ignore[attr-defined]
    assert told(store, leased)[ChangeKind.END] == told(store, leased)[ChangeKind.DEVICE_RETURNED]
    assert told(store, leased)[ChangeKind.END] == 1
    assert len(store.events.of_device(leased.device.id)) == 1
    keys = [charge.key for charge in store.books.charges()]
    assert len(keys) == len(set(keys))


def test_returned_and_retired_at_once_is_one_after_the_other(
    store: Store, people: People, leased: Lease, life: DeviceLife
) -> None:
    alice, mac = Actor("Alice", Role.RESELLER, people.alice.id), str(leased.device.mac)
    at_once(lambda: life.take(alice, mac, Step.RETURN), lambda: life.take(alice, mac, Step.RETIRE))
    assert told(store, leased)[ChangeKind.END] == 1
    events = sorted(store.events.of_device(leased.device.id), key=lambda event: event.id)
    states = [State.IN_SERVICE, *(event.after for event in events)]
    assert [event.before for event in events] == states[:-1]
    assert store.devices.get(leased.device.id).state is states[-1]


def test_by_hand_and_by_account_at_once_rests_once(
    store: Store, people: People, leased: Lease, life: DeviceLife
) -> None:
    alice, mac = Actor("Alice", Role.RESELLER, people.alice.id), str(leased.device.mac)
    suspension = Suspension(store)

    def by_account() -> object:
        with store.transaction():
            return suspension.suspend(people.alice_customer.id, LATER, BALANCE)

    at_once(lambda: life.take(alice, mac, Step.SUSPEND), by_account, by_account)
    assert told(store, leased)[ChangeKind.SUSPEND] == 1
    with store.transaction():
        suspension.resume(people.alice_customer.id, LATER, BALANCE)
    assert told(store, leased)[ChangeKind.RESUME] == 0
    life.take(alice, mac, Step.RESUME)
    assert told(store, leased)[ChangeKind.RESUME] == 1


def test_two_reasons_that_end_at_once_leave_none(
    store: Store, people: People, leased: Lease, life: DeviceLife
) -> None:
    alice, mac = Actor("Alice", Role.RESELLER, people.alice.id), str(leased.device.mac)
    suspension = Suspension(store)
    suspension.suspend(people.alice_customer.id, LATER, BALANCE)
    life.take(alice, mac, Step.SUSPEND)

    def paid() -> object:
        with store.transaction():
            return suspension.resume(people.alice_customer.id, LATER, BALANCE)

    at_once(lambda: life.take(alice, mac, Step.RESUME), paid)
    assert told(store, leased)[ChangeKind.RESUME] == told(store, leased)[ChangeKind.SUSPEND] == 1


def test_who_pays_and_who_charges_do_not_wait_for_each_other(
    store: Store, people: People, leased: Lease
) -> None:
    """A payment holds the account, and then what it resumes; a charge is written for what is held,
    and then posted to the account."""
    account, held = people.alice_customer.id, threading.Event()
    with store.transaction():
        store.books.set_terms(account, CreditTerms(BalanceMode.HARD, euros("0.00")))

    def charges() -> None:
        with store.transaction():
            store.books.held_subscriptions([leased.subscription.id])
            held.set()
            store.books.hold_to_post(account)

    def pays() -> None:
        with store.transaction():
            store.books.hold_to_post(account)
            other.start()
            # Nobody comes, where all is well.
            held.wait(0.3 if is_postgresql(store) else 0)
            Suspension(store).suspend(account, LATER, BALANCE)

    results: list[object] = []
    other = threading.Thread(target=lambda: results.extend(at_once(charges)))
    assert at_once(pays) == [None]
    other.join()
    assert results == [None]


def is_postgresql(store: Store) -> bool:
    return store.books._database.is_postgresql
