"""From a database URL to a peewee database whose connections, one per thread, can all be closed.

peewee keeps a connection for each thread; threads end without closing theirs. So each connection is
remembered with its thread, and closed once that thread is gone or the store is closed.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from peewee import PostgresqlDatabase, SqliteDatabase

from provd.errors import ConfigurationError, StoreUnavailable

BUSY_SECONDS = 5
CONNECT_SECONDS = 5
MEMORY = ":memory:"

_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "busy_timeout": BUSY_SECONDS * 1000,
    "secure_delete": 1,
}


class _Remembered:
    """Connections by thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: list[tuple[threading.Thread, Any]] = []

    def add(self, connection: Any) -> None:
        with self._lock:
            for thread, left in self._connections:
                if not thread.is_alive():
                    left.close()
            alive = [pair for pair in self._connections if pair[0].is_alive()]
            self._connections = [*alive, (threading.current_thread(), connection)]

    def close(self) -> None:
        with self._lock:
            for _, connection in self._connections:
                connection.close()
            self._connections = []


class ThreadedSqlite(SqliteDatabase):
    """SQLite in WAL mode; a transaction takes the write lock when it begins. The file is made by
    the first connection, which raises StoreUnavailable where it can't be."""

    def __init__(self, path: Path, **pragmas: object) -> None:
        super().__init__(
            str(path),
            pragmas=_PRAGMAS | pragmas,
            lock_type="IMMEDIATE",
            timeout=BUSY_SECONDS,
            # Closing from another thread is the one thing done across threads.
            check_same_thread=False,
        )
        self._path = path
        self.remembered = _Remembered()

    def _connect(self) -> Any:
        _make_private(self._path)
        connection = super()._connect()  # type: ignore[misc]  # the stubs leave it out
        self.remembered.add(connection)
        return connection


class ReadOnlySqlite(ThreadedSqlite):
    """What lies on a disk that takes nothing. SQLite reads a database in WAL mode by two files
    beside it, and makes them; without them it must be told that nobody writes (`immutable`)."""

    def __init__(self, path: Path, *, immutable: bool) -> None:
        way = "immutable=1" if immutable else "mode=ro"
        SqliteDatabase.__init__(
            self, f"{path.resolve().as_uri()}?{way}", uri=True, check_same_thread=False
        )
        self._path = path
        self.remembered = _Remembered()


class MemorySqlite(ThreadedSqlite):
    """SQLite without a file: it belongs to the thread that uses it first, and ends with it."""

    def __init__(self) -> None:
        super().__init__(Path(MEMORY))

    def _connect(self) -> Any:
        connection = SqliteDatabase._connect(self)  # type: ignore[attr-defined]
        self.remembered.add(connection)
        return connection


class ThreadedPostgresql(PostgresqlDatabase):
    """PostgreSQL by psycopg 3."""

    def __init__(self, url: str) -> None:
        super().__init__(
            url,
            prefer_psycopg3=True,
            connect_timeout=CONNECT_SECONDS,
            fallback_application_name="provd",
            # A server that vanishes without a word is noticed, as one that says good-bye.
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            tcp_user_timeout=10_000,
        )
        self.remembered = _Remembered()

    def _connect(self) -> Any:
        connection = super()._connect()  # type: ignore[misc]  # the stubs leave it out
        self.remembered.add(connection)
        return connection


ThreadedDatabase = ThreadedSqlite | ThreadedPostgresql


def database_for(url: str) -> ThreadedDatabase:
    """The database of `sqlite:///relative`, `sqlite:////absolute` or `postgresql://...` (libpq's
    URL, several hosts allowed). Connects to nothing yet.

    Raises ConfigurationError for any other URL; its text leaves out the URL, which may hold a
    password.
    """
    if url.startswith("sqlite:///"):
        return ThreadedSqlite(_named_file(unquote(url.removeprefix("sqlite:///"))))
    if url.startswith(("postgresql://", "postgres://")):
        return ThreadedPostgresql("postgresql://" + url.split("://", 1)[1])
    raise ConfigurationError(
        "not a database that provd can use",
        key="database",
        remedy="Write sqlite:////var/lib/provd/provd.db or postgresql://user@host/name",
    )


def _named_file(name: str) -> Path:
    if not name or name.startswith(":"):
        raise ConfigurationError(
            "an SQLite database needs a file",
            key="database",
            remedy="Write sqlite:////var/lib/provd/provd.db",
        )
    return Path(name)


def _make_private(path: Path) -> None:
    """For its owner only: SQLite gives its -wal and -shm files the same mode."""
    if path.is_file():
        return  # and if it can't be written, it may still be read
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"the database {path} can't be opened: {error.strerror}") from error
