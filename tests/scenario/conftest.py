"""Scenarios as files have them, played with the vendors' folders read once."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Collection

import pytest

from provd.configuration import Configuration
from provd.crypto.sealing import Sealer
from provd.scenario import Outcome, play, read_scenario
from provd.store import Store
from provd.store.connections import MemorySqlite
from provd.store.database import Database
from provd.store.sealed import Sealed, SealsSecrets
from tests.operations.conftest import quickly, vendors_read_once

__all__ = ["quickly", "vendors_read_once"]


@pytest.fixture(scope="session")
def migrated() -> bytes:
    """A database with its tables and nothing else: making them takes half of a short scenario."""
    store = Store.in_memory(sealer=Sealer(os.urandom(32)))
    image: bytes = store._database.peewee.connection().serialize()  # type: ignore[no-untyped-call]
    store.close()
    return image


@pytest.fixture(autouse=True)
def migrated_once(migrated: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_memory(*, sealer: SealsSecrets, secret_keys: Collection[str] = ()) -> Store:
        store = Store(Database(MemorySqlite(), lambda: None), Sealed(sealer, secret_keys))
        store._database.peewee.connection().deserialize(migrated)  # type: ignore[no-untyped-call]
        return store

    monkeypatch.setattr(Store, "in_memory", in_memory)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-scenarios", action="store_true", help="write what docs/scenarios come to"
    )


def played(text: str) -> Outcome:
    return play(read_scenario(textwrap.dedent(text).encode(), "trial.yaml"), Configuration())
