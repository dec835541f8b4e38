"""Charges: kept once each, together with what they do to the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import peewee
from peewee import fn

from provd.billing.charge import Charge as Value
from provd.billing.ledger import Transaction
from provd.billing.money import Money
from provd.billing.plan import FeeKind, Side
from provd.devices.account import Scope
from provd.errors import MoneyError
from provd.store.books.charge_rows import COLUMNS, charge_from, stored
from provd.store.books.ledger import Ledger
from provd.store.books.slots import Slots, Span, device_at
from provd.store.books.tables import Charge
from provd.store.bulk import among, insert_new, listed
from provd.store.fields import to_microseconds
from provd.store.scope import within
from provd.store.tables import Account


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of some charges, all of one side, kind and currency."""

    side: Side
    kind: FeeKind
    amount: Money
    charges: int


class Charges(Ledger, Slots):
    """Append-only: the database refuses to change or delete one."""

    def insert_charges(
        self, charges: Sequence[Value], transactions: Iterable[Transaction]
    ) -> list[Value]:
        """Adds the charges whose keys are new, each with its ledger transaction, all or none; the
        others change nothing. Returns the new ones in the given order.

        Raises MoneyError when a charge comes without its transaction.
        """
        posted = {transaction.charge_key: transaction for transaction in transactions}
        for charge in charges:
            if charge.key not in posted:
                raise MoneyError(f"the charge {charge.key} comes without its ledger transaction")
        wanted = {charge.key: charge for charge in charges}
        with self._database.transaction():
            # In one order everywhere: two runs at once then wait for each other, not in a circle.
            rows = self._stored([wanted[key] for key in sorted(wanted)])
            new = insert_new(self._database, "charge", COLUMNS, rows, "key")
            self._post([posted[key] for key in sorted(new)])
        return [charge for key, charge in wanted.items() if key in new]

    def charges(
        self,
        *,
        scope: Scope | None = None,
        side: Side | None = None,
        device_id: int | None = None,
        subscription_id: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        size: int = 500,
    ) -> Iterator[Value]:
        """By due date and key; `since` is included, `until` is not.

        A scope sees the charges whose debtor is in it: a reseller what it owes and what its
        customers owe, a customer never what its reseller owes. `scope` None is for provd's own
        use. Read in batches of `size`, without a transaction between.
        """
        query = self._seen(Charge.select(Charge), scope)
        for wanted, condition in (
            (side, Charge.side == side),
            (device_id, Charge.device_id == device_id),
            (subscription_id, Charge.subscription_id == subscription_id),
            (since, Charge.due_at >= since),
            (until, Charge.due_at < until),
        ):
            query = query.where(condition) if wanted is not None else query
        query = query.order_by(Charge.due_at, Charge.key).limit(size)
        page = query
        while rows := self._database.rows(page):
            yield from map(charge_from, rows)
            page = query.where(_after(rows[-1]["due_at"], rows[-1]["key"]))

    def totals(self, *, scope: Scope | None, since: datetime, until: datetime) -> list[Total]:
        """Sums of the charges that fell due from `since` until before `until`."""
        columns = (Charge.side, Charge.kind, Charge.currency)
        sums = fn.SUM(Charge.amount_micros).coerce(False).alias("micros")
        query = Charge.select(*columns, sums, fn.COUNT(Charge.id).alias("charges"))
        query = self._seen(query, scope).where(Charge.due_at >= since, Charge.due_at < until)
        rows = self._database.rows(query.group_by(*columns).order_by(*columns))
        return [
            Total(
                side=Side(row["side"]),
                kind=FeeKind(row["kind"]),
                amount=Money.from_micros(int(row["micros"]), row["currency"]).rounded(),
                charges=row["charges"],
            )
            for row in rows
        ]

    def turnover(
        self, account_id: int, currency: str, since: datetime, until: datetime
    ) -> tuple[Money, Money]:
        """What the account charged, and what it was charged, from `since` until before `until`."""
        within_time = (Charge.due_at >= since) & (Charge.due_at < until)
        sums = [
            self._database.value(
                Charge.select(fn.SUM(Charge.amount_micros).coerce(False)).where(
                    within_time & (Charge.currency == currency) & (party == account_id)
                )
            )
            for party in (Charge.issuer_id, Charge.debtor_id)
        ]
        revenue, cost = (Money.from_micros(int(one or 0), currency).rounded() for one in sums)
        return revenue, cost

    def charges_of_device_on(self, device_id: int, day: date) -> int:
        """How many charges for the device fell due on that day in UTC."""
        start = datetime.combine(day, time.min, UTC)
        query = Charge.select(fn.COUNT(Charge.id)).where(
            (Charge.device_id == device_id)
            & (Charge.due_at >= start)
            & (Charge.due_at < start + timedelta(days=1))
        )
        return int(self._database.value(query))

    def often_charged(
        self, device_ids: Collection[int], *, since: datetime, until: datetime, more_than: int
    ) -> set[int]:
        """The devices for which more charges than that fell due from `since` until before
        `until`."""
        text = f"""
            SELECT device_id FROM charge
            WHERE {among(self._database, "device_id")} AND due_at >= ? AND due_at < ?
            GROUP BY device_id HAVING COUNT(*) > ?
            """  # noqa: S608  made of names in our code
        span = (to_microseconds(since), to_microseconds(until))
        given = (listed(self._database, device_ids), *span, more_than)
        return {id_ for (id_,) in self._database.sql(text, given)}

    def _stored(self, charges: Sequence[Value]) -> list[tuple[Any, ...]]:
        """Their rows. A charge for a slot is for the device that filled it when it fell due."""
        slots = {charge.slot_id for charge in charges if charge.device_id is None}
        spans = self.slot_spans({slot_id for slot_id in slots if slot_id is not None})
        return [stored(charge, _device(charge, spans)) for charge in charges]

    def _seen(
        self, query: peewee.ModelSelect[Charge], scope: Scope | None
    ) -> peewee.ModelSelect[Charge]:
        if scope is None:
            return query
        return query.join(Account, on=(Account.id == Charge.debtor_id)).where(
            within(self._database, scope, Account.path)
        )


def _device(charge: Value, spans: Mapping[int, Sequence[Span]]) -> int | None:
    if charge.device_id is not None or charge.slot_id is None:
        return charge.device_id
    return device_at(spans.get(charge.slot_id, ()), charge.due_at)


def _after(due_at: datetime, key: str) -> peewee.Expression:
    # The first part alone lets both databases begin in the middle of the index.
    return (Charge.due_at >= due_at) & ((Charge.due_at > due_at) | (Charge.key > key))
