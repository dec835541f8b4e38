"""What is read for exports, on both databases."""

from datetime import date, timedelta

import pytest

from provd.billing.ledger import Entry, Transaction
from provd.store import Store
from tests.store.invoicing import issued, kept
from tests.store.people import NOW, People
from tests.store.till import euros


@pytest.mark.parametrize("size", [1, 100])
def test_an_issuers_final_invoices_are_read_in_their_order(
    store: Store, people: People, size: int
) -> None:
    seller, buyer = people.alice, people.alice_customer
    first = issued(store, kept(store, seller, buyer, "10.00"))
    theirs = issued(store, kept(store, people.provider, seller, "4.00"), "P-1")
    found = list(store.books.issued(seller.id, size=size))
    assert found == [first]
    assert list(store.books.issued(people.provider.id)) == [theirs]
    assert list(store.books.issued(seller.id, since=date(2026, 12, 2))) == []
    assert list(store.books.issued(seller.id, until=date(2026, 11, 30))) == []
    day = date(2026, 12, 1)
    assert list(store.books.issued(seller.id, since=day, until=day)) == [first]


@pytest.mark.parametrize("size", [1, 100])
def test_an_issuers_ledger_holds_no_other_issuers_transactions(store: Store, size: int) -> None:
    def made(id_: str, issuer_id: int, minutes: int) -> Transaction:
        entries = (
            Entry(f"{issuer_id}:cash:bank", euros("5")),
            Entry(f"{issuer_id}:receivable:9", euros("-5")),
        )
        return Transaction(id_, NOW + timedelta(minutes=minutes), id_, None, entries)

    mine = [made("c", 2, 0), made("a", 2, 5), made("b", 2, 5)]
    for one in (*reversed(mine), made("x", 22, 1), made("y", 1, 2)):
        assert store.books.post(one)
    assert list(store.books.transactions(size, issuer_id=2)) == mine
    late, soon = NOW + timedelta(minutes=5), NOW + timedelta(minutes=1)
    assert list(store.books.transactions(size, issuer_id=2, since=late)) == mine[1:]
    assert list(store.books.transactions(size, issuer_id=2, until=late)) == mine[:1]
    assert [one.id for one in store.books.transactions(size, since=soon, until=late)] == ["x", "y"]
