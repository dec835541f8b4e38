"""A database that is away, full or locked is StoreUnavailable, and comes back by itself."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from provd.crypto.sealing import Sealer
from provd.devices.mac import Mac
from provd.errors import ConfigurationError, StoreBroken, StoreError, StoreUnavailable
from provd.provisioning.journal import JournalEntry
from provd.provisioning.spool import Book, Spool
from provd.provisioning.spool_lines import to_line
from provd.store import Store
from provd.store.failures import translated
from tests.databases import PostgresqlServer
from tests.store.entries import delivered
from tests.store.people import People, phone

MAC = Mac("001565aabbcc")


@pytest.fixture
def on_sqlite(migrated_file: Path, tmp_path: Path, sealer: Sealer) -> Store:
    path = tmp_path / "provd.db"
    path.write_bytes(migrated_file.read_bytes())
    return Store.open(f"sqlite:///{path}", sealer=sealer)


def end_connections(server: PostgresqlServer, url: str) -> None:
    """As a restart of the server does."""
    with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            (url.rsplit("/", 1)[1],),
        )


def test_a_locked_database_is_unavailable(on_sqlite: Store, tmp_path: Path) -> None:
    on_sqlite._database.sql("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(tmp_path / "provd.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked by another"):
            on_sqlite.journal.append([delivered()])
    assert len(on_sqlite.journal.append([delivered()])) == 1
    on_sqlite.close()


def test_a_full_disk_is_unavailable_and_leaves_nothing_half_done(on_sqlite: Store) -> None:
    ((pages,),) = on_sqlite._database.sql("PRAGMA page_count")
    on_sqlite._database.sql(f"PRAGMA max_page_count = {pages}")
    entries = [delivered(path="x" * 900) for _ in range(2_000)]
    with pytest.raises(StoreUnavailable, match="disk is full"):
        on_sqlite.journal.append(entries)
    assert on_sqlite.journal.of_mac(MAC) == []
    on_sqlite._database.sql("PRAGMA max_page_count = 1000000")
    assert len(on_sqlite.journal.append(entries)) == 2_000
    on_sqlite.close()


@contextmanager
def no_room_beyond(octets: int) -> Iterator[None]:
    """For any file of this process. The system says so in the middle of SQLite's writing, as it
    does for a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("entries", [1, 2_000])
def test_a_disk_that_fills_up_while_it_writes_is_unavailable(
    on_sqlite: Store, tmp_path: Path, entries: int
) -> None:
    """At the commit, or in the middle of the transaction, which SQLite then ends by itself."""
    on_sqlite.journal.append([delivered()])
    on_sqlite._database.sql("PRAGMA cache_size = 10")
    room = (tmp_path / "provd.db-wal").stat().st_size
    many = [delivered(path="x" * 900) for _ in range(entries)]
    with no_room_beyond(room), pytest.raises(StoreUnavailable, match="disk"):
        on_sqlite.journal.append(many)
    assert len(on_sqlite.journal.append(many)) == entries
    on_sqlite.close()


def test_a_database_file_that_cannot_be_opened_is_unavailable(
    tmp_path: Path, sealer: Sealer
) -> None:
    store = Store.open(f"sqlite:///{tmp_path}", sealer=sealer)
    with pytest.raises(StoreUnavailable, match="can't be opened"):
        store.check()
    store.close()


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path, sealer: Sealer) -> None:
    path = tmp_path / "provd.db"
    path.write_bytes(b"something else entirely, and long enough to be looked at" * 100)
    store = Store.open(f"sqlite:///{path}", sealer=sealer)
    with pytest.raises(StoreBroken, match="not a database"):
        store.check()
    store.close()


@pytest.mark.parametrize(
    "url", ["", "sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql://root:hunter2@host/x"]
)
def test_a_url_that_names_no_database_is_refused_without_being_shown(
    url: str, sealer: Sealer
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Store.open(url, sealer=sealer)
    assert refused.value.remedy
    assert "hunter2" not in str(refused.value)


def test_a_server_that_is_away_is_unavailable(sealer: Sealer) -> None:
    store = Store.open("postgresql://provd:hunter2@127.0.0.1:1/provd", sealer=sealer)
    with pytest.raises(StoreUnavailable) as away:
        store.accounts.root()
    assert "hunter2" not in str(away.value)
    store.close()


@pytest.mark.parametrize("originals", ["postgresql"], indirect=True)
def test_reading_goes_on_after_a_restart_of_the_server(
    store: Store, people: People, postgresql: PostgresqlServer, url: str
) -> None:
    end_connections(postgresql, url)
    assert store.accounts.root() == people.provider


@pytest.mark.parametrize("originals", ["postgresql"], indirect=True)
def test_writing_goes_on_after_a_restart_of_the_server(
    store: Store, people: People, postgresql: PostgresqlServer, url: str
) -> None:
    end_connections(postgresql, url)
    assert phone(store, people.alice_site).mac == MAC


@pytest.mark.parametrize("originals", ["postgresql"], indirect=True)
def test_a_transaction_cut_in_the_middle_is_undone_and_can_be_repeated(
    store: Store, people: People, postgresql: PostgresqlServer, url: str, changes: list[str]
) -> None:
    changes.clear()

    def cut() -> None:
        with store.transaction():
            phone(store, people.alice_site)
            end_connections(postgresql, url)
            store.journal.append([delivered()])

    with pytest.raises(StoreUnavailable):
        cut()
    assert changes == []
    assert store.devices.by_mac(MAC) is None
    phone(store, people.alice_site)


@pytest.mark.parametrize("originals", ["postgresql"], indirect=True)
def test_a_commit_that_is_cut_is_unavailable(
    store: Store, people: People, postgresql: PostgresqlServer, url: str
) -> None:
    def cut() -> None:
        with store.transaction():
            phone(store, people.alice_site)
            end_connections(postgresql, url)

    with pytest.raises(StoreUnavailable):
        cut()
    assert store.devices.by_mac(MAC) is None


@pytest.mark.parametrize("originals", ["postgresql"], indirect=True)
def test_a_server_that_takes_no_writes_is_unavailable(
    store: Store, people: People, url: str, postgresql: PostgresqlServer
) -> None:
    name = url.rsplit("/", 1)[1]
    with closing(psycopg.connect(url, autocommit=True)) as admin:
        admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    end_connections(postgresql, url)
    with pytest.raises(StoreUnavailable, match="read-only"):
        phone(store, people.alice_site)
    assert store.accounts.root() == people.provider


def test_a_database_without_tables_is_an_error_not_a_wait(empty_url: str, sealer: Sealer) -> None:
    store = Store.open(empty_url, sealer=sealer)
    with pytest.raises(StoreBroken, match="account"):
        store.accounts.root()
    store.close()


def booking_into(store: Store) -> Book:
    def book(entries: Sequence[JournalEntry]) -> None:
        store.journal.append(entries)

    return book


def test_while_its_table_is_gone_an_entry_waits_in_the_spool(store: Store, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "journal.spool", booking_into(store))
    with closing(spool):
        spool.append(to_line(delivered()))
        store._database.sql("ALTER TABLE journal_entry RENAME TO journal_away")
        with pytest.raises(StoreBroken):
            spool.drain()
        store._database.sql("ALTER TABLE journal_away RENAME TO journal_entry")
        assert spool.drain() == 1
    assert len(store.journal.of_mac(MAC)) == 1


@pytest.mark.parametrize("originals", ["postgresql"], indirect=True)
def test_while_its_rights_are_gone_an_entry_waits_in_the_spool(
    store: Store, tmp_path: Path
) -> None:
    spool = Spool(tmp_path / "journal.spool", booking_into(store))
    with closing(spool):
        spool.append(to_line(delivered()))
        store._database.sql("SET ROLE pg_monitor")
        with pytest.raises(StoreBroken, match="permission denied"):
            spool.drain()
        store._database.sql("RESET ROLE")
        assert spool.drain() == 1


STATES = {
    StoreUnavailable: ["08006", "25006", "40P01", "53100", "57P01"],
    StoreBroken: ["0A000", "25P02", "26000", "28000", "3D000", "42501", "42703", "42P01", "XX001"],
    StoreError: ["22P05", "23502", "23514", "54000", "P0001"],
}


@pytest.mark.parametrize(
    ("kind", "state"), [(kind, state) for kind, states in STATES.items() for state in states]
)
def test_only_what_tells_of_the_row_is_no_reason_to_wait(
    kind: type[StoreError], state: str
) -> None:
    with pytest.raises(StoreError) as refused, translated():
        raise psycopg.errors.lookup(state)("refused")
    assert type(refused.value) is kind


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_PERM])
def test_a_damaged_file_is_no_reason_to_put_rows_aside(code: int) -> None:
    error = sqlite3.DatabaseError("refused")
    error.sqlite_errorcode = code
    with pytest.raises(StoreBroken), translated():
        raise error
