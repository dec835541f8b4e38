"""What an issuer has issued, from the first to the last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from provd.billing import invoice as values
from provd.billing.invoice import InvoiceStatus
from provd.store.books.invoice_tables import Invoice
from provd.store.books.invoices import Invoices


class IssuedInvoices(Invoices):
    """For exports; a person reads a list and then one."""

    def issued(
        self,
        issuer_id: int,
        *,
        since: date | None = None,
        until: date | None = None,
        size: int = 200,
    ) -> Iterator[values.Invoice]:
        """Final invoices and credit notes by day and id; both days are included. Read in batches
        of `size`, without a transaction between."""
        query = Invoice.select().where(
            (Invoice.issuer_id == issuer_id) & (Invoice.status == InvoiceStatus.FINAL)
        )
        if since:
            query = query.where(Invoice.issued_on >= since.isoformat())
        if until:
            query = query.where(Invoice.issued_on <= until.isoformat())
        query = query.order_by(Invoice.issued_on, Invoice.id).limit(size)
        page = query
        while found := self._whole(self._database.rows(page)):
            yield from found
            last = found[-1]
            day = last.issued_on.isoformat() if last.issued_on else ""
            page = query.where(
                (Invoice.issued_on > day) | ((Invoice.issued_on == day) & (Invoice.id > last.id))
            )
