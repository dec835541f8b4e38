"""What is still to be paid, from what stands on a debtor's account."""

from __future__ import annotations

from collections import defaultdict

import peewee
from peewee import fn

from provd.billing.invoice import InvoiceKind, InvoiceStatus
from provd.billing.ledger import receivable
from provd.billing.money import Money
from provd.billing.open_items import OpenItem, open_amounts
from provd.store.books.invoice_rows import money
from provd.store.books.invoice_tables import Invoice, InvoiceCharge
from provd.store.books.ledger import Ledger
from provd.store.books.tables import Charge


class OpenInvoices(Ledger):
    """Payments are booked against a debtor, not against an invoice; they settle the oldest."""

    def open_invoices(self, issuer_id: int, debtor_id: int, currency: str) -> dict[int, Money]:
        """By id of each final invoice, what is left to pay of it."""
        stands = self.balance(receivable(issuer_id, debtor_id)).get(currency)
        owed = (stands or Money.zero(currency)) - self._not_invoiced(issuer_id, debtor_id, currency)
        return open_amounts(self._settleable(issuer_id, debtor_id, currency), owed)

    def _not_invoiced(self, issuer_id: int, debtor_id: int, currency: str) -> Money:
        """Charges that stand on the account and on no final invoice."""
        on_final = (
            InvoiceCharge.select(InvoiceCharge.id)
            .join(Invoice, on=(Invoice.id == InvoiceCharge.invoice_id))
            .where(
                (InvoiceCharge.charge_key == Charge.key) & (Invoice.status == InvoiceStatus.FINAL)
            )
        )
        query = Charge.select(fn.SUM(Charge.amount_micros).coerce(False)).where(
            (Charge.issuer_id == issuer_id)
            & (Charge.debtor_id == debtor_id)
            & (Charge.currency == currency)
            & ~fn.EXISTS(on_final)
        )
        return Money.from_micros(int(self._database.value(query) or 0), currency)

    def _settleable(self, issuer_id: int, debtor_id: int, currency: str) -> list[OpenItem]:
        """The oldest first."""
        query = (
            Invoice.select(Invoice.id, Invoice.kind, Invoice.credited_id, Invoice.gross_micros)
            .where(_final(issuer_id, debtor_id, currency))
            .order_by(Invoice.issued_on, Invoice.id)
        )
        rests: defaultdict[int, int] = defaultdict(int)
        for row in self._database.rows(query):
            if row["kind"] == InvoiceKind.INVOICE:
                rests[row["id"]] += row["gross_micros"]
            elif row["credited_id"] is not None:
                rests[row["credited_id"]] -= row["gross_micros"]
        return [OpenItem(id_, money(rest, currency)) for id_, rest in rests.items()]


def _final(issuer_id: int, debtor_id: int, currency: str) -> peewee.Expression:
    found: peewee.Expression = (
        (Invoice.issuer_id == issuer_id)
        & (Invoice.debtor_id == debtor_id)
        & (Invoice.currency == currency)
        & (Invoice.status == InvoiceStatus.FINAL)
    )
    return found
