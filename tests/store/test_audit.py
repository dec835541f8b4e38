"""The whole ledger is read, and what is wrong in it named: once its guards are gone."""

from __future__ import annotations

import pytest

from provd.store import Store
from tests.store.people import NOW, People, phone
from tests.store.till import book, due, lease, priced_plan, start


@pytest.fixture
def booked(store: Store, people: People) -> Store:
    leased = lease(
        store,
        priced_plan(store, people),
        phone(store, people.alice_site),
        people.alice_site,
        people,
        people.alice,
    )
    start(store, leased.subscription.id)
    book(store, due(store, leased, NOW))
    return store


def unguarded(store: Store) -> Store:
    """Somebody who owns the database may do anything to it."""
    sql = store._database.sql
    if store._database.is_postgresql:
        for table in ("charge", "ledger_transaction", "ledger_entry"):
            sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    else:
        sql("PRAGMA foreign_keys = 0")
        for (name,) in sql("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            sql(f"DROP TRIGGER {name}")
    return store


def test_a_sound_ledger_has_no_problems(booked: Store) -> None:
    found = booked.books.audit()
    assert (found.transactions, found.entries, found.charges) == (4, 8, 4)
    assert found.problems == ()


def test_an_empty_ledger_has_no_problems(store: Store) -> None:
    assert store.books.audit().problems == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "UPDATE ledger_entry SET amount_micros = 1 WHERE id = 1",
            ["1 transactions do not come to zero", "1 transactions lack an entry", "1 charges are"],
        ),
        (
            "DELETE FROM ledger_entry WHERE position = 1",
            [
                "4 transactions do not come to zero",
                "4 transactions have fewer than two entries",
                "4 transactions lack an entry that they name",
            ],
        ),
        ("UPDATE ledger_entry SET at = 0 WHERE id = 1", ["1 transactions lack an entry"]),
        (
            "INSERT INTO ledger_entry (transaction_id, position, at, account, amount_micros, "
            "currency) SELECT id, 7, at, 'x', 0, 'EUR' FROM ledger_transaction",
            ["4 transactions have entries that they do not name"],
        ),
        (
            "UPDATE charge SET amount_micros = 1 WHERE id = 1",
            ["1 charges are in the ledger with another amount"],
        ),
        (
            "UPDATE ledger_transaction SET charge_key = NULL",
            ["4 charges are not in the ledger"],
        ),
    ],
)
def test_what_is_wrong_is_named(booked: Store, change: str, told: list[str]) -> None:
    unguarded(booked)._database.sql(change)
    problems = booked.books.audit().problems
    assert len(problems) == len(told)
    for problem, start_ in zip(problems, told, strict=True):
        assert problem.startswith(start_), problem


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)  # PostgreSQL keeps foreign keys
def test_what_hangs_in_the_air_is_named(booked: Store) -> None:
    sql = unguarded(booked)._database.sql
    sql("DELETE FROM charge WHERE id = 1")
    sql("DELETE FROM ledger_transaction WHERE charge_key = (SELECT max(key) FROM charge)")
    problems = booked.books.audit().problems
    assert [problem.partition(":")[0] for problem in problems] == [
        "1 transactions are named by entries, but do not exist",
        "1 transactions post a charge that does not exist",
        "1 charges are not in the ledger",
    ]
