"""What a DHCP server has heard of phones that nobody has registered, and who made them for sure."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import run

_COLUMNS = """
ALTER TABLE discovered ADD COLUMN vendor_class TEXT NOT NULL DEFAULT '';
ALTER TABLE discovered ADD COLUMN proven TEXT NOT NULL DEFAULT ''
"""


def up(database: peewee.Database) -> None:
    run(database, _COLUMNS)
