"""Bringing a database up to date, without ever losing what is in it."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import peewee
import psycopg
import pytest

from provd.crypto.sealing import Sealer
from provd.errors import MigrationError, StoreError
from provd.store import Store
from provd.store.fields import to_microseconds
from provd.store.migrating import Migration, known_migrations
from tests.databases import PostgresqlServer
from tests.store.people import NOW, People


@pytest.fixture
def empty(empty_url: str, sealer: Sealer) -> Iterator[Store]:
    store = Store.open(empty_url, sealer=sealer)
    yield store
    store.close()


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def add(store: Store, step: str) -> None:
    """Teaches this store's program one more migration."""

    def up(database: peewee.Database) -> None:
        for statement in step.split(";"):
            database.execute_sql(statement)  # type: ignore[no-untyped-call]

    number = len(known_migrations()) + 1
    store._migrations.known = (*known_migrations(), Migration(number, f"{number:04}_next", up))


def tables(store: Store) -> list[str]:
    return store._database.peewee.get_tables()


def test_an_empty_database_is_filled_without_a_backup(empty: Store, backups: Path) -> None:
    assert empty.migrate(backups) is None
    assert not backups.exists()
    empty.check()
    assert empty.accounts.root() is None


def test_migrating_again_does_nothing(empty: Store, backups: Path) -> None:
    empty.migrate(backups)
    assert empty.migrate(backups) is None
    assert not backups.exists()


def test_an_empty_database_does_not_pass_the_check(empty: Store) -> None:
    with pytest.raises(MigrationError, match="provd db migrate"):
        empty.check()


def test_the_steps_taken_are_on_record(store: Store) -> None:
    rows = store._database.sql("SELECT number, name FROM schema_version ORDER BY number")
    assert rows == [(step.number, step.name) for step in known_migrations()]


def test_a_backup_is_made_before_the_next_step(store: Store, people: People, backups: Path) -> None:
    add(store, "CREATE TABLE novelty (id BIGINT PRIMARY KEY)")
    backup = store.migrate(backups)
    assert backup is not None
    assert backup.parent == backups
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert stat.S_IMODE(backups.stat().st_mode) == 0o700
    assert "novelty" in tables(store)
    assert store.accounts.root() == people.provider


def test_the_backup_can_be_restored(
    store: Store,
    people: People,
    backups: Path,
    sealer: Sealer,
    request: pytest.FixtureRequest,
) -> None:
    add(store, "CREATE TABLE novelty (id BIGINT PRIMARY KEY)")
    backup = store.migrate(backups)
    address = f"sqlite:///{backup}"
    if store._database.is_postgresql:
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        address = server.url(server.create())
        restore = ["pg_restore", f"--dbname={address}", "--exit-on-error", str(backup)]
        subprocess.run(restore, check=True)
    restored = Store.open(address, sealer=sealer)
    restored.check()
    assert restored.accounts.root() == people.provider
    assert "novelty" not in tables(restored)
    restored.close()


def test_a_step_that_fails_is_undone_and_names_the_backup(
    store: Store, people: People, backups: Path
) -> None:
    add(store, "CREATE TABLE novelty (id BIGINT PRIMARY KEY); UPDATE nowhere SET id = 1")
    with pytest.raises(MigrationError, match=r"\d{4}_next failed and was undone") as failed:
        store.migrate(backups)
    (backup,) = backups.iterdir()
    assert str(backup) in str(failed.value)
    assert "novelty" not in tables(store)
    store._migrations.known = known_migrations()
    store.check()
    assert store.accounts.root() == people.provider


def test_a_database_of_a_newer_provd_is_refused(store: Store, backups: Path) -> None:
    store._database.sql(
        "INSERT INTO schema_version VALUES (?, ?, ?)", (99, "0099_later", to_microseconds(NOW))
    )
    with pytest.raises(MigrationError, match="install the newer provd"):
        store.check()
    with pytest.raises(MigrationError, match="install the newer provd"):
        store.migrate(backups)
    assert not backups.exists()


def test_processes_that_start_together_migrate_once(
    empty_url: str, sealer: Sealer, backups: Path
) -> None:
    stores = [Store.open(empty_url, sealer=sealer) for _ in range(4)]
    together = threading.Barrier(len(stores))
    failed: list[BaseException] = []

    def start(store: Store) -> None:
        together.wait()
        try:
            store.migrate(backups)
            store.check()
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=start, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert failed == []


@pytest.mark.parametrize("originals", ["postgresql"], indirect=True)
def test_where_pg_dump_is_missing_nothing_changes_and_the_remedy_is_named(
    store: Store, people: People, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, "CREATE TABLE novelty (id BIGINT PRIMARY KEY)")
    monkeypatch.setenv("PATH", str(backups))
    with pytest.raises(MigrationError, match="install the package postgresql-client"):
        store.migrate(backups)
    assert "novelty" not in tables(store)
    assert list(backups.iterdir()) == []


@pytest.mark.parametrize("originals", ["postgresql"], indirect=True)
def test_no_argument_of_pg_dump_shows_the_password(
    store: Store, backups: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\necho "no" >&2\nexit 1\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    add(store, "CREATE TABLE novelty (id BIGINT PRIMARY KEY)")
    with pytest.raises(MigrationError, match="no backup could be made: no"):
        store.migrate(backups)
    arguments = (tmp_path / "arguments").read_text()
    assert "user=provd" in arguments
    assert "secret" not in arguments
    assert "novelty" not in tables(store)


def test_a_backup_that_cannot_be_written_stops_the_migration(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    add(store, "CREATE TABLE novelty (id BIGINT PRIMARY KEY)")
    with pytest.raises(MigrationError, match="no backup could be made"):
        store.migrate(tmp_path / "file")
    assert "novelty" not in tables(store)


def test_a_backup_has_what_other_processes_committed_but_did_not_write_back(
    store: Store, people: People, url: str, backups: Path
) -> None:
    """In WAL mode the latest rows are beside the database's file, not in it."""
    add(store, "CREATE TABLE novelty (id BIGINT PRIMARY KEY)")
    backup = store.migrate(backups)
    assert backup is not None
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(backup)) as copy:
            assert copy.execute("SELECT count(*) FROM account").fetchone() == (6,)
    else:
        with psycopg.connect(url) as live:
            assert live.execute("SELECT count(*) FROM account").fetchone() == (6,)
