"""Invoices as people read them: lists, one with its reasons, the number that a person has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from provd.billing.charge import Charge
from provd.billing.crediting import lines_left
from provd.billing.days import local_date, zone_named
from provd.billing.invoice import Invoice, InvoiceKind, InvoiceStatus
from provd.billing.money import Money
from provd.devices.account import Account, AccountKind, Role
from provd.errors import InputError, NotFoundError
from provd.operations.actor import Actor
from provd.operations.invoice_drafts import month_of
from provd.store import Store
from provd.store.books import InvoiceSummary, Wanted

_PAGE = 50


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice in a list. `open` is what is left to pay; None for what is not final, and for
    credit notes. `overdue` is whether that should have been paid."""

    summary: InvoiceSummary
    open: Money | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """An invoice with the charges that each line sums, by position, each with its cause; its final
    credit notes; what those have left of its lines, by position; the invoice that it corrects.
    `may_change` is whether the actor may finalise, void or credit it: as long as `debtor` is
    open."""

    invoice: Invoice
    issuer: Account
    debtor: Account
    reasons: dict[int, tuple[Charge, ...]]
    credit_notes: tuple[Invoice, ...]
    left: Mapping[int, Money]
    corrects: Invoice | None
    may_change: bool


class Invoices:
    """Whatever is read here is in the actor's scope; a customer reads its own final ones."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def today(self, actor: Actor) -> date:
        """Where the actor's account is."""
        account = self._store.accounts.get(actor.account_id)
        return local_date(self._clock(), zone_named(account.time_zone))

    def listed(
        self, actor: Actor, wanted: Wanted, *, page: int = 1, size: int = _PAGE
    ) -> tuple[list[InvoiceRow], bool]:
        """A page of those that the actor sees, drafts first, then the latest; and whether there are
        more."""
        _reads(actor)
        found = self._store.books.invoice_summaries(
            wanted, actor.scope, limit=size + 1, offset=(page - 1) * size
        )
        return list(self._rows(found[:size], self.today(actor))), len(found) > size

    def page(self, actor: Actor, invoice_id: int) -> InvoicePage:
        """Raises NotFoundError."""
        _reads(actor)
        books, accounts = self._store.books, self._store.accounts
        invoice = self._paid(books.invoice(invoice_id, actor.scope))
        corrected, notes = books.credited_id(invoice_id), books.credit_notes_of(invoice_id)
        return InvoicePage(
            invoice=invoice,
            issuer=accounts.get(invoice.issuer_id),
            debtor=accounts.get(invoice.debtor_id),
            reasons=self._reasons(invoice),
            credit_notes=tuple(notes),
            left=lines_left(invoice, notes, books.given_back_elsewhere(invoice)),
            corrects=books.invoice(corrected) if corrected else None,
            may_change=self.may_change(actor, invoice.issuer_id),
        )

    def all_drafts(self, actor: Actor) -> list[InvoiceSummary]:
        """Those in the actor's own name, the oldest month first."""
        _reads(actor)
        wanted = Wanted(issuer_id=actor.account_id, statuses=(InvoiceStatus.DRAFT,))
        found = self._store.books.invoice_summaries(wanted, actor.scope)
        return sorted(found, key=lambda one: (one.period_end or date.max, one.id))

    def drafts(
        self, actor: Actor, year: int, month: int, issuer_ids: Collection[int] | None = None
    ) -> list[Invoice]:
        """All drafts for a month that the actor may issue, in the order of their ids, which is that
        of the run."""
        _reads(actor)
        wanted = Wanted(drafts_for=month_of(year, month).end)
        found = self._store.books.invoice_summaries(wanted, actor.scope)
        return [
            self._store.books.invoice(one.id)
            for one in sorted(found, key=lambda one: one.id)
            if (issuer_ids is None or one.issuer_id in issuer_ids)
            and self.may_change(actor, one.issuer_id)
        ]

    def found(self, actor: Actor, text: str) -> Invoice:
        """By its number, or as #17 by its id, as drafts are called. Raises NotFoundError, and
        InputError where several issuers have that number."""
        _reads(actor)
        if text.startswith("#") and text[1:].isdigit():
            return self._paid(self._store.books.invoice(int(text[1:]), actor.scope))
        several = self._store.books.invoice_numbered(text.strip(), actor.scope)
        if not several:
            raise NotFoundError(f"there is no invoice “{text}”", key="invoice")
        if len(several) > 1:
            named = ", ".join(f"#{one.id} of {one.issuer.name}" for one in several)
            raise InputError(
                f"there are several invoices “{text}”: {named}",
                key="invoice",
                remedy="Write which, as #17",
            )
        return self._paid(several[0])

    def may_change(self, actor: Actor, issuer_id: int) -> bool:
        """Whether the actor may issue in that account's name."""
        if actor.role not in {Role.ADMIN, Role.RESELLER}:
            return False
        try:
            issuer = self._store.accounts.get(issuer_id, scope=actor.scope)
        except NotFoundError:
            return False
        return issuer.kind is not AccountKind.CUSTOMER

    def _paid(self, invoice: Invoice) -> Invoice:
        """With what has been paid of it, its credit notes included."""
        if invoice.status is not InvoiceStatus.FINAL or invoice.kind is not InvoiceKind.INVOICE:
            return invoice
        rests = self._store.books.open_invoices(
            invoice.issuer_id, invoice.debtor_id, invoice.currency
        )
        return replace(invoice, paid=invoice.gross - rests[invoice.id])

    def _reasons(self, invoice: Invoice) -> dict[int, tuple[Charge, ...]]:
        charges = {item.charge.key: item.charge for item in self._store.books.items_of(invoice.id)}
        return {
            line.position: tuple(charges[key] for key in line.charge_keys) for line in invoice.lines
        }

    def _rows(self, found: Sequence[InvoiceSummary], today: date) -> Iterable[InvoiceRow]:
        rests = self._store.books.open_invoices_of(
            {(one.issuer_id, one.debtor_id, one.gross.currency) for one in found}
        )
        for one in found:
            rest = rests.get(one.id)
            late = one.due_on is not None and one.due_on < today
            yield InvoiceRow(one, rest, bool(rest and rest.amount > 0 and late))


def _reads(actor: Actor) -> None:
    actor.must_be(Role.ADMIN, Role.RESELLER, Role.CUSTOMER)
