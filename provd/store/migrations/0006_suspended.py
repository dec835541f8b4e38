"""Suspended accounts."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import run

_COLUMNS = """
ALTER TABLE account ADD COLUMN suspended_at BIGINT;
ALTER TABLE account ADD COLUMN suspended_reason TEXT
"""


def up(database: peewee.Database) -> None:
    run(database, _COLUMNS)
