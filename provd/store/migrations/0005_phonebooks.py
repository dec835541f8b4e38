"""Customers' phone books."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import run

_TABLES = """
CREATE TABLE contact (
    id {id},
    account_id BIGINT NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    numbers TEXT NOT NULL,
    UNIQUE (account_id, name_key)
);

ALTER TABLE account ADD COLUMN phonebook TEXT NOT NULL DEFAULT ''
"""


def up(database: peewee.Database) -> None:
    run(database, _TABLES)
