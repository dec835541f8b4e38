"""A file of its own beside the database, SQLite too, for what must be found while that is away.

A cache: several processes of a node share it, it is never backed up, and where it is damaged or of
another version it begins anew. With WAL and synchronous NORMAL a power cut costs the latest rows at
most, and hardly anything waits for the disk.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from provd.errors import StoreError, StoreUnavailable
from provd.provisioning.copy_rows import FileRow, StandingRow
from provd.store.bulk import among, listed
from provd.store.connections import ReadOnlySqlite, ThreadedSqlite
from provd.store.database import Database

_log = logging.getLogger(__name__)

LIMIT_BYTES = 1 << 30
"""Rows beyond it push out those written longest ago: 100,000 phones take some 600 MB."""

CHANGED_SECONDS = 60.0
"""After a change, so long at most does a copy's standing stay as it was,"""

UNCHANGED_SECONDS = 600.0
"""and so long where another node made the change, of which this one does not hear."""

_VERSION = 1
_PRAGMAS = {"synchronous": "normal", "wal_autocheckpoint": 4000}
_TABLES = (
    """CREATE TABLE IF NOT EXISTS standing (
        device_id INTEGER PRIMARY KEY, mac BLOB NOT NULL UNIQUE, token BLOB NOT NULL UNIQUE,
        mark BLOB NOT NULL, sealed BLOB NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS file (
        written INTEGER PRIMARY KEY AUTOINCREMENT, name BLOB NOT NULL UNIQUE,
        token BLOB NOT NULL, mark BLOB NOT NULL, sealed BLOB NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS file_by_token ON file (token)",
    "CREATE INDEX IF NOT EXISTS file_by_mark ON file (mark)",
    "CREATE INDEX IF NOT EXISTS standing_by_mark ON standing (mark)",
    """CREATE TABLE IF NOT EXISTS refreshed (
        only INTEGER PRIMARY KEY, generation INTEGER NOT NULL, at REAL NOT NULL)""",
    "INSERT OR IGNORE INTO refreshed VALUES (1, -1, 0)",
    f"PRAGMA user_version = {_VERSION}",
)
_CLAIM = "UPDATE refreshed SET generation = ?, at = ? WHERE generation = ? AND at = ? RETURNING 1"
_STANDING = "INSERT OR REPLACE INTO standing VALUES (?, ?, ?, ?, ?)"
_FILE = "INSERT OR REPLACE INTO file (name, token, mark, sealed) VALUES (?, ?, ?, ?)"
_ORPHANS = "DELETE FROM file WHERE token NOT IN (SELECT token FROM standing)"
_TENTH = "SELECT written FROM file ORDER BY written LIMIT (SELECT COUNT(*) / 10 + 1 FROM file)"
_OLDEST = f"DELETE FROM file WHERE written IN ({_TENTH})"  # noqa: S608  our own
_PAGES = "SELECT page_count - freelist_count, page_size FROM pragma_page_count(), "
_PAGES += "pragma_freelist_count(), pragma_page_size()"


class CopyStore:
    """Implements `provd.provisioning.copies.CopyStore`. Nothing is opened before the first use.

    Where the disk takes nothing, what lies there is read, until something can be written.
    """

    def __init__(self, path: Path, limit: int = LIMIT_BYTES) -> None:
        self._path = path
        self._limit = limit
        self._lock = threading.Lock()
        self._opened: Database | None = None
        self._only_read: list[Database] = []

    def write(self, standings: Sequence[StandingRow], files: Sequence[FileRow]) -> None:
        database = self._writable()
        with self._renewed_if_damaged(), database.transaction():
            for one in standings:
                row = (one.device_id, one.mac, one.token, one.mark, one.sealed)
                database.sql(_STANDING, row)
            for file in files:
                database.sql(_FILE, (file.name, file.token, file.mark, file.sealed))
            if files and self._too_large(database):
                database.sql(_OLDEST)

    def has(self, marks: Collection[bytes]) -> set[bytes]:
        database = self._database()
        given = ", ".join("?" * len(marks))
        text = f"SELECT mark FROM standing WHERE mark IN ({given}) UNION ALL "  # noqa: S608  ours
        text += f"SELECT mark FROM file WHERE mark IN ({given})"  # noqa: S608
        return {bytes(mark) for (mark,) in database.sql(text, (*marks, *marks))}

    def standing(self, mac: bytes) -> bytes | None:
        return self._value("SELECT sealed FROM standing WHERE mac = ?", mac)

    def mac_of(self, token: bytes) -> bytes | None:
        return self._value("SELECT mac FROM standing WHERE token = ?", token)

    def file(self, name: bytes) -> bytes | None:
        return self._value("SELECT sealed FROM file WHERE name = ?", name)

    def marks(self, after: int, limit: int) -> list[tuple[int, bytes]]:
        text = "SELECT device_id, mark FROM standing WHERE device_id > ? ORDER BY 1 LIMIT ?"
        return [(id_, bytes(mark)) for id_, mark in self._database().sql(text, (after, limit))]

    def remove(self, device_ids: Collection[int]) -> None:
        database = self._database()
        if device_ids:
            which = among(database, "device_id")
            given = listed(database, device_ids)
            with database.transaction():
                database.sql(f"DELETE FROM standing WHERE {which}", (given,))  # noqa: S608  ours

    def remove_orphans(self) -> None:
        database = self._database()
        with database.transaction():
            database.sql(_ORPHANS)

    def claim(self, generation: int, now: float) -> bool:
        database = self._writable()
        ((last, at),) = database.sql("SELECT generation, at FROM refreshed")
        wait = UNCHANGED_SECONDS if last == generation else CHANGED_SECONDS
        # A clock that was set back must not make it wait for longer.
        if last != -1 and at <= now < at + wait:
            return False
        with database.transaction():
            return bool(database.sql(_CLAIM, (generation, now, last, at)))

    def disclaim(self) -> None:
        database = self._database()
        with database.transaction():
            database.sql("UPDATE refreshed SET generation = -1")

    def close(self) -> None:
        with self._lock:
            opened = [*self._only_read, *([self._opened] if self._opened else [])]
            self._opened, self._only_read = None, []
        for each in opened:
            each.close()

    def _value(self, query: str, name: bytes) -> bytes | None:
        rows = self._database().sql(query, (name,))
        return bytes(rows[0][0]) if rows else None

    def _too_large(self, database: Database) -> bool:
        ((pages, size),) = database.sql(_PAGES)
        return bool(pages * size > self._limit)

    def _database(self) -> Database:
        with self._lock:
            if self._opened is None:
                self._opened = self._begun_or_read()
            return self._opened

    def _writable(self) -> Database:
        """Raises StoreError while there is none."""
        database = self._database()
        with self._lock:
            if database in self._only_read:
                self._opened = database = self._begun()
        return database

    def _begun_or_read(self) -> Database:
        try:
            return self._begun()
        except StoreUnavailable:
            readable = self._readable()
            if readable is None:
                raise
            # Others may be reading it when something can be written again: closed at the end.
            self._only_read.append(readable)
            return readable

    def _readable(self) -> Database | None:
        for immutable in (False, True):
            database = Database(ReadOnlySqlite(self._path, immutable=immutable), lambda: None)
            try:
                if database.sql("SELECT generation FROM refreshed"):
                    return database
            except StoreError:
                pass
            database.close()
        return None

    def _begun(self) -> Database:
        try:
            return self._open()
        except StoreUnavailable:
            raise
        except StoreError as error:
            self._discard(error)
            return self._open()

    @contextmanager
    def _renewed_if_damaged(self) -> Iterator[None]:
        try:
            yield
        except StoreUnavailable:
            raise
        except StoreError as error:
            self.close()
            self._discard(error)
            raise

    def _discard(self, error: StoreError) -> None:
        _log.error("last good copies begin anew, %s can't be read: %s", self._path, error)
        try:
            for end in ("", "-wal", "-shm"):
                Path(f"{self._path}{end}").unlink(missing_ok=True)
        except OSError as refused:
            raise StoreUnavailable(f"{self._path}: {refused.strerror}") from refused

    def _open(self) -> Database:
        database = Database(ThreadedSqlite(self._path, **_PRAGMAS), lambda: None)
        try:
            ((version,),) = database.sql("PRAGMA user_version")
            if version not in {0, _VERSION}:
                raise StoreError(f"it is of version {version}")
            with database.transaction():
                for statement in _TABLES:
                    database.sql(statement)
        except StoreError:
            database.close()
            raise
        return database
