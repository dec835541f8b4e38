"""Whoever writes to the ledger, with whatever program: each transaction comes to zero and stays.

The attacks go past provd, by the drivers themselves, on a connection that sets nothing: SQLite then
checks no foreign key.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from provd.billing.ledger import Entry, Transaction
from provd.crypto.sealing import Sealer
from provd.store import Store
from provd.store.migrating import known_migrations
from tests.store.people import NOW
from tests.store.till import euros

Attack = Callable[..., list[tuple[Any, ...]]]

OWED, EARNED = "1:receivable:2", "1:revenue:setup"
ALL = "SELECT * FROM ledger_transaction ORDER BY id", "SELECT * FROM ledger_entry ORDER BY id"
ADD = "INSERT INTO ledger_transaction (id, at, text, entries) VALUES ('{}', 1, '', '{}')"
LATE = (
    "INSERT INTO ledger_entry (transaction_id, position, at, account, amount_micros, currency) "
    "VALUES ('{}', {}, {}, '1:cash:till', 5, 'EUR')"
)
COPY = (
    "INSERT INTO ledger_entry (transaction_id, position, at, account, amount_micros, currency) "
    "SELECT transaction_id, {}, at, account, amount_micros, currency FROM ledger_entry"
)


def booking(id_: str = "good") -> Transaction:
    entries = Entry(OWED, euros("25.00")), Entry(EARNED, -euros("25.00"))
    return Transaction(id_, NOW, "Setup", None, entries)


@pytest.fixture
def attack(store: Store, url: str) -> Attack:
    """Runs statements in one transaction of a driver's own, and commits."""
    store.books.post(booking())

    def run(*statements: str) -> list[tuple[Any, ...]]:
        if url.startswith("sqlite"):
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as lite, lite:
                return _results(lite.cursor(), statements)
        with psycopg.connect(url) as post:
            return _results(post.cursor(), statements)

    return run


def _results(cursor: Any, statements: Sequence[str]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for statement in statements:
        cursor.execute(statement)
        found += cursor.fetchall() if cursor.description else []
    return found


def refused(attack: Attack, *statements: str, because: str) -> None:
    before = attack(*ALL)
    with pytest.raises((sqlite3.Error, psycopg.Error), match=because):
        attack(*statements)
    assert attack(*ALL) == before


def test_what_is_posted_is_there_with_its_entries(attack: Attack) -> None:
    assert attack("SELECT transaction_id, position, account, amount_micros FROM ledger_entry") == [
        ("good", 0, OWED, 25_000_000),
        ("good", 1, EARNED, -25_000_000),
    ]


def test_a_balanced_transaction_is_taken_from_anybody(attack: Attack) -> None:
    attack(ADD.format("other", '[["a", 3, "EUR"], ["b", -1, "EUR"], ["c", -2, "EUR"]]'))
    assert attack(
        "SELECT position, at, account, amount_micros, currency FROM ledger_entry "
        "WHERE transaction_id = 'other' ORDER BY position"
    ) == [(0, 1, "a", 3, "EUR"), (1, 1, "b", -1, "EUR"), (2, 1, "c", -2, "EUR")]


NOT_ZERO = (
    '[["a", 5, "EUR"], ["b", -4, "EUR"]]',
    '[["a", 5, "EUR"], ["b", -5, "USD"]]',
    '[["a", 5, "EUR"], ["b", -4, "EUR"], ["a", 5, "USD"], ["b", -6, "USD"]]',
)
NO_ENTRIES = (
    '[["a", "5", "EUR"], ["b", 1.5, "EUR"]]',
    '[["a", 5, "EUR"], [null, -5, "EUR"]]',
    '[["a", 99999999999999999999, "EUR"], ["b", -99999999999999999999, "EUR"]]',
    '[["a", 9223372036854775807, "EUR"], ["b", 9223372036854775807, "EUR"]]',
    '{"x": ["a", 5, "EUR"], "y": ["b", -5, "EUR"]}',
    "[1, 2]",
    "no JSON",
)


def test_what_does_not_come_to_zero_in_two_entries_is_refused(attack: Attack) -> None:
    for entries in NOT_ZERO:
        refused(attack, ADD.format("bad", entries), because="does not come to zero")
    for entries in ('[["a", 0, "EUR"]]', "[]"):
        refused(attack, ADD.format("bad", entries), because="fewer than two entries")


def test_what_is_no_list_of_entries_is_refused(attack: Attack, store: Store) -> None:
    ways = ["INSERT", "INSERT OR IGNORE", "INSERT OR REPLACE"]
    for how in ways[:1] if store._database.is_postgresql else ways:
        for entries in NO_ENTRIES:
            refused(attack, ADD.replace("INSERT", how).format("bad", entries), because=".")


def test_an_entry_is_added_to_no_transaction(attack: Attack) -> None:
    """Neither to an old one, nor to one of the same database transaction, nor to none."""
    alone = "is written by its ledger_transaction alone"
    ((at,),) = attack("SELECT at FROM ledger_transaction")
    new = ADD.format("new", '[["a", 5, "EUR"], ["b", -5, "EUR"]]')
    refused(attack, LATE.format("good", 2, at), because=alone)
    refused(attack, LATE.format("good", -1, at), because=alone)
    refused(attack, LATE.format("good", 0, at), because=f"{alone}|unique")
    refused(attack, new, LATE.format("new", 2, 1), because=alone)
    refused(attack, LATE.format("nowhere", 0, 1), because=f"{alone}|foreign key")


def test_a_copy_of_an_entry_is_refused(attack: Attack) -> None:
    for position in ("position", "position + 2", "position - 2"):
        refused(attack, COPY.format(position), because="alone|unique")


def test_nothing_is_changed_or_deleted(attack: Attack) -> None:
    for table in ("ledger_transaction", "ledger_entry"):
        refused(attack, f"UPDATE {table} SET at = 0", because="append-only")  # noqa: S608
        refused(attack, f"DELETE FROM {table}", because="append-only")  # noqa: S608


@pytest.mark.parametrize("originals", ["postgresql"], indirect=True)
def test_nothing_is_emptied_or_copied_in(attack: Attack) -> None:
    refused(attack, "TRUNCATE ledger_transaction CASCADE", because="append-only")
    refused(attack, "TRUNCATE ledger_entry", because="append-only")
    refused(
        attack,
        "SET CONSTRAINTS ALL DEFERRED",
        LATE.format("good", 2, 1),
        because="is written by its ledger_transaction alone",
    )


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)  # PostgreSQL has no OR REPLACE
def test_nothing_is_replaced(attack: Attack) -> None:
    """SQLite runs no DELETE trigger for the row that REPLACE removes."""
    again = ADD.replace("INSERT", "INSERT OR REPLACE")
    before = attack(*ALL)
    attack(again.format("good", '[["x", 1, "EUR"], ["y", -1, "EUR"]]'))
    assert attack(*ALL) == before
    ((entry,),) = attack("SELECT id FROM ledger_entry WHERE position = 0")
    for id_ in (entry, entry + 1):
        replaced = LATE.replace("INSERT", "INSERT OR REPLACE").replace("(trans", "(id, trans")
        replaced = replaced.replace("VALUES (", f"VALUES ({id_}, ")
        refused(attack, replaced.format("good", 0, 1), because="alone")


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_a_transaction_needs_a_name(attack: Attack) -> None:
    """A primary key that is text may be NULL in SQLite."""
    nameless = ADD.replace("'{}'", "NULL", 1)
    refused(attack, nameless.format('[["a", 5, "EUR"], ["b", -5, "EUR"]]'), because="entries")


def test_many_are_posted_at_once_or_none(attack: Attack) -> None:
    good, bad = '[["a", 5, "EUR"], ["b", -5, "EUR"]]', '[["a", 5, "EUR"], ["b", 5, "EUR"]]'
    both = f"{ADD.format('t1', good)}, ('t2', 1, '', '{bad}')"
    refused(attack, both, because="does not come to zero")


def test_a_ledger_from_before_is_taken_over(empty_url: str, sealer: Sealer, tmp_path: Path) -> None:
    with closing(Store.open(empty_url, sealer=sealer)) as store:
        steps = known_migrations()
        number = next(step.number for step in steps if step.name.endswith("_ledger"))
        store._migrations.known = steps[: number - 1]
        store.migrate(tmp_path)
        sql = store._database.sql
        sql("INSERT INTO ledger_transaction (id, at, text) VALUES ('old', 7, 'Setup')")
        for account, micros in ((OWED, 5), (EARNED, -3), ("1:tax:standard", -2)):
            sql(
                "INSERT INTO ledger_entry (transaction_id, account, amount_micros, currency) "
                "VALUES ('old', ?, ?, 'EUR')",
                (account, micros),
            )
        store._migrations.known = steps
        store.migrate(tmp_path)
        assert sql("SELECT position, at, account, amount_micros FROM ledger_entry") == [
            (0, 7, OWED, 5),
            (1, 7, EARNED, -3),
            (2, 7, "1:tax:standard", -2),
        ]
        ((entries,),) = sql("SELECT entries FROM ledger_transaction")
        assert json.loads(entries) == [
            [OWED, 5, "EUR"],
            [EARNED, -3, "EUR"],
            ["1:tax:standard", -2, "EUR"],
        ]
        assert store.books.post(booking())
        assert not store.books.post(booking())
