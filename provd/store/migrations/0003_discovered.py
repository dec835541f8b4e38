"""MACs that asked for a file before anybody registered them."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import run

_TABLES = """
CREATE TABLE discovered (
    mac TEXT PRIMARY KEY,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    times BIGINT NOT NULL,
    address TEXT NOT NULL,
    neighbourhood TEXT NOT NULL,
    transport TEXT NOT NULL,
    agent TEXT NOT NULL,
    path TEXT NOT NULL
);
CREATE INDEX discovered_neighbourhood ON discovered (neighbourhood, last_at);
CREATE INDEX discovered_last ON discovered (last_at)
"""


def up(database: peewee.Database) -> None:
    run(database, _TABLES)
