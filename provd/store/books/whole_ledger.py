"""Reading the ledger from its beginning to its end."""

from __future__ import annotations

import json
from collections.abc import Iterator

from provd.billing import ledger as values
from provd.billing.money import Money
from provd.store.fields import from_microseconds
from provd.store.repository import Repository

_PAGE = """
    SELECT id, at, text, charge_key, entries FROM ledger_transaction
    WHERE at >= ? AND (at > ? OR id > ?) ORDER BY at, id LIMIT ?
"""
_BEFORE_ALL = -(2**63)


class WholeLedger(Repository):
    """For exports and comparisons; a person reads an account's statement."""

    def transactions(self, size: int = 1_000) -> Iterator[values.Transaction]:
        """All there are, by time and id. Read in batches of `size`, without a transaction of the
        database between."""
        at, id_ = _BEFORE_ALL, ""
        while rows := self._database.sql(_PAGE, (at, at, id_, size)):
            yield from (_transaction(*row) for row in rows)
            id_, at = rows[-1][:2]


def _transaction(
    id_: str, at: int, text: str, charge_key: str | None, entries: str
) -> values.Transaction:
    made = tuple(
        values.Entry(account, Money.from_micros(micros, currency))
        for account, micros, currency in json.loads(entries)
    )
    return values.Transaction(id_, from_microseconds(at), text, charge_key, made)
