"""Running queries: transactions, one connection per thread, errors translated, caches told.

Reads outside a transaction and the beginning of a transaction survive a lost connection: they
connect again once. What fails inside a transaction is never repeated here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

import peewee

from provd.errors import StoreUnavailable
from provd.store.connections import MemorySqlite, ThreadedDatabase, ThreadedPostgresql
from provd.store.failures import DRIVER_ERRORS, translated

Row = dict[str, Any]
Result = TypeVar("Result")


class _Thread(threading.local):
    """What this thread's open transaction has done."""

    configuration_changed = False
    prepares = False
    """The database for the others, which wait."""

    def __init__(self) -> None:
        self.after_commit: list[Callable[[], object]] = []


class Database:
    """What repositories run their queries on."""

    def __init__(
        self, database: ThreadedDatabase, on_configuration_change: Callable[[], object]
    ) -> None:
        self.peewee = database
        self._on_configuration_change = on_configuration_change
        self._thread = _Thread()
        self._withheld = ""

    @property
    def is_postgresql(self) -> bool:
        return isinstance(self.peewee, ThreadedPostgresql)

    @property
    def is_shared(self) -> bool:
        """Whether anybody else can come to it: not to one in this process' memory."""
        return not isinstance(self.peewee, MemorySqlite)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Nested, it is a savepoint: an error that is caught outside of the inner
        one undoes the inner one only."""
        outermost = not self.peewee.in_transaction()
        if outermost:
            self._thread.configuration_changed = False
            self._thread.after_commit = []
        with translated(), self._begun():
            yield
        if outermost and self._thread.configuration_changed:
            self._thread.configuration_changed = False
            self._on_configuration_change()
        if outermost:
            actions, self._thread.after_commit = self._thread.after_commit, []
            for action in actions:
                action()

    def close(self) -> None:
        """Closes the connections of all threads."""
        with translated():
            self.peewee.close()
            self.peewee.remembered.close()

    def withhold(self, reason: str) -> None:
        """From now on StoreUnavailable meets everybody but who prepares it."""
        self._withheld = reason

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """What succeeds inside makes the database everybody's."""
        self._thread.prepares = True
        try:
            yield
        finally:
            self._thread.prepares = False
        self._withheld = ""

    def has_table(self, name: str) -> bool:
        return bool(self._run(lambda: self.peewee.table_exists(name)))

    def configuration_changed(self) -> None:
        """Called inside a transaction that changes what a phone's file is made from: after the
        commit, caches are told."""
        self._thread.configuration_changed = True

    def after_commit(self, action: Callable[[], object]) -> None:
        """Called inside a transaction: `action` runs on this thread once the outermost one is
        committed, and never if it is undone. It must not raise."""
        self._thread.after_commit.append(action)

    def rows(self, query: peewee.BaseQuery) -> list[Row]:
        return self._run(lambda: list(query.dicts().execute(self.peewee)))

    def row(self, query: peewee.BaseQuery) -> Row | None:
        rows = self.rows(query)
        return rows[0] if rows else None

    def value(self, query: peewee.SelectBase) -> Any:
        """The first column of the first row, None when there is no row."""
        return self._run(lambda: query.scalar(self.peewee))

    def insert(self, query: peewee.Insert) -> int:
        """The new row's id."""
        with self.transaction():
            return int(query.execute(self.peewee))

    def add(self, query: peewee.Insert) -> None:
        """Inserts a row that brings its own key."""
        with self.transaction():
            query.execute(self.peewee)

    def write(self, query: peewee.BaseQuery) -> int:
        """How many rows an update or delete changed."""
        with self.transaction():
            return int(query.execute(self.peewee))

    def sql(self, text: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of hand-written SQL with `?` for parameters, for the warm paths: peewee's builder
        takes twenty times as long as the query."""
        marked = text.replace("?", "%s") if self.is_postgresql else text
        return self._run(lambda: self._fetch(marked, parameters))

    def changed(self, text: str, parameters: Sequence[object]) -> int:
        """How many rows a hand-written statement of SQLite changed."""
        cursor = self._run(lambda: self.peewee.execute_sql(text, tuple(parameters)))  # type: ignore[no-untyped-call]
        return int(cursor.rowcount)

    def _fetch(self, text: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        cursor = self.peewee.execute_sql(text, tuple(parameters))  # type: ignore[no-untyped-call]
        # Whether there are rows: to say it by `description`, psycopg makes objects of all columns.
        if self.is_postgresql and cursor.rownumber is None:
            return []
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def _run(self, action: Callable[[], Result]) -> Result:
        if self._withheld and not self._thread.prepares:
            raise StoreUnavailable(self._withheld)
        with translated():
            try:
                return action()
            except DRIVER_ERRORS:
                if self.peewee.in_transaction() or not self._lost():
                    raise
            self.peewee.close()
            return action()

    def _begun(self) -> AbstractContextManager[Any]:
        return _Begun(self)

    def _lost(self) -> bool:
        """Whether this thread's connection is beyond use, as after a restart of PostgreSQL."""
        if not self.is_postgresql or self.peewee.is_closed():
            return False
        return bool(self.peewee.connection().closed)  # type: ignore[no-untyped-call]


class _Begun:
    """peewee's transaction, begun on a connection that lives."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._atomic = database.peewee.atomic()

    def __enter__(self) -> None:
        self._database._run(self._atomic.__enter__)

    def __exit__(self, *raised: Any) -> None:
        try:
            self._atomic.__exit__(*raised)
        except DRIVER_ERRORS as error:
            # After a disk that is full or fails, SQLite has undone the transaction itself
            # (lang_transaction.html), so undoing it fails, too: the first error tells why.
            if raised[0] is None:
                raise _first(error) from error


def _first(error: BaseException) -> BaseException:
    """The one during whose handling the others came."""
    while isinstance(error.__context__, DRIVER_ERRORS):
        error = error.__context__
    return error
