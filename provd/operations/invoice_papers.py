"""An invoice's documents: those of a final one are made once, and kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from provd.billing.invoice import Invoice, InvoiceStatus
from provd.devices.account import Role
from provd.documents.pdf import invoice_pdf
from provd.documents.ubl import invoice_ubl
from provd.errors import InputError
from provd.operations.actor import Actor
from provd.store import Store


@dataclass(frozen=True, slots=True)
class Paper:
    """A file to be downloaded or attached. `name` is safe on every system."""

    name: str
    media_type: str
    content: bytes


class InvoicePapers:
    """For whoever sees the invoice."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def pdf(self, actor: Actor, invoice_id: int) -> Paper:
        """Raises NotFoundError."""
        return self._pdf(self._seen(actor, invoice_id))

    def ubl(self, actor: Actor, invoice_id: int) -> Paper:
        """As UBL 2.1. Raises InputError for what EN 16931 has no document for, such as a draft."""
        return self._ubl(self._seen(actor, invoice_id))

    def attachments(self, invoice: Invoice) -> tuple[Paper, ...]:
        """What is mailed with a final invoice: for its reader, and for its reader's program where
        the standard has a document for it."""
        try:
            return self._pdf(invoice), self._ubl(invoice)
        except InputError:
            return (self._pdf(invoice),)

    def _pdf(self, invoice: Invoice) -> Paper:
        content = self._kept(invoice, "pdf", lambda: self._drawn(invoice))
        return Paper(file_name(invoice, "pdf"), "application/pdf", content)

    def _ubl(self, invoice: Invoice) -> Paper:
        content = self._kept(invoice, "ubl", lambda: invoice_ubl(invoice))
        return Paper(file_name(invoice, "xml"), "application/xml", content)

    def language(self, invoice: Invoice) -> str:
        """Its reader's, else its issuer's, else English; ISO 639-1."""
        profiles = self._store.books.profiles([invoice.issuer_id, invoice.debtor_id])
        spoken = [
            profile.language
            for account_id in (invoice.debtor_id, invoice.issuer_id)
            if (profile := profiles.get(account_id)) and profile.language
        ]
        return spoken[0] if spoken else "en"

    def logo(self, invoice: Invoice) -> bytes | None:
        """Its issuer's."""
        return self._store.books.logo(invoice.issuer_id)

    def _drawn(self, invoice: Invoice) -> bytes:
        logo = self.logo(invoice)
        return invoice_pdf(invoice, logo=logo, language=self.language(invoice))

    def _seen(self, actor: Actor, invoice_id: int) -> Invoice:
        actor.must_be(Role.ADMIN, Role.RESELLER, Role.CUSTOMER)
        return self._store.books.invoice(invoice_id, actor.scope)

    def _kept(self, invoice: Invoice, form: str, make: Callable[[], bytes]) -> bytes:
        """A draft's is made anew each time. A void one's is what it was while it was final."""
        if invoice.status is InvoiceStatus.DRAFT:
            return make()
        kept = self._store.books.document(invoice.id, form)
        if kept is not None:
            return kept
        return self._store.books.keep_document(invoice.id, form, make(), self._clock())


def file_name(invoice: Invoice, suffix: str) -> str:
    """Invoice-2027-00001.pdf; drafts bear their id."""
    kind = "Credit-note" if invoice.kind.value == "credit_note" else "Invoice"
    called = invoice.number or f"draft-{invoice.id}"
    return f"{kind}-{re.sub(r'[^A-Za-z0-9._-]+', '-', called)}.{suffix}"
