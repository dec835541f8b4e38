"""Customers' phone books.

`account.phonebook` names what an account's book holds: another word after each change, empty while
it holds nothing. So whoever has read a book once knows when to read it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from peewee import Select, fn

from provd.devices.account import Scope
from provd.devices.contact import Contact
from provd.errors import ConflictError, InputError
from provd.store import tables
from provd.store.bulk import among, insert, listed
from provd.store.database import Database
from provd.store.fields import to_json
from provd.store.repository import Repository, new_uuid
from provd.store.scope import not_found, within

_COLUMNS = ("account_id", "name", "name_key", "numbers")
_DELETE = "DELETE FROM contact WHERE account_id = ?"


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact as it is kept."""

    id: int
    contact: Contact


class Phonebooks(Repository):
    """Each change is a transaction, and makes the files of the customer's phones stale."""

    def entries(self, account_id: int) -> list[Entry]:
        """By name."""
        return entries_of(self._database, account_id)

    def counts(self, scope: Scope, account_ids: Collection[int]) -> dict[int, int]:
        """How many contacts each of these accounts has, those without any left out."""
        table = tables.Contact
        query = (
            table.select(table.account_id, fn.COUNT(table.id).alias("contacts"))
            .join(tables.Account, on=tables.Account.id == table.account_id)
            .where(
                within(self._database, scope, tables.Account.path)
                & table.account_id.in_(list(account_ids))
            )
            .group_by(table.account_id)
        )
        return {row["account_id"]: row["contacts"] for row in self._database.rows(query)}

    def add(self, account_id: int, contact: Contact, *, most: int) -> None:
        """Raises ConflictError when the book has a contact of that name, InputError when it would
        have more than `most`."""
        key = contact.name.casefold()
        with self._changed(account_id, most):
            if self._database.value(_named(account_id, key)):
                raise ConflictError(f"“{contact.name}” is in the phone book already", key="name")
            self._insert(account_id, [contact])

    def put(self, account_id: int, contacts: Sequence[Contact], *, most: int) -> None:
        """Adds contacts; one that has the name of another replaces it. Raises InputError when the
        book would have more than `most`."""
        names = listed(self._database, [contact.name.casefold() for contact in contacts])
        with self._changed(account_id, most):
            self._database.sql(
                f"{_DELETE} AND {among(self._database, 'name_key', 'TEXT')}", (account_id, names)
            )
            self._insert(account_id, contacts)

    def remove(self, account_id: int, entry_ids: Sequence[int]) -> None:
        """Raises NotFoundError when one is not there."""
        table = tables.Contact
        own = (table.account_id == account_id) & table.id.in_(entry_ids)
        with self._changed(account_id):
            if self._database.write(table.delete().where(own)) != len(entry_ids):
                raise not_found("contact")

    @contextmanager
    def _changed(self, account_id: int, most: int | None = None) -> Iterator[None]:
        """All or nothing, one change of a book after another. Raises NotFoundError."""
        with self._database.transaction():
            self._name(account_id, new_uuid())
            yield
            table = tables.Contact
            query = table.select(fn.COUNT(table.id)).where(table.account_id == account_id)
            count = self._database.value(query)
            if most is not None and count > most:
                raise too_many(count, most)
            if not count:
                self._name(account_id, "")
            self._database.configuration_changed()

    def _insert(self, account_id: int, contacts: Sequence[Contact]) -> None:
        rows = [
            (account_id, contact.name, contact.name.casefold(), to_json(contact.numbers))
            for contact in contacts
        ]
        insert(self._database, "contact", _COLUMNS, rows)

    def _name(self, account_id: int, state: str) -> None:
        account = tables.Account
        query = account.update(phonebook=state).where(account.id == account_id)
        if not self._database.write(query):
            raise not_found("account")


def entries_of(database: Database, account_id: int) -> list[Entry]:
    """An account's phone book, by name."""
    table = tables.Contact
    query = table.select().where(table.account_id == account_id).order_by(table.name_key, table.id)
    return [
        Entry(row["id"], Contact(row["name"], tuple((kind, at) for kind, at in row["numbers"])))
        for row in database.rows(query)
    ]


def too_many(count: int, most: int) -> InputError:
    return InputError(
        f"the phone book would have {count} contacts, and {most} is the most",
        remedy="Take some away first",
    )


def _named(account_id: int, key: str) -> Select:
    table = tables.Contact
    return table.select(table.id).where((table.account_id == account_id) & (table.name_key == key))
