"""What leaves for somebody else's books: an issuer's invoices, an issuer's ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import TypeVar

from provd.billing.export_accounts import Book
from provd.billing.export_beancount import beancount_journal
from provd.billing.export_hledger import hledger_journal
from provd.billing.export_invoices import ImportFile, ImportMapping
from provd.billing.export_quickbooks import quickbooks_files
from provd.billing.export_xero import xero_files
from provd.billing.ledger import Transaction
from provd.devices.account import Account, AccountKind, Role, Scope
from provd.errors import NotFoundError
from provd.operations.actor import Actor
from provd.store import Store

INVOICE_FILES = {"xero": xero_files, "qbo": quickbooks_files}
JOURNALS = {"hledger": hledger_journal, "beancount": beancount_journal}

Told = Callable[[int], None]
"""Told after each invoice or transaction how many there were so far."""
Item = TypeVar("Item")


class Exporting:
    """For the issuer's own people, and those above it. Customers issue nothing and export
    nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def issuer(self, actor: Actor, name: str = "") -> Account:
        """The account of that name, or the actor's own. Raises NotFoundError for one that is not
        the actor's to see, or issues no invoices."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        if not name:
            return self._store.accounts.get(actor.account_id, scope=actor.scope)
        wanted = name.strip().casefold()
        for account in self._store.accounts.below(actor.scope):
            if account.name.casefold() == wanted and account.kind is not AccountKind.CUSTOMER:
                return account
        raise NotFoundError(f"no issuer “{name}”", key="issuer")

    def invoice_files(
        self,
        actor: Actor,
        issuer_id: int,
        form: str,
        mapping: ImportMapping,
        *,
        since: date | None = None,
        until: date | None = None,
        told: Told = lambda count: None,
    ) -> Iterator[ImportFile]:
        """Final invoices and credit notes for a bookkeeping program ("xero", "qbo"); both days are
        included. Raises NotFoundError; InputError for what the mapping lacks, with nothing lost:
        the files before it are whole."""
        issuer = self._issuer(actor, issuer_id)
        invoices = self._store.books.issued(issuer.id, since=since, until=until)
        return INVOICE_FILES[form](_counted(invoices, told), mapping)

    def journal(
        self,
        actor: Actor,
        issuer_id: int,
        form: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        told: Told = lambda count: None,
    ) -> Iterator[str]:
        """The issuer's ledger ("hledger", "beancount"); `since` is included, `until` is not. Raises
        NotFoundError."""
        issuer = self._issuer(actor, issuer_id)
        names = {one.id: one.name for one in self._store.accounts.below(Scope(issuer.id))}
        book = Book(issuer.id, issuer.name, issuer.time_zone, names)
        found: Iterator[Transaction] = self._store.books.transactions(
            issuer_id=issuer.id, since=since, until=until
        )
        return JOURNALS[form](_counted(found, told), book)

    def _issuer(self, actor: Actor, issuer_id: int) -> Account:
        actor.must_be(Role.ADMIN, Role.RESELLER)
        issuer = self._store.accounts.get(issuer_id, scope=actor.scope)
        if issuer.kind is AccountKind.CUSTOMER:
            raise NotFoundError("a customer issues no invoices and keeps no ledger here")
        return issuer


def _counted(items: Iterable[Item], told: Told) -> Iterator[Item]:
    for count, item in enumerate(items, 1):
        yield item
        told(count)
