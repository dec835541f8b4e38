"""What all repositories share."""

from __future__ import annotations

import uuid

from provd.store.database import Database
from provd.store.sealed import Sealed


class Repository:
    """Queries on a few tables that belong together."""

    def __init__(self, database: Database, sealed: Sealed) -> None:
        self._database = database
        self._sealed = sealed


def new_uuid() -> str:
    """What a new row's secrets are bound to."""
    return uuid.uuid4().hex
