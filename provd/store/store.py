"""The store: what the rest of provd is given to keep things with."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path

from provd.devices.mac import Mac
from provd.store.accounts import Accounts
from provd.store.activity import JournalActivity
from provd.store.books import Books
from provd.store.closings import Closings
from provd.store.connections import MemorySqlite, database_for
from provd.store.database import Database
from provd.store.devices import Devices
from provd.store.discovered import Discovered
from provd.store.events import Events
from provd.store.journal import Journal
from provd.store.migrating import Migrations
from provd.store.orders import Orders
from provd.store.phonebooks import Phonebooks
from provd.store.sealed import Sealed, SealsSecrets
from provd.store.sites import Sites
from provd.store.suspensions import Suspensions
from provd.store.uploads import Uploads
from provd.store.users import Users

_NOBODY = Mac("02" + "0" * 10)
_TRIAL = "INSERT INTO note (key, value) VALUES (?, ?) "
_TRIAL += "ON CONFLICT (key) DO UPDATE SET value = excluded.value"


class Store:
    """One database. Safe to use from any thread; each has a connection of its own.

    Every method of a repository is all or nothing by itself; `transaction()` makes one of several.
    All of them raise StoreUnavailable when the database can't be reached or written just now.
    """

    def __init__(self, database: Database, sealed: Sealed) -> None:
        self._database = database
        self._migrations = Migrations(database, sealed)
        self.accounts = Accounts(database, sealed)
        self.users = Users(database, sealed)
        self.sites = Sites(database, sealed)
        self.devices = Devices(database, sealed)
        self.orders = Orders(database, sealed)
        self.events = Events(database, sealed)
        self.journal = Journal(database, sealed)
        self.activity = JournalActivity(database, sealed)
        self.discovered = Discovered(database, sealed)
        self.uploads = Uploads(database, sealed)
        self.phonebooks = Phonebooks(database, sealed)
        self.suspensions = Suspensions(database, sealed)
        self.closings = Closings(database, sealed)
        self.books = Books(database, sealed)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        sealer: SealsSecrets,
        on_configuration_change: Callable[[], object] = lambda: None,
        secret_keys: Collection[str] = (),
    ) -> Store:
        """`url` is sqlite:///path or postgresql://...; nothing is connected or created before the
        first use. `secret_keys` names the settings that are sealed. After each commit
        that changes what a phone's file is made from, `on_configuration_change` is called, on
        the thread that committed.

        Raises ConfigurationError for a URL that names no database.
        """
        database = Database(database_for(url), on_configuration_change)
        return cls(database, Sealed(sealer, secret_keys))

    @classmethod
    def in_memory(cls, *, sealer: SealsSecrets, secret_keys: Collection[str] = ()) -> Store:
        """An empty database for one thread, with its tables, which is gone when it is closed."""
        database = Database(MemorySqlite(), lambda: None)
        store = cls(database, Sealed(sealer, secret_keys))
        store.migrate(Path())
        return store

    def make_ready(self, backup_folder: Path) -> None:
        """Migrates where there is something to migrate, and checks. Raises as `migrate` and
        `check` do."""
        with self._database.preparing():
            if self._migrations.left():
                self.migrate(backup_folder)
            self.check()

    def withhold(self, reason: str) -> None:
        """Until it was made ready, StoreUnavailable meets everybody: what is in there may be an
        older version's."""
        self._database.withhold(reason)

    def try_reading(self) -> None:
        """Asks what every phone's request asks first. Raises StoreError."""
        self.devices.find(_NOBODY)

    def try_writing(self) -> None:
        """Raises StoreError."""
        with self.transaction():
            self._database.sql(_TRIAL, ("trial", b""))

    def migrate(self, backup_folder: Path) -> Path | None:
        """Brings the tables up to date and returns the backup made before, None when nothing was
        to be done or to be lost. Raises MigrationError, with the backup's name."""
        return self._migrations.run(backup_folder)

    def check(self) -> None:
        """Raises MigrationError unless the tables are those of this program, SealError when the
        database's secrets were sealed with another key."""
        self._migrations.check()

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing for what is done inside; nested, the inner one can fail alone."""
        return self._database.transaction()

    def after_commit(self, action: Callable[[], object]) -> None:
        """Called inside a transaction: `action` runs on this thread once the outermost one is
        committed, and never if it is undone. It must not raise."""
        self._database.after_commit(action)

    def close(self) -> None:
        """Closes the connections of all threads."""
        self._database.close()
