"""Closed accounts, and which of their users could sign in before."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import run

_COLUMNS = """
ALTER TABLE account ADD COLUMN closed_at BIGINT;
ALTER TABLE account ADD COLUMN closed_by TEXT;
ALTER TABLE portal_user ADD COLUMN returns BOOLEAN NOT NULL DEFAULT FALSE
"""


def up(database: peewee.Database) -> None:
    run(database, _COLUMNS)
