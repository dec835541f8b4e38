"""A store on each of the two databases."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from provd.crypto.sealing import Sealer
from provd.store import Store
from tests.databases import PostgresqlServer, postgresql_server
from tests.store.people import People, settle

SECRET_KEYS = frozenset({"web.admin_password"})
BOTH = ["sqlite", "postgresql"]


@pytest.fixture(scope="session")
def sealer() -> Sealer:
    return Sealer(os.urandom(32))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_file(sealer: Sealer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy."""
    path = tmp_path_factory.mktemp("migrated") / "provd.db"
    store = Store.open(f"sqlite:///{path}", sealer=sealer)
    with closing(store):
        store.migrate(path.parent / "backups")
    return path


@pytest.fixture(scope="session")
def migrated(
    postgresql: PostgresqlServer, sealer: Sealer, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The name of a migrated database to copy."""
    name = postgresql.create()
    store = Store.open(postgresql.url(name), sealer=sealer)
    with closing(store):
        store.migrate(tmp_path_factory.mktemp("backups"))
    return name


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a database without any tables is."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/provd.db"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a migrated database is."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('migrated_file'), tmp_path)}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    name = server.create(request.getfixturevalue("migrated"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def changes() -> list[str]:
    """Grows by one with each change of the phones' configuration."""
    return []


@pytest.fixture
def store(url: str, sealer: Sealer, changes: list[str]) -> Iterator[Store]:
    opened = Store.open(
        url,
        sealer=sealer,
        on_configuration_change=lambda: changes.append("changed"),
        secret_keys=SECRET_KEYS,
    )
    yield opened
    opened.close()


@pytest.fixture
def people(store: Store) -> People:
    return settle(store)
