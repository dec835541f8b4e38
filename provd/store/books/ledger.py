"""The ledger: double entry, append-only; balances are sums."""

from __future__ import annotations

from collections.abc import Sequence

from peewee import fn

from provd.billing import ledger as values
from provd.billing.money import Money
from provd.store.books.credit import CreditStandings
from provd.store.books.tables import LedgerEntry, LedgerTransaction
from provd.store.bulk import insert_new
from provd.store.database import Row
from provd.store.fields import to_json, to_microseconds

_COLUMNS = ("id", "at", "text", "charge_key", "entries")


class Ledger(CreditStandings):
    """Append-only: the database refuses to change or delete a line."""

    def post(self, transaction: values.Transaction) -> bool:
        """Books a transaction that is no charge, such as a correction. False when one of this id
        is booked already."""
        with self._database.transaction():
            return bool(self._post([transaction]))

    def transaction(self, id_: str) -> values.Transaction | None:
        row = self._database.row(LedgerTransaction.select().where(LedgerTransaction.id == id_))
        return _transaction(row) if row else None

    def transaction_of(self, charge_key: str) -> values.Transaction | None:
        """What a charge did to the ledger."""
        query = LedgerTransaction.select().where(LedgerTransaction.charge_key == charge_key)
        row = self._database.row(query)
        return _transaction(row) if row else None

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

    def _post(self, transactions: Sequence[values.Transaction]) -> set[str]:
        """Books those whose id is new, and returns these ids. Of each one row is written; from it
        the database makes its entries, which it takes from nobody else."""
        rows = [
            (one.id, to_microseconds(one.at), one.text, one.charge_key, _stored(one.entries))
            for one in transactions
        ]
        new = insert_new(self._database, "ledger_transaction", _COLUMNS, rows, "id")
        self._note_owed([one for one in transactions if one.id in new])
        return new


def _stored(entries: Sequence[values.Entry]) -> str:
    return to_json(
        [(entry.account, entry.amount.micros, entry.amount.currency) for entry in entries]
    )


def _transaction(row: Row) -> values.Transaction:
    entries = tuple(
        values.Entry(account, Money.from_micros(micros, currency))
        for account, micros, currency in row["entries"]
    )
    return values.Transaction(row["id"], row["at"], row["text"], row["charge_key"], entries)
