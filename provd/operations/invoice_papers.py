"""An invoice's documents: those of a final one are made once, and kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from provd.billing.invoice import Invoice, InvoiceStatus
from provd.devices.account import Role
from provd.documents.pdf import invoice_pdf
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

    def attachments(self, invoice: Invoice) -> tuple[Paper, ...]:
        """What is mailed with a final invoice."""
        return (self._pdf(invoice),)

    def _pdf(self, invoice: Invoice) -> Paper:
        content = self._kept(invoice, "pdf", lambda: invoice_pdf(invoice))
        return Paper(file_name(invoice, "pdf"), "application/pdf", content)

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
