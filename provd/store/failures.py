"""The one place where the drivers' exceptions become provd's.

`StoreUnavailable`: trying again later may help (no connection, locked, disk full, read-only).
`StoreBroken`: it refuses every row alike, until somebody mends it (rights, tables, damage).
`Duplicate`: a unique index refused a row; repositories turn it into a ConflictError that a person
can read. Anything else is a `StoreError`: it refused what it was given.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import peewee
import psycopg

from provd.errors import ConflictError, StoreBroken, StoreError, StoreUnavailable

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
# Values are parameters, so SQLITE_ERROR tells of the statement: "no such table", "no such column".
_SQLITE_BROKEN = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_SCHEMA,
    sqlite3.SQLITE_FORMAT,
}
# PostgreSQL appendix A, "Error Codes": classes, then single codes
_POSTGRES_PASSING = ("08", "40", "53", "55", "57", "58", "25006")
# Not supported (a plan whose table has changed), transaction state, prepared statements, sign-in,
# database, schema, rights and names, configuration, internal errors and damage
_POSTGRES_BROKEN = ("0A", "25", "26", "28", "3D", "3F", "42", "F0", "XX")


class Duplicate(StoreError):
    """A unique index refused a row."""


@contextmanager
def translated() -> Iterator[None]:
    """Turns what the drivers raise inside into the exceptions above."""
    try:
        yield
    except DRIVER_ERRORS as error:
        raise _translate(_original(error)) from error


@contextmanager
def conflict(problem: str, *, key: str = "", remedy: str = "") -> Iterator[None]:
    """Turns a Duplicate from inside into a ConflictError with these words."""
    try:
        yield
    except Duplicate as error:
        raise ConflictError(problem, key=key, remedy=remedy) from error


def _original(error: BaseException) -> BaseException:
    """The driver's own. What fails while peewee connects it wraps twice; of PostgreSQL the outer
    one serves better, which names every host."""
    first = getattr(error, "orig", error)
    inner = getattr(first, "orig", None)
    return inner if isinstance(inner, sqlite3.Error) else first


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
    kind = StoreBroken if code & 0xFF in _SQLITE_BROKEN else StoreError
    return kind(f"the database refused: {error}")


def _from_postgres(error: psycopg.Error) -> StoreError:
    # Only the primary message: the detail may quote whole rows.
    message = error.diag.message_primary or str(error).splitlines()[0]
    if isinstance(error, psycopg.errors.UniqueViolation):
        return Duplicate(message)
    state = error.sqlstate or ""
    lost = not state and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    if lost or state.startswith(_POSTGRES_PASSING):
        return StoreUnavailable(f"the database can't be used: {message}")
    kind = StoreBroken if state.startswith(_POSTGRES_BROKEN) else StoreError
    return kind(f"the database refused: {message}")
