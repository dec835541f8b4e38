"""What an invoice does to its issuer's books when it becomes final, and when it is made void.

Its charges are booked already, each as it fell due: an invoice adds the tax on them. A credit note
that corrects an invoice takes back revenue, too.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from provd.billing.invoice import Invoice, InvoiceKind
from provd.billing.ledger import Entry, Transaction, receivable, revenue, tax
from provd.billing.money import Money


def post_invoice(invoice: Invoice, at: datetime) -> Transaction | None:
    """None where there is nothing to book. Its id follows from the invoice's, so it is booked
    once."""
    sign = -1 if invoice.kind is InvoiceKind.CREDIT_NOTE else 1
    sums: defaultdict[str, Money] = defaultdict(lambda: Money.zero(invoice.currency))
    for row in invoice.taxes:
        sums[tax(invoice.issuer_id, row.taxation.category)] -= row.tax * sign
    for line in invoice.lines:
        if line.credits is not None:
            sums[revenue(invoice.issuer_id, line.kind)] -= line.amount * sign
    owed = -Money.sum(sums.values(), invoice.currency)
    entries = [Entry(receivable(invoice.issuer_id, invoice.debtor_id), owed)]
    entries += [Entry(account, amount) for account, amount in sorted(sums.items())]
    booked = tuple(entry for entry in entries if entry.amount.amount)
    if not booked:
        return None
    kind = "Credit note" if sign < 0 else "Invoice"
    return Transaction(f"invoice:{invoice.id}", at, f"{kind} {invoice.number}", None, booked)


def reverse_invoice(invoice: Invoice, at: datetime) -> Transaction | None:
    """What takes back `post_invoice`; None where that booked nothing."""
    posted = post_invoice(invoice, at)
    if posted is None:
        return None
    entries = tuple(Entry(entry.account, -entry.amount) for entry in posted.entries)
    return replace(posted, id=f"{posted.id}:void", text=f"{posted.text} void", entries=entries)
