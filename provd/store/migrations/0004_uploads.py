"""What phones send, and in the journal the method by which they asked."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import run

_TABLES = """
CREATE TABLE upload (
    uuid TEXT PRIMARY KEY,
    device_id BIGINT NOT NULL REFERENCES device (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    content {bytes} NOT NULL,
    size BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    UNIQUE (device_id, kind)
);

ALTER TABLE journal_entry ADD COLUMN method TEXT NOT NULL DEFAULT 'GET'
"""


def up(database: peewee.Database) -> None:
    run(database, _TABLES)
