"""Charges and the ledger: never lost, never doubled, never changed."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from provd.billing.charge import Charge
from provd.billing.ledger import Entry, Transaction, post, receivable, revenue
from provd.billing.plan import FeeKind, Side
from provd.devices.account import Account, Scope, Site
from provd.errors import MoneyError
from provd.store import Store
from provd.store.books import Total
from tests.store.people import NOW, People, phone
from tests.store.till import Lease, book, due, euros, lease, priced_plan, start

UNTIL = datetime(2027, 3, 31, tzinfo=UTC)


@pytest.fixture
def leases(store: Store, people: People) -> tuple[Lease, Lease]:
    """One of Alice's and one of Charlie's, both in service."""
    plan = priced_plan(store, people)

    def started(mac: str, site: Site, reseller: Account) -> Lease:
        made = lease(store, plan, phone(store, site, mac), site, people, reseller)
        start(store, made.subscription.id)
        return made

    return (
        started("001565aabbcc", people.alice_site, people.alice),
        started("001565000001", people.charlie_site, people.charlie),
    )


def test_charges_come_back_as_they_were_in_order(store: Store, leases: tuple[Lease, Lease]) -> None:
    charges = due(store, leases[0], UNTIL)
    assert len(charges) == 12
    mixed = random.Random(1).sample(charges, len(charges))
    assert book(store, mixed) == mixed
    assert list(store.books.charges()) == charges
    assert list(store.books.charges(size=5)) == charges


def test_a_charge_is_kept_once_whatever_is_repeated(
    store: Store, leases: tuple[Lease, Lease]
) -> None:
    charges = due(store, leases[0], UNTIL)
    assert book(store, charges[:3]) == charges[:3]
    assert book(store, charges[:5]) == charges[3:5]
    assert book(store, charges + charges) == charges[5:]
    assert book(store, charges) == []
    assert list(store.books.charges()) == charges


def test_hundreds_of_charges_are_kept_at_once(store: Store, leases: tuple[Lease, Lease]) -> None:
    charges = due(store, leases[0], UNTIL + timedelta(days=3650))
    assert len(charges) > 200
    assert book(store, charges) == charges
    assert list(store.books.charges()) == charges
    assert store.books.transaction_of(charges[-1].key) == post(charges[-1])


def test_a_charge_of_the_same_key_never_changes_the_first(
    store: Store, leases: tuple[Lease, Lease]
) -> None:
    (charge, *_) = due(store, leases[0], UNTIL)
    book(store, [charge])
    assert book(store, [replace(charge, amount=euros("999.00"))]) == []
    assert list(store.books.charges()) == [charge]


def test_two_runs_at_once_charge_once(store: Store, leases: tuple[Lease, Lease]) -> None:
    charges = due(store, leases[0], UNTIL)
    together = threading.Barrier(2)
    made: list[Charge] = []

    def run(order: list[Charge]) -> None:
        together.wait()
        made.extend(book(store, order))

    threads = [
        threading.Thread(target=run, args=(order,)) for order in (charges, list(reversed(charges)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(charge.key for charge in made) == sorted(charge.key for charge in charges)
    assert list(store.books.charges()) == charges


def test_each_charge_is_in_the_ledger_once(store: Store, leases: tuple[Lease, Lease]) -> None:
    charges = due(store, leases[0], UNTIL)
    book(store, charges)
    book(store, charges)
    for charge in charges:
        assert store.books.transaction_of(charge.key) == post(charge)
    (setup,) = [
        charge
        for charge in charges
        if charge.kind is FeeKind.SETUP and charge.side is Side.WHOLESALE
    ]
    assert store.books.balance(revenue(setup.issuer_id, "setup")) == {"EUR": euros("-10.00")}
    owed = store.books.balance(receivable(setup.issuer_id, setup.debtor_id))["EUR"]
    wholesale = [charge.amount for charge in charges if charge.side is Side.WHOLESALE]
    assert owed == sum(wholesale[1:], wholesale[0])


def test_a_charge_without_its_ledger_transaction_is_refused_with_the_others(
    store: Store, leases: tuple[Lease, Lease]
) -> None:
    charges = due(store, leases[0], UNTIL)
    with pytest.raises(MoneyError, match="without its ledger transaction"):
        store.books.insert_charges(charges, [post(charge) for charge in charges[:-1]])
    assert list(store.books.charges()) == []
    assert store.books.transaction_of(charges[0].key) is None


def test_a_correction_is_a_transaction_of_its_own(
    store: Store, leases: tuple[Lease, Lease]
) -> None:
    correction = Transaction(
        "correction:1",
        NOW,
        "Goodwill",
        None,
        (Entry("1:receivable:2", euros("-5.00")), Entry("1:revenue:setup", euros("5.00"))),
    )
    assert store.books.post(correction)
    assert not store.books.post(correction)
    assert store.books.balance("1:receivable:2") == {"EUR": euros("-5.00")}


def test_nobody_sees_the_charges_of_a_stranger_nor_what_a_reseller_pays(
    store: Store, people: People, leases: tuple[Lease, Lease]
) -> None:
    alices, charlies = (due(store, leased, UNTIL) for leased in leases)
    book(store, alices + charlies)

    def seen(account: Account) -> set[str]:
        return {charge.key for charge in store.books.charges(scope=Scope(account.id))}

    retail = {charge.key for charge in alices if charge.side is Side.RETAIL}
    assert seen(people.alice) == {charge.key for charge in alices}
    assert seen(people.alice_customer) == retail
    assert seen(people.charlie) == {charge.key for charge in charlies}
    assert seen(people.own_customer) == set()
    assert seen(people.provider) == {charge.key for charge in alices + charlies}


def test_conditions_narrow_the_charges(store: Store, leases: tuple[Lease, Lease]) -> None:
    charges = due(store, leases[0], UNTIL)
    book(store, charges + due(store, leases[1], UNTIL))
    january, february = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
    found = list(
        store.books.charges(
            side=Side.RETAIL, device_id=leases[0].device.id, since=january, until=february
        )
    )
    assert found == [
        charge
        for charge in charges
        if charge.side is Side.RETAIL and january <= charge.due_at < february
    ]
    assert len(found) == 1


def test_a_charge_belongs_to_the_device_that_filled_the_slot_when_it_fell_due(
    store: Store, people: People, leases: tuple[Lease, Lease]
) -> None:
    leased = leases[0]
    spare = phone(store, people.alice_site, "001565000002")
    moved = datetime(2027, 2, 15, tzinfo=UTC)
    store.books.assign(leased.slot.id, spare.id, moved)
    charges = due(store, leased, UNTIL)
    book(store, charges)
    later = [charge for charge in charges if charge.due_at >= moved]
    assert later
    assert list(store.books.charges(device_id=spare.id)) == later
    assert len(list(store.books.charges(device_id=leased.device.id))) == len(charges) - len(later)


def test_a_devices_charges_are_counted_by_the_day_they_fell_due(
    store: Store, leases: tuple[Lease, Lease]
) -> None:
    book(store, due(store, leases[0], UNTIL))
    count = store.books.charges_of_device_on
    assert count(leases[0].device.id, NOW.date()) == 4
    assert count(leases[0].device.id, NOW.date() + timedelta(days=1)) == 0
    assert count(leases[1].device.id, NOW.date()) == 0
    # The first of January in Berlin begins on the last of December in UTC.
    assert count(leases[0].device.id, date(2026, 12, 31)) == 2
    assert count(leases[0].device.id, date(2027, 1, 1)) == 0


def test_devices_that_are_charged_often_are_found(
    store: Store, leases: tuple[Lease, Lease]
) -> None:
    for leased in leases:
        book(store, due(store, leased, UNTIL))
    ids = [leased.device.id for leased in leases]
    day = {"since": NOW, "until": NOW + timedelta(days=1)}
    assert store.books.often_charged(ids, **day, more_than=3) == set(ids)
    assert store.books.often_charged(ids[:1], **day, more_than=3) == set(ids[:1])
    assert store.books.often_charged(ids, **day, more_than=4) == set()
    assert store.books.often_charged(ids, since=NOW, until=NOW, more_than=0) == set()


def test_totals_are_sums_by_side_kind_and_currency(
    store: Store, people: People, leases: tuple[Lease, Lease]
) -> None:
    book(store, due(store, leases[0], UNTIL) + due(store, leases[1], UNTIL))
    start = datetime(2026, 11, 1, tzinfo=UTC)
    period = {"since": start, "until": start + timedelta(days=29)}
    customer = store.books.totals(scope=Scope(people.alice_customer.id), **period)
    assert customer == [
        Total(Side.RETAIL, FeeKind.LEASE, euros("3.60"), 1),
        Total(Side.RETAIL, FeeKind.SETUP, euros("25.00"), 1),
    ]
    everything = store.books.totals(scope=None, **period)
    assert everything[-2:] == [
        Total(Side.WHOLESALE, FeeKind.LEASE, euros("3.60"), 2),
        Total(Side.WHOLESALE, FeeKind.SETUP, euros("20.00"), 2),
    ]
    nothing = {"since": start - timedelta(days=60), "until": start}
    assert store.books.totals(scope=None, **nothing) == []
