"""Phone books: by name, bounded, and on every phone of the customer after the next question."""

from __future__ import annotations

import pytest

from provd.devices.account import Scope
from provd.devices.contact import Contact
from provd.devices.mac import Mac
from provd.errors import ConflictError, InputError, NotFoundError
from provd.store import Store
from tests.store.people import People, phone

ANN = Contact("Ann", (("work", "100"), ("mobile", "+49151")))
BO = Contact("Bo “=1+1” Ö", (("home", "*7#"),))
MOST = 3


def names(store: Store, account_id: int) -> list[str]:
    return [entry.contact.name for entry in store.phonebooks.entries(account_id)]


def read(store: Store, mac: str = "001565aabbcc") -> tuple[Contact, ...]:
    """What the phone is served."""
    placement = store.devices.placement(Mac(mac))
    assert placement is not None
    return placement.contacts


def test_contacts_are_kept_by_name_and_reach_the_customer_s_phones_alone(
    store: Store, people: People
) -> None:
    phone(store, people.alice_site)
    phone(store, people.charlie_site, "001565aabbdd")
    customer = people.alice_customer.id
    assert read(store) == ()
    store.phonebooks.add(customer, BO, most=MOST)
    store.phonebooks.add(customer, ANN, most=MOST)
    assert read(store) == (ANN, BO)
    assert read(store, "001565aabbdd") == ()
    assert store.phonebooks.entries(people.charlie_customer.id) == []


def test_a_change_counts_at_once_and_tells_the_caches(
    store: Store, people: People, changes: list[str]
) -> None:
    phone(store, people.alice_site)
    customer = people.alice_customer.id
    changes.clear()
    store.phonebooks.add(customer, ANN, most=MOST)
    assert (read(store), len(changes)) == ((ANN,), 1)
    other = Contact("ann", (("work", "200"),))
    store.phonebooks.put(customer, [other, BO], most=MOST)
    assert (read(store), len(changes)) == ((other, BO), 2)
    store.phonebooks.remove(customer, [entry.id for entry in store.phonebooks.entries(customer)])
    assert (read(store), len(changes)) == ((), 3)


def test_a_name_stands_once_in_a_book_and_in_another_s_too(store: Store, people: People) -> None:
    store.phonebooks.add(people.alice_customer.id, ANN, most=MOST)
    store.phonebooks.add(people.charlie_customer.id, ANN, most=MOST)
    with pytest.raises(ConflictError, match="already"):
        store.phonebooks.add(people.alice_customer.id, Contact("ANN", BO.numbers), most=MOST)
    asked = [people.alice_customer.id, people.charlie_customer.id]
    counts = store.phonebooks.counts(Scope(people.alice.id), asked)
    assert counts == {people.alice_customer.id: 1}
    assert store.phonebooks.counts(Scope(people.alice.id), []) == {}


def test_a_book_that_is_full_takes_no_more_and_loses_nothing(
    store: Store, people: People, changes: list[str]
) -> None:
    customer = people.alice_customer.id
    some = [Contact(name, (("work", "1"),)) for name in "abc"]
    store.phonebooks.put(customer, some, most=MOST)
    changes.clear()
    with pytest.raises(InputError, match="would have 4 contacts, and 3 is the most"):
        store.phonebooks.add(customer, ANN, most=MOST)
    with pytest.raises(InputError, match="would have 5"):
        store.phonebooks.put(customer, [ANN, BO], most=MOST)
    assert (names(store, customer), changes) == (["a", "b", "c"], [])
    store.phonebooks.put(customer, [Contact("C", (("work", "2"),))], most=MOST)
    assert names(store, customer) == ["a", "b", "C"]


def test_who_is_not_in_the_book_can_t_be_taken_out(store: Store, people: People) -> None:
    store.phonebooks.add(people.charlie_customer.id, ANN, most=MOST)
    [entry] = store.phonebooks.entries(people.charlie_customer.id)
    with pytest.raises(NotFoundError):
        store.phonebooks.remove(people.alice_customer.id, [entry.id])
    with pytest.raises(NotFoundError):
        store.phonebooks.add(10_000, ANN, most=MOST)
    assert names(store, people.charlie_customer.id) == ["Ann"]


def test_hundreds_of_contacts_are_put_in_one_go(store: Store, people: People) -> None:
    many = [Contact(f"Contact {n:04}", (("work", str(n)),)) for n in range(1000)]
    store.phonebooks.put(people.alice_customer.id, many, most=1000)
    store.phonebooks.put(people.alice_customer.id, many, most=1000)
    assert names(store, people.alice_customer.id) == [one.name for one in many]
