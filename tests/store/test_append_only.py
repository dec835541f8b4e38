"""The books and the life cycle can't be rewritten, not even by hand."""

from __future__ import annotations

import contextlib

import pytest

from provd.devices.lifecycle import LifecycleEvent, State
from provd.errors import StoreError
from provd.store import Store
from tests.store.people import NOW, People, phone
from tests.store.till import book, due, lease, priced_plan, start

TABLES = [
    "charge",
    "ledger_transaction",
    "ledger_entry",
    "lifecycle_event",
    "price",
    "subscription_change",
]


@pytest.fixture
def booked(store: Store, people: People) -> Store:
    device = phone(store, people.alice_site)
    store.events.record(
        LifecycleEvent("1", device.id, State.REGISTERED, State.IN_SERVICE, NOW, "phone")
    )
    plan = priced_plan(store, people)
    leased = lease(store, plan, device, people.alice_site, people, people.alice)
    start(store, leased.subscription.id)
    book(store, due(store, leased, NOW))
    return store


def contents(store: Store, table: str) -> list[tuple[object, ...]]:
    return store._database.sql(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_a_row_is_neither_changed_nor_deleted(booked: Store, table: str, statement: str) -> None:
    before = contents(booked, table)
    assert before
    with pytest.raises(StoreError, match=f"{table} is append-only"):
        booked._database.sql(statement.format(table))
    assert contents(booked, table) == before


@pytest.mark.parametrize("originals", ["postgresql"], indirect=True)  # SQLite has no TRUNCATE
@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_not_emptied_at_once(booked: Store, table: str) -> None:
    with pytest.raises(StoreError, match="append-only"):
        booked._database.sql(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)  # PostgreSQL has no OR REPLACE
@pytest.mark.parametrize("table", TABLES)
def test_a_row_is_not_replaced(booked: Store, table: str) -> None:
    """SQLite removes the row in the way of REPLACE without a DELETE trigger."""
    before, sql = contents(booked, table), booked._database.sql
    columns = [row[1] for row in sql(f"PRAGMA table_info({table})")]
    other = ", ".join("'other'" if name in {"text", "actor"} else name for name in columns)
    with contextlib.suppress(StoreError):  # refused or passed over: both leave it
        sql(f"INSERT OR REPLACE INTO {table} SELECT {other} FROM {table}")  # noqa: S608
    assert contents(booked, table) == before


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_a_charge_is_not_replaced_under_another_key(booked: Store) -> None:
    before, sql = contents(booked, "charge"), booked._database.sql
    columns = [row[1] for row in sql("PRAGMA table_info(charge)")]
    other = ", ".join("key || 'x'" if name == "key" else name for name in columns)
    sql(f"INSERT OR REPLACE INTO charge SELECT {other} FROM charge")  # noqa: S608
    assert contents(booked, "charge") == before
