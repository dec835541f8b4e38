"""Customers' phone books: looked at, changed by hand, taken from a CSV file and written to one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import structlog

from provd.devices.account import Account, AccountKind, Role
from provd.devices.contact import MOST_CONTACTS, Contact, contact_from
from provd.errors import InputError, NotFoundError
from provd.operations.actor import Actor
from provd.operations.importing import Mistake
from provd.operations.importing_text import Source
from provd.operations.phonebook_file import contacts_csv, read_contacts
from provd.store import Store
from provd.store.phonebooks import Entry, too_many

log = structlog.get_logger()

OWNERS = (Role.ADMIN, Role.RESELLER, Role.CUSTOMER)
MOST_OCTETS = 512 << 10


@dataclass(frozen=True, slots=True)
class Phonebook:
    """A customer's, by name."""

    customer: Account
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class CheckedContacts:
    """A CSV file that was checked against a phone book. `changed` have other numbers there."""

    rows: int
    new: tuple[Contact, ...]
    changed: tuple[Contact, ...]
    unchanged: int
    mistakes: tuple[Mistake, ...]


class Phonebooks:
    """Everything raises NotFoundError for who is no customer within the actor's scope."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def customer(self, actor: Actor, name: str) -> Account:
        """By name. Raises InputError when several have it."""
        actor.must_be(*OWNERS)
        accounts = self._store.accounts.below(actor.scope, kind=AccountKind.CUSTOMER)
        found = [one for one in accounts if one.name.casefold() == name.strip().casefold()]
        if not found:
            raise NotFoundError(f"there is no customer “{name[:60]}”", key="customer")
        if len(found) > 1:
            raise InputError(f"there are several customers “{name[:60]}”", key="customer")
        return found[0]

    def counts(self, actor: Actor, customer_ids: Collection[int]) -> dict[int, int]:
        """How many contacts each of these customers has, those without any left out."""
        actor.must_be(*OWNERS)
        return self._store.phonebooks.counts(actor.scope, customer_ids)

    def book(self, actor: Actor, customer_id: int) -> Phonebook:
        customer = self._customer(actor, customer_id)
        return Phonebook(customer, tuple(self._store.phonebooks.entries(customer.id)))

    def add(self, actor: Actor, customer_id: int, name: str, numbers: dict[str, str]) -> Contact:
        """`numbers` by kind, as people write them. Raises ConflictError for a name that is in the
        book, InputError for what can't be dialled."""
        customer, contact = self._customer(actor, customer_id), contact_from(name, numbers)
        self._store.phonebooks.add(customer.id, contact, most=MOST_CONTACTS)
        log.info("contact_added", by=actor.name, customer=customer.id)
        return contact

    def remove(self, actor: Actor, customer_id: int, entry_id: int) -> None:
        customer = self._customer(actor, customer_id)
        self._store.phonebooks.remove(customer.id, [entry_id])
        log.info("contact_removed", by=actor.name, customer=customer.id)

    def remove_named(self, actor: Actor, customer_id: int, name: str) -> Contact:
        """By its name, in capitals or not."""
        wanted = name.strip().casefold()
        entries = self.book(actor, customer_id).entries
        found = next((one for one in entries if one.contact.name.casefold() == wanted), None)
        if found is None:
            raise NotFoundError(f"there is no contact “{name[:60]}”", key="name")
        self.remove(actor, customer_id, found.id)
        return found.contact

    def check(self, actor: Actor, customer_id: int, source: Source) -> CheckedContacts:
        """All that is wrong with a CSV file, or what importing it will do.

        Raises InputError for a file that can't be read as a table, and for a larger one.
        """
        book = self.book(actor, customer_id)
        found = read_contacts(source, most_rows=MOST_CONTACTS, most_octets=MOST_OCTETS)
        known = {entry.contact.name.casefold(): entry.contact for entry in book.entries}
        new = [one for one in found.contacts if one.name.casefold() not in known]
        others = [one for one in found.contacts if one.name.casefold() in known]
        changed = [one for one in others if known[one.name.casefold()] != one]
        if len(known) + len(new) > MOST_CONTACTS and not found.mistakes:
            raise too_many(len(known) + len(new), MOST_CONTACTS)
        unchanged = len(others) - len(changed)
        return CheckedContacts(found.rows, tuple(new), tuple(changed), unchanged, found.mistakes)

    def put(self, actor: Actor, customer_id: int, checked: CheckedContacts) -> None:
        """All contacts of a file that was checked, or none of them. Raises InputError when there
        were mistakes, or when the book has become too long meanwhile."""
        customer = self._customer(actor, customer_id)
        if checked.mistakes:
            raise InputError("the file has mistakes", remedy="Mend them and import it again")
        contacts = (*checked.new, *checked.changed)
        if contacts:
            self._store.phonebooks.put(customer.id, contacts, most=MOST_CONTACTS)
        log.info("contacts_imported", by=actor.name, customer=customer.id, contacts=len(contacts))

    def export(self, actor: Actor, customer_id: int) -> Iterator[str]:
        """A CSV file (RFC 4180) as `check` reads it, line by line."""
        book = self.book(actor, customer_id)
        return contacts_csv(entry.contact for entry in book.entries)

    def _customer(self, actor: Actor, customer_id: int) -> Account:
        actor.must_be(*OWNERS)
        account = self._store.accounts.get(customer_id, actor.scope)
        if account.kind is not AccountKind.CUSTOMER:
            raise NotFoundError("there is no such customer")
        return account
