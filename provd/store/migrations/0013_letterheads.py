"""The language and the logo of invoices."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import run

_TABLES = """
ALTER TABLE billing_profile ADD COLUMN language TEXT NOT NULL DEFAULT '';

CREATE TABLE billing_logo (
    account_id BIGINT PRIMARY KEY REFERENCES account (id),
    content {bytes} NOT NULL
)
"""


def up(database: peewee.Database) -> None:
    run(database, _TABLES)
