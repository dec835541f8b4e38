"""The ledger read from its beginning to its end; a database in memory."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from provd.billing.ledger import Entry, Transaction
from provd.crypto.sealing import Sealer
from provd.store import Store
from tests.store.people import NOW
from tests.store.till import euros


def transaction(id_: str, minutes: int = 0) -> Transaction:
    entries = (Entry("1:cash:bank", euros("5")), Entry("1:receivable:2", euros("-5")))
    return Transaction(id_, NOW + timedelta(minutes=minutes), f"Paid {id_}", None, entries)


@pytest.mark.parametrize("size", [1, 2, 100])
def test_every_transaction_is_read_once_in_order_of_time(store: Store, size: int) -> None:
    ordered = [
        transaction("c", -(10**9) // 60), transaction("b"), transaction("d"), transaction("a", 1)
    ]  # fmt: skip
    for one in reversed(ordered):
        assert store.books.post(one)
    assert list(store.books.transactions(size)) == ordered


def test_a_store_in_memory_leaves_no_file(
    sealer: Sealer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store.in_memory(sealer=sealer)
    store.check()
    with store.transaction():
        assert store.books.post(transaction("a"))
    assert list(store.books.transactions()) == [transaction("a")]
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_two_stores_in_memory_know_nothing_of_each_other(sealer: Sealer) -> None:
    one, other = Store.in_memory(sealer=sealer), Store.in_memory(sealer=sealer)
    assert one.books.post(transaction("a"))
    assert list(other.books.transactions()) == []
    one.close()
    other.close()
