"""What is still to be paid, from what stands on debtors' accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

import peewee
from peewee import fn

from provd.billing.invoice import InvoiceKind, InvoiceStatus
from provd.billing.ledger import receivable
from provd.billing.money import Money
from provd.billing.open_items import OpenItem, open_amounts
from provd.store.books.invoice_rows import money
from provd.store.books.invoice_tables import Invoice, InvoiceCharge
from provd.store.books.tables import Charge, LedgerEntry
from provd.store.repository import Repository

Debt = tuple[int, int, str]
"""Issuer, debtor, currency."""


_LISTED = (
    *(Invoice.id, Invoice.kind, Invoice.credited_id, Invoice.gross_micros),
    *(Invoice.issuer_id, Invoice.debtor_id, Invoice.currency),
)


class OpenInvoices(Repository):
    """Payments are booked against a debtor, not against an invoice; they settle the oldest."""

    def open_invoices(self, issuer_id: int, debtor_id: int, currency: str) -> dict[int, Money]:
        """By id of each final invoice, what is left to pay of it."""
        return self.open_invoices_of({(issuer_id, debtor_id, currency)})

    def open_invoices_of(self, debts: Collection[Debt]) -> dict[int, Money]:
        """The same of many debtors, by three queries."""
        if not debts:
            return {}
        stands, free, items = self._balances(debts), self._not_invoiced(debts), self._items(debts)
        found: dict[int, Money] = {}
        for debt in debts:
            owed = Money.from_micros(stands[debt] - free[debt], debt[2])
            found |= open_amounts(items[debt], owed)
        return found

    def _balances(self, debts: Collection[Debt]) -> defaultdict[Debt, int]:
        """What stands on the debtors' accounts, in micros."""
        accounts = {receivable(issuer, debtor): (issuer, debtor) for issuer, debtor, _ in debts}
        query = (
            LedgerEntry.select(
                LedgerEntry.account,
                LedgerEntry.currency,
                fn.SUM(LedgerEntry.amount_micros).coerce(False).alias("micros"),
            )
            .where(LedgerEntry.account.in_(list(accounts)))
            .group_by(LedgerEntry.account, LedgerEntry.currency)
        )
        found: defaultdict[Debt, int] = defaultdict(int)
        for row in self._database.rows(query):
            found[*accounts[row["account"]], row["currency"]] = int(row["micros"])
        return found

    def _not_invoiced(self, debts: Collection[Debt]) -> defaultdict[Debt, int]:
        """Charges, in micros, that stand on the accounts and on no final invoice."""
        on_final = (
            InvoiceCharge.select(InvoiceCharge.id)
            .join(Invoice, on=(Invoice.id == InvoiceCharge.invoice_id))
            .where(
                (InvoiceCharge.charge_key == Charge.key) & (Invoice.status == InvoiceStatus.FINAL)
            )
        )
        parties = Charge.issuer_id, Charge.debtor_id, Charge.currency
        query = (
            Charge.select(*parties, fn.SUM(Charge.amount_micros).coerce(False).alias("micros"))
            .where(_between(Charge, debts) & ~fn.EXISTS(on_final))
            .group_by(*parties)
        )
        found: defaultdict[Debt, int] = defaultdict(int)
        for row in self._database.rows(query):
            found[row["issuer_id"], row["debtor_id"], row["currency"]] = int(row["micros"])
        return found

    def _items(self, debts: Collection[Debt]) -> defaultdict[Debt, list[OpenItem]]:
        """Each debtor's invoices without their credit notes, the oldest first."""
        query = (
            Invoice.select(*_LISTED)
            .where(_between(Invoice, debts) & (Invoice.status == InvoiceStatus.FINAL))
            .order_by(Invoice.issued_on, Invoice.id)
        )
        rests: dict[int, int] = {}
        whose: dict[int, Debt] = {}
        for row in self._database.rows(query):
            if row["kind"] == InvoiceKind.INVOICE:
                rests[row["id"]] = row["gross_micros"]
                whose[row["id"]] = (row["issuer_id"], row["debtor_id"], row["currency"])
            elif row["credited_id"] is not None:
                rests[row["credited_id"]] -= row["gross_micros"]
        found: defaultdict[Debt, list[OpenItem]] = defaultdict(list)
        for id_, rest in rests.items():
            found[whose[id_]].append(OpenItem(id_, money(rest, whose[id_][2])))
        return found


def _between(table: type[Charge | Invoice], debts: Collection[Debt]) -> peewee.Expression:
    """By debtor alone, which has but one issuer: a look for both would take the issuer's index."""
    found: peewee.Expression = table.debtor_id.in_({debt[1] for debt in debts})
    return found
