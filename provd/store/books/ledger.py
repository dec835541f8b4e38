"""The ledger: double entry, append-only; balances are sums."""

from __future__ import annotations

from peewee import fn

from provd.billing import ledger as values
from provd.billing.money import Money
from provd.store.books.tables import LedgerEntry, LedgerTransaction
from provd.store.database import Row
from provd.store.fields import to_microseconds
from provd.store.repository import Repository

_TRANSACTION = """
INSERT INTO ledger_transaction (id, at, text, charge_key) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING
RETURNING id
"""
_ENTRY = """
INSERT INTO ledger_entry (transaction_id, account, amount_micros, currency) VALUES (?, ?, ?, ?)
"""


class Ledger(Repository):
    """Append-only: the database refuses to change or delete a line."""

    def post(self, transaction: values.Transaction) -> bool:
        """Books a transaction that is no charge, such as a correction. False when one of this id
        is booked already."""
        with self._database.transaction():
            return self._post(transaction)

    def transaction_of(self, charge_key: str) -> values.Transaction | None:
        """What a charge did to the ledger."""
        query = LedgerTransaction.select().where(LedgerTransaction.charge_key == charge_key)
        row = self._database.row(query)
        return self._transaction(row) if row else None

    def balance(self, account: str) -> dict[str, Money]:
        """What stands on an account, by currency; positive is debit."""
        total = fn.SUM(LedgerEntry.amount_micros).coerce(False).alias("micros")
        query = (
            LedgerEntry.select(LedgerEntry.currency, total)
            .where(LedgerEntry.account == account)
            .group_by(LedgerEntry.currency)
        )
        return {
            row["currency"]: Money.from_micros(int(row["micros"]), row["currency"])
            for row in self._database.rows(query)
        }

    def _post(self, transaction: values.Transaction) -> bool:
        head = (transaction.id, to_microseconds(transaction.at))
        if not self._database.sql(_TRANSACTION, (*head, transaction.text, transaction.charge_key)):
            return False
        for entry in transaction.entries:
            amount = entry.amount
            columns = (transaction.id, entry.account, amount.micros, amount.currency)
            self._database.sql(_ENTRY, columns)
        return True

    def _transaction(self, row: Row) -> values.Transaction:
        query = LedgerEntry.select().where(LedgerEntry.transaction_id == row["id"])
        entries = (
            values.Entry(entry["account"], Money.from_micros(entry["amount_micros"], currency))
            for entry in self._database.rows(query.order_by(LedgerEntry.id))
            if (currency := entry["currency"])
        )
        return values.Transaction(
            row["id"], row["at"], row["text"], row["charge_key"], tuple(entries)
        )
