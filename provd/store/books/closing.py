"""Which subscriptions a billing run looks at, and up to when their books are closed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from provd.billing.subscription import Subscription
from provd.store.books.subscriptions import Subscriptions
from provd.store.bulk import elements
from provd.store.fields import to_microseconds

_DUE = """
    FROM subscription JOIN account ON account.id = customer_id
    WHERE next_due <= ? AND parked_at IS NULL
"""

_STARTED = """
    SELECT COUNT(*) FROM subscription JOIN account ON account.id = customer_id
    WHERE started_at IS NOT NULL AND parked_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Closure:
    """Up to when each side of a subscription has been charged, and when to look at it again.

    A side that is None stays as it is; `next_due` None: there is nothing more to come.
    """

    subscription_id: int
    wholesale_until: datetime | None
    retail_until: datetime | None
    next_due: datetime | None


class Closing(Subscriptions):
    """A run looks only at what may have fallen due since it was looked at last."""

    def count_started(self) -> int:
        """How many there are that have started, those of parked customers left out."""
        rows = self._database.sql(_STARTED)
        return int(rows[0][0])

    def count_due(self, until: datetime) -> int:
        """How many subscriptions `due_subscriptions` gives."""
        rows = self._database.sql(f"SELECT COUNT(*) {_DUE}", (to_microseconds(until),))
        return int(rows[0][0])

    def due_subscriptions(self, until: datetime, size: int = 500) -> Iterator[list[int]]:
        """Their ids, in batches by id; those of parked customers are left out, and so are those of
        which it is known that nothing falls due. No transaction is open between."""
        text = f"SELECT subscription.id {_DUE} AND subscription.id > ? ORDER BY 1 LIMIT ?"
        last = 0
        while batch := self._database.sql(text, (to_microseconds(until), last, size)):
            ids = [id_ for (id_,) in batch]
            yield ids
            last = ids[-1]

    def held_subscriptions(self, subscription_ids: Collection[int]) -> list[Subscription]:
        """Until the transaction ends nobody else charges them or records what becomes of them.
        Raises NotFoundError when one does not exist."""
        self.hold_debtors(subscription_ids)
        self._hold(subscription_ids)
        return self.subscriptions(subscription_ids)

    def close_books(self, closures: Sequence[Closure]) -> None:
        """What was due up to then is charged: a change that is recorded later becomes known later.
        Books that are closed further stay so."""
        text = f"""
            UPDATE subscription SET
                wholesale_until = {_later(1, "wholesale_until")},
                retail_until = {_later(2, "retail_until")},
                next_due = CAST(value->>3 AS BIGINT)
            FROM {elements(self._database)} AS closed
            WHERE subscription.id = CAST(value->>0 AS BIGINT)
            """  # noqa: S608  made of names in our code
        given = [
            (
                one.subscription_id,
                *map(_stored, (one.wholesale_until, one.retail_until)),
                _stored(one.next_due),
            )
            for one in sorted(closures, key=lambda one: one.subscription_id)
        ]
        if given:
            self._database.sql(text, (json.dumps(given),))


def _later(field: int, column: str) -> str:
    """The later of the given and the kept one; a comparison with NULL is not true."""
    given = f"CAST(value->>{field} AS BIGINT)"
    return f"CASE WHEN {given} <= {column} THEN {column} ELSE COALESCE({given}, {column}) END"


def _stored(at: datetime | None) -> int | None:
    return None if at is None else to_microseconds(at)
