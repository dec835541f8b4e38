"""Whose invoices a reader may see."""

from __future__ import annotations

import peewee

from provd.billing.invoice import InvoiceStatus
from provd.devices.account import Scope
from provd.store.books.invoice_tables import Invoice
from provd.store.database import Database
from provd.store.scope import within
from provd.store.tables import Account


def seen(
    database: Database, query: peewee.ModelSelect[Invoice], scope: Scope
) -> peewee.ModelSelect[Invoice]:
    """What is owed in the scope; of what was issued above it, only what is final."""
    debtor, issuer = Account.alias("debtor_account"), Account.alias("issuer_account")
    return (
        query.join(debtor, on=(debtor.id == Invoice.debtor_id))
        .switch(Invoice)
        .join(issuer, on=(issuer.id == Invoice.issuer_id))
        .where(
            within(database, scope, debtor.path)
            & ((Invoice.status == InvoiceStatus.FINAL) | within(database, scope, issuer.path))
        )
    )
