"""Reading the ledger from its beginning to its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from provd.billing import ledger as values
from provd.billing.money import Money
from provd.store.fields import from_microseconds, to_microseconds
from provd.store.repository import Repository

_PAGE = """
    SELECT id, at, text, charge_key, entries FROM ledger_transaction AS made
    WHERE at >= ? AND (at > ? OR id > ?) AND at < ?{issuer} ORDER BY at, id LIMIT ?
"""
_ISSUER = """ AND EXISTS (
        SELECT 1 FROM ledger_entry AS one
        WHERE one.transaction_id = made.id AND one.position = 0 AND one.account LIKE ?
    )"""
_BEFORE_ALL, _AFTER_ALL = -(2**63), 2**63 - 1


class WholeLedger(Repository):
    """For exports and comparisons; a person reads an account's statement."""

    def transactions(
        self,
        size: int = 1_000,
        *,
        issuer_id: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[values.Transaction]:
        """All there are, or those in the books of one issuer, by time and id; `since` is included,
        `until` is not. Read in batches of `size`, without a transaction of the database between."""
        query = _PAGE.format(issuer="" if issuer_id is None else _ISSUER)
        issuer = () if issuer_id is None else (f"{issuer_id}:%",)
        end = to_microseconds(until) if until else _AFTER_ALL
        at, id_ = to_microseconds(since) if since else _BEFORE_ALL, ""
        while rows := self._database.sql(query, (at, at, id_, end, *issuer, size)):
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
