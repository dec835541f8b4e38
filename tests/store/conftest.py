"""A store on each of the two databases, with or without people in it.

Migrating and settling happen once for each database; a test gets a copy.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from provd.crypto.sealing import Sealer
from provd.store import Store
from tests.databases import PostgresqlServer, postgresql_server
from tests.store.people import People, settle

SECRET_KEYS = frozenset({"web.admin_password"})
BOTH = ["sqlite", "postgresql"]


@dataclass(frozen=True, slots=True)
class Originals:
    """What is copied: the path or the name of a database that is migrated, and of one that has
    people, too."""

    migrated: str
    settled: str
    people: People


@pytest.fixture(scope="session")
def sealer() -> Sealer:
    return Sealer(os.urandom(32))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_file(sealer: Sealer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "provd.db"
    with closing(Store.open(f"sqlite:///{path}", sealer=sealer)) as store:
        store.migrate(path.parent / "backups")
    return path


@pytest.fixture(scope="session")
def files(migrated_file: Path, sealer: Sealer) -> Originals:
    settled = shutil.copy(migrated_file, migrated_file.with_name("settled.db"))
    with closing(Store.open(f"sqlite:///{settled}", sealer=sealer)) as store:
        return Originals(str(migrated_file), str(settled), settle(store))


@pytest.fixture(scope="session")
def databases(
    postgresql: PostgresqlServer, sealer: Sealer, tmp_path_factory: pytest.TempPathFactory
) -> Originals:
    migrated = postgresql.create()
    with closing(Store.open(postgresql.url(migrated), sealer=sealer)) as store:
        store.migrate(tmp_path_factory.mktemp("backups"))
    settled = postgresql.create(migrated)
    with closing(Store.open(postgresql.url(settled), sealer=sealer)) as store:
        return Originals(migrated, settled, settle(store))


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
def originals(request: pytest.FixtureRequest) -> Originals:
    found: Originals = request.getfixturevalue(
        "files" if request.param == "sqlite" else "databases"
    )
    return found


@pytest.fixture
def url(originals: Originals, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a migrated database is; it has people when the test asks for them."""
    wanted = originals.settled if "people" in request.fixturenames else originals.migrated
    if Path(wanted).is_absolute():
        yield f"sqlite:///{shutil.copy(wanted, tmp_path / 'provd.db')}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    name = server.create(wanted)
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
    with closing(opened):
        yield opened


@pytest.fixture
def people(originals: Originals) -> People:
    return originals.people
