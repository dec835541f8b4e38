"""Bringing the tables up to date: numbered steps, each in a transaction, after a backup.

Two processes may start at once: the second waits for the first and finds nothing left to do.
"""

from __future__ import annotations

import fcntl
import importlib
import os
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import peewee

from provd.devices.secret import Secret
from provd.errors import MigrationError, SealError, StoreError, StoreUnavailable
from provd.store import migrations
from provd.store.backup import back_up
from provd.store.database import Database
from provd.store.sealed import Sealed
from provd.store.tables import Note, SchemaVersion

_CREATE = """
CREATE TABLE IF NOT EXISTS schema_version (
    number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL
)
"""
_LOCK_NUMBER = 0x70726F7664  # "provd" as a number: PostgreSQL's advisory locks have no names
_PROBE = "sealing probe"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step. `up` may do anything but commit, and so may `seal`, which follows it."""

    number: int
    name: str
    up: Callable[[peewee.Database], None] | None
    seal: Callable[[Database, Sealed], None] | None = None


def known_migrations() -> tuple[Migration, ...]:
    """The steps this program knows, in order. Raises MigrationError when one is missing."""
    modules = pkgutil.iter_modules(migrations.__path__)
    names = sorted(module.name for module in modules if module.name[0].isdigit())
    steps = tuple(_load(name) for name in names)
    if [step.number for step in steps] != list(range(1, len(steps) + 1)):
        raise MigrationError(f"migrations are not numbered 1 to {len(steps)}: {', '.join(names)}")
    return steps


def _load(name: str) -> Migration:
    module = importlib.import_module(f"{migrations.__name__}.{name}")
    number = int(name.partition("_")[0])
    return Migration(number, name, getattr(module, "up", None), getattr(module, "seal", None))


class Migrations:
    """Checks and runs the steps on one database."""

    def __init__(self, database: Database, sealed: Sealed) -> None:
        self._database = database
        self._sealed = sealed
        self.known: tuple[Migration, ...] = known_migrations()

    def check(self) -> None:
        """Raises MigrationError unless every known step was taken and no other, SealError when
        the secrets were sealed with another key."""
        applied = self._applied()
        self._refuse_newer(applied)
        if applied < len(self.known):
            raise MigrationError(
                f"the database is at version {applied}, this program needs {len(self.known)}. "
                "Remedy: provd db migrate"
            )
        self._check_key()

    def left(self) -> bool:
        """Whether there are steps to take. Raises MigrationError where others were taken."""
        applied = self._applied()
        self._refuse_newer(applied)
        return applied < len(self.known)

    def run(self, backup_folder: Path) -> Path | None:
        """Takes the steps that are left. Returns the backup that was made before."""
        with self._alone():
            applied = self._applied()
            self._refuse_newer(applied)
            left = self.known[applied:]
            if not left:
                return None
            backup = back_up(self._database, backup_folder) if applied else None
            for step in left:
                self._take(step, backup)
            return backup

    def _take(self, step: Migration, backup: Path | None) -> None:
        try:
            with self._database.transaction():
                self._database.sql(_CREATE)
                self._do(step)
                self._database.add(
                    SchemaVersion.insert(
                        number=step.number, name=step.name, applied_at=datetime.now(UTC)
                    )
                )
                if step.number == 1:
                    self._leave_probe()
                self._database.configuration_changed()
        except StoreUnavailable:
            raise
        except StoreError as error:
            kept = f" The backup is {backup}." if backup else ""
            raise MigrationError(
                f"migration {step.name} failed and was undone: {error}.{kept}"
            ) from error

    def _do(self, step: Migration) -> None:
        if step.up:
            step.up(self._database.peewee)
        if step.seal:
            step.seal(self._database, self._sealed)

    def _applied(self) -> int:
        """The number of the last step taken, 0 on an empty database."""
        # Without a transaction, for which a database that is locked would have to be waited for.
        if not self._database.has_table("schema_version"):
            return 0
        return self._database.value(SchemaVersion.select(peewee.fn.MAX(SchemaVersion.number))) or 0

    def _refuse_newer(self, applied: int) -> None:
        if applied > len(self.known):
            raise MigrationError(
                f"the database is at version {applied}, this program knows {len(self.known)}. "
                "Remedy: install the newer provd again, or restore the backup made before it"
            )

    def _leave_probe(self) -> None:
        value = self._sealed.seal(Secret(_PROBE), "note.value", _PROBE)
        self._database.add(Note.insert(key=_PROBE, value=value))

    def _check_key(self) -> None:
        value = self._database.value(Note.select(Note.value).where(Note.key == _PROBE))
        try:
            self._sealed.open(value, "note.value", _PROBE)
        except SealError:
            raise SealError(
                "the database's secrets were sealed with another key. "
                "Remedy: restore the key file that belongs to this database"
            ) from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time."""
        with self._lock():
            yield

    def _lock(self) -> AbstractContextManager[None]:
        if self._database.is_postgresql:
            return self._advisory_lock()
        return self._file_lock() if self._database.is_shared else nullcontext()

    @contextmanager
    def _advisory_lock(self) -> Iterator[None]:
        self._database.sql("SELECT pg_advisory_lock(?)", (_LOCK_NUMBER,))
        try:
            yield
        finally:
            self._database.sql("SELECT pg_advisory_unlock(?)", (_LOCK_NUMBER,))

    @contextmanager
    def _file_lock(self) -> Iterator[None]:
        path = f"{self._database.peewee.database}.migrating"
        if not os.path.isdir(os.path.dirname(path)):  # noqa: PTH112, PTH120  peewee has a text
            self._database.has_table("schema_version")  # makes folder and file
        # Before the first connection: SQLite refuses at once, without waiting, whoever comes while
        # another one changes a new file to WAL.
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            self._database.has_table("schema_version")  # which may know better why
            raise StoreUnavailable(f"{path} can't be opened: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
