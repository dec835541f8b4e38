"""Why a device took an arrow, and which site it left."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import run

_COLUMNS = """
ALTER TABLE lifecycle_event ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE lifecycle_event ADD COLUMN left_site_id BIGINT REFERENCES site (id);
CREATE INDEX lifecycle_event_left_site ON lifecycle_event (left_site_id)
    WHERE left_site_id IS NOT NULL
"""


def up(database: peewee.Database) -> None:
    run(database, _COLUMNS)
