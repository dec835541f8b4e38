"""What queries name is what migrations made."""

from __future__ import annotations

import peewee
import pytest

from provd.store import Store, tables
from provd.store.books import tables as books

TABLES = tables.TABLES + books.TABLES


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table._meta.table_name)
def test_a_table_has_the_columns_that_queries_name(store: Store, table: type[peewee.Model]) -> None:
    made = {
        column.name: column.null
        for column in store._database.peewee.get_columns(table._meta.table_name)
    }
    assert isinstance(table._meta.primary_key, peewee.Field)
    keys = {table._meta.primary_key.column_name}
    named = {field.column_name: field.null for field in table._meta.sorted_fields}
    # SQLite calls a primary key that is text nullable.
    assert {name: null for name, null in made.items() if name not in keys} == {
        name: null for name, null in named.items() if name not in keys
    }
    assert keys <= made.keys()


def test_there_is_no_table_that_queries_do_not_know(store: Store) -> None:
    tables = {table._meta.table_name for table in TABLES}
    made = {name for name in store._database.peewee.get_tables() if "sqlite" not in name}
    assert made == tables


def test_every_foreign_key_can_be_followed_back_by_an_index(store: Store) -> None:
    """Without one, a look from above reads the whole table."""
    database = store._database.peewee
    # Never asked for by these: a plan's owner is, prices and ledgers are reached from elsewhere.
    rare = {"seller_id", "issuer_id", "fee_id", "slot_id", "provider_id", "reseller_id"}
    for table in (table._meta.table_name for table in TABLES):
        first = {index.columns[0] for index in database.get_indexes(table) if index.columns}
        followed = {key.column for key in database.get_foreign_keys(table)}
        assert followed - first - rare == set(), table
