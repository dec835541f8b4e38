"""Reading accounts of the ledger: what moved, and what stands on them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from provd.billing.money import Money
from provd.billing.statement import Movement
from provd.store.fields import from_microseconds, to_microseconds
from provd.store.repository import Repository

_MOVEMENTS = """
    SELECT one.id, one.at, one.transaction_id, one.amount_micros, made.text, settlement.reference
    FROM ledger_entry AS one
    JOIN ledger_transaction AS made ON made.id = one.transaction_id
    LEFT JOIN settlement ON settlement.transaction_id = one.transaction_id
    WHERE one.account = ? AND one.currency = ? AND one.at >= ? AND one.at < ?
      AND (one.at > ? OR one.id > ?)
    ORDER BY one.at, one.id LIMIT ?
"""


class Movements(Repository):
    """All of it is answered by the index of entries by account, currency and time."""

    def movements(
        self, account: str, currency: str, since: datetime, until: datetime, size: int = 1_000
    ) -> Iterator[Movement]:
        """What moved an account from `since` until before `until`, in order of time. Read in
        batches of `size`, without a transaction between."""
        start, end, last = to_microseconds(since), to_microseconds(until), 0
        while True:
            given = (account, currency, start, end, start, last, size)
            rows = self._database.sql(_MOVEMENTS, given)
            for id_, at, transaction_id, micros, text, reference in rows:
                amount = Money.from_micros(micros, currency).rounded()
                yield Movement(transaction_id, from_microseconds(at), text, amount, reference or "")
                start, last = at, id_
            if len(rows) < size:
                return

    def balance_before(self, account: str, currency: str, before: datetime) -> Money:
        """What stood on an account; positive is debit."""
        text = """
            SELECT sum(amount_micros) FROM ledger_entry
            WHERE account = ? AND currency = ? AND at < ?
            """
        ((micros,),) = self._database.sql(text, (account, currency, to_microseconds(before)))
        return Money.from_micros(int(micros or 0), currency).rounded()
