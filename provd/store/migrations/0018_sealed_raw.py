"""Vendors' own parameters that were stored before all of them were sealed.

SQLite overwrites what stood there (secure_delete). PostgreSQL keeps replaced rows until it vacuums.
"""

from __future__ import annotations

import json

from provd.devices.settings import RAW_PREFIX
from provd.store.database import Database
from provd.store.fields import to_json
from provd.store.sealed import Sealed

_TABLES = ("account", "site", "device")


def seal(database: Database, sealed: Sealed) -> None:
    """Rows without such a parameter, nearly all of them, are left as they are."""
    for table in _TABLES:
        found = f"SELECT id, uuid, settings FROM {table} WHERE settings LIKE ?"  # noqa: S608
        change = f"UPDATE {table} SET settings = ? WHERE id = ?"  # noqa: S608  names of ours
        for row, uuid, stored in database.sql(found, (f'%"{RAW_PREFIX}%',)):
            layer = sealed.open_settings(json.loads(stored), table, uuid)
            database.sql(change, (to_json(sealed.seal_settings(layer, table, uuid)), row))
