"""The one place where the drivers' exceptions become provd's.

`StoreUnavailable`: trying again later may help (no connection, locked, disk full, read-only).
`Duplicate`: a unique index refused a row; repositories turn it into a ConflictError that a person
can read. Anything else is a `StoreError`, which means a bug here or a damaged database.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import peewee
import psycopg

from provd.errors import ConflictError, StoreError, StoreUnavailable

DRIVER_ERRORS = (peewee.PeeweeException, sqlite3.Error, psycopg.Error)

# https://www.sqlite.org/rescode.html, primary codes
_SQLITE_PASSING = {
    sqlite3.SQLITE_BUSY: "it is locked by another program",
    sqlite3.SQLITE_LOCKED: "it is locked by another program",
    sqlite3.SQLITE_NOMEM: "memory is exhausted",
    sqlite3.SQLITE_READONLY: "it can't be written",
    sqlite3.SQLITE_INTERRUPT: "the query was interrupted",
    sqlite3.SQLITE_IOERR: "its disk reports an error",
    sqlite3.SQLITE_FULL: "its disk is full",
    sqlite3.SQLITE_CANTOPEN: "its file can't be opened",
    sqlite3.SQLITE_PROTOCOL: "it is locked by another program",
}
# PostgreSQL appendix A, "Error Codes": classes, then single codes
_POSTGRES_PASSING = ("08", "40", "53", "55", "57", "58", "25006")


class Duplicate(StoreError):
    """A unique index refused a row."""


@contextmanager
def translated() -> Iterator[None]:
    """Turns what the drivers raise inside into the exceptions above."""
    try:
        yield
    except DRIVER_ERRORS as error:
        raise _translate(getattr(error, "orig", error)) from error


@contextmanager
def conflict(problem: str, *, key: str = "", remedy: str = "") -> Iterator[None]:
    """Turns a Duplicate from inside into a ConflictError with these words."""
    try:
        yield
    except Duplicate as error:
        raise ConflictError(problem, key=key, remedy=remedy) from error


def _translate(error: BaseException) -> StoreError:
    if isinstance(error, sqlite3.Error):
        return _from_sqlite(error)
    if isinstance(error, psycopg.Error):
        return _from_postgres(error)
    if isinstance(error, peewee.OperationalError | peewee.InterfaceError):
        return StoreUnavailable(f"the database can't be used: {error}")
    return StoreError(f"the database refused: {error}")


def _from_sqlite(error: sqlite3.Error) -> StoreError:
    code = getattr(error, "sqlite_errorcode", None) or 0
    if code in {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}:
        return Duplicate(str(error))
    if passing := _SQLITE_PASSING.get(code & 0xFF):
        return StoreUnavailable(f"the database can't be used: {passing}")
    return StoreError(f"the database refused: {error}")


def _from_postgres(error: psycopg.Error) -> StoreError:
    # Only the primary message: the detail may quote whole rows.
    message = error.diag.message_primary or str(error).splitlines()[0]
    if isinstance(error, psycopg.errors.UniqueViolation):
        return Duplicate(message)
    state = error.sqlstate
    lost = state is None and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    if lost or (state or "").startswith(_POSTGRES_PASSING):
        return StoreUnavailable(f"the database can't be used: {message}")
    return StoreError(f"the database refused: {message}")
