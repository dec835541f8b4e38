"""Many rows at once, by statements whose text stays the same however many they are.

A statement for each row costs several times what its rows cost, and one with thousands of
parameters is parsed anew each time. So PostgreSQL gets its rows as one JSON array, and SQLite, for
which that would be dearer, a few dozen rows for each statement. Look-ups bring one parameter.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from provd.store.database import Database

_GROUP = 50


Rows = Sequence[tuple[Any, ...]]


class _SomeAreKnown(Exception):
    """Then SQLite is asked which: to have it name the new ones is a fifth of an insertion."""


def insert_new(
    database: Database, table: str, columns: tuple[str, ...], rows: Rows, key: str
) -> set[str]:
    """Inserts the rows whose `key`, a unique column, is new, in their order; the others change
    nothing. Returns the keys of the new ones. `table`, `columns` and `key` are names in our code.
    """
    if_new = f"ON CONFLICT ({key}) DO NOTHING"
    if not database.is_postgresql:
        with suppress(_SomeAreKnown), database.transaction():
            if _counted(database, table, columns, rows, if_new) < len(rows):
                raise _SomeAreKnown
            at = columns.index(key)
            return {row[at] for row in rows}
    new = _inserted(database, table, columns, rows, f"{if_new} RETURNING {key}")
    return {found for (found,) in new}


def insert(database: Database, table: str, columns: tuple[str, ...], rows: Rows) -> None:
    """Inserts the rows, in their order."""
    _inserted(database, table, columns, rows, "")


def insert_returning(
    database: Database, table: str, columns: tuple[str, ...], rows: Rows, returned: str
) -> list[tuple[Any, ...]]:
    """Inserts the rows and gives the column `returned` of each, with its id, in no order."""
    return _inserted(database, table, columns, rows, f'RETURNING "{returned}", id')


def among(database: Database, column: str, kind: str = "BIGINT") -> str:
    """The condition that a column of whole numbers, or of `kind` TEXT, is one of those that the
    parameter lists; see `listed`."""
    if database.is_postgresql:
        return f"{column} = ANY(CAST(? AS {kind}[]))"
    return f"{column} IN (SELECT value FROM json_each(?))"  # noqa: S608  a name in our code


def listed(database: Database, wanted: Collection[int] | Collection[str]) -> object:
    """The parameter of `among`. In order, so that two that write the same rows at once wait for
    each other, not in a circle."""
    ordered = sorted(wanted)
    return ordered if database.is_postgresql else json.dumps(ordered)


def elements(database: Database) -> str:
    """A table of the rows in the parameter, a JSON array of arrays: its column `value` is one row,
    `value->>0` its first field."""
    return "json_array_elements(CAST(? AS JSON))" if database.is_postgresql else "json_each(?)"


def _counted(
    database: Database, table: str, columns: tuple[str, ...], rows: Rows, then: str
) -> int:
    """How many rows SQLite has inserted."""
    return sum(
        database.changed(
            _insert_values(table, columns, len(group), then),
            tuple(itertools.chain.from_iterable(group)),
        )
        for group in _groups(rows)
    )


def _groups(rows: Rows) -> Iterator[Rows]:
    return (rows[start : start + _GROUP] for start in range(0, len(rows), _GROUP))


def _inserted(
    database: Database, table: str, columns: tuple[str, ...], rows: Rows, then: str
) -> list[tuple[Any, ...]]:
    returned: list[tuple[Any, ...]] = []
    if not database.is_postgresql:
        for group in _groups(rows):
            text = _insert_values(table, columns, len(group), then)
            returned += database.sql(text, tuple(itertools.chain.from_iterable(group)))
    elif rows:
        given = json.dumps(
            [dict(zip(columns, row, strict=True)) for row in rows], default=_hexadecimal
        )
        returned = database.sql(_insert_json(table, columns, then), (given,))
    return returned


@lru_cache(maxsize=512)
def _insert_values(table: str, columns: tuple[str, ...], count: int, then: str) -> str:
    row = f"({', '.join('?' * len(columns))})"
    names, values = _quoted(columns), ", ".join([row] * count)
    return f"INSERT INTO {table} ({names}) VALUES {values} {then}"  # noqa: S608  names in our code


@lru_cache(maxsize=512)
def _insert_json(table: str, columns: tuple[str, ...], then: str) -> str:
    names = _quoted(columns)
    # The type of a row, found by its table: NULL::line would be PostgreSQL's own, of geometry.
    kind = f"(SELECT one FROM {table} AS one LIMIT 0)"  # noqa: S608  names in our code
    return (
        f"INSERT INTO {table} ({names}) SELECT {names} "  # noqa: S608  names in our code
        f"FROM json_populate_recordset({kind}, CAST(? AS JSON)) {then}"
    )


def _quoted(columns: tuple[str, ...]) -> str:
    """One of them is called "user", which is a word of PostgreSQL's."""
    return ", ".join(f'"{column}"' for column in columns)


def _hexadecimal(value: object) -> str:
    """Octets as PostgreSQL reads them from text."""
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"{type(value).__name__} has no place in a row")
