"""Accounts on both databases: Alice's books are hers, her customer reads, Charlie sees nothing."""

from __future__ import annotations

import pytest

from provd.store import Store
from tests.accounts.office import Office
from tests.operations.conftest import Clock
from tests.store.conftest import (
    changes,
    databases,
    files,
    migrated_file,
    originals,
    people,
    postgresql,
    sealer,
    store,
    url,
)
from tests.store.people import NOW, People

__all__ = [
    "changes", "databases", "files", "migrated_file", "originals", "people", "postgresql", "sealer",
    "store", "url",
]  # fmt: skip


@pytest.fixture
def office(store: Store, people: People) -> Office:
    return Office(store, people, Clock(NOW))
