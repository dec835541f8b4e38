"""The documents of final invoices, as they were first made: the same bytes ever after."""

from __future__ import annotations

import hashlib
from datetime import datetime

from provd.errors import StoreBroken
from provd.store.books.invoice_tables import InvoiceDocument
from provd.store.repository import Repository


class InvoiceDocuments(Repository):
    """Append-only: what was sent can be shown years later, whatever provd prints then."""

    def document(self, invoice_id: int, form: str) -> bytes | None:
        """Raises StoreError where it is not what its digest tells."""
        query = InvoiceDocument.select().where(
            (InvoiceDocument.invoice_id == invoice_id) & (InvoiceDocument.form == form)
        )
        row = self._database.row(query)
        if row is None:
            return None
        content = bytes(row["content"])
        if _digest(content) != row["digest"]:
            raise StoreBroken(f"the {form} of invoice #{invoice_id} is damaged")
        return content

    def keep_document(self, invoice_id: int, form: str, content: bytes, at: datetime) -> bytes:
        """What is kept: this, or what somebody else kept first."""
        with self._database.transaction():
            self._database.add(
                InvoiceDocument.insert(
                    invoice_id=invoice_id,
                    form=form,
                    digest=_digest(content),
                    content=content,
                    made_at=at,
                ).on_conflict_ignore()
            )
        return self.document(invoice_id, form) or content

    def digests(self, invoice_id: int) -> dict[str, str]:
        """SHA-256 in hexadecimal digits, by form."""
        query = InvoiceDocument.select(InvoiceDocument.form, InvoiceDocument.digest).where(
            InvoiceDocument.invoice_id == invoice_id
        )
        return {row["form"]: row["digest"] for row in self._database.rows(query)}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
