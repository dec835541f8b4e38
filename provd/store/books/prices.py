"""What fees cost: entered once, never changed; a later entry takes an earlier one's place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from provd.billing import prices as values
from provd.billing.plan import Side
from provd.billing.prices import PriceList
from provd.errors import MoneyError
from provd.store.books.plan_rows import price_from
from provd.store.books.tables import Fee, Plan, Price
from provd.store.fields import from_microseconds
from provd.store.repository import Repository
from provd.store.scope import not_found

_MICROSECOND = timedelta(microseconds=1)
_CLOSED = {
    side: f"""
        SELECT MAX({side.value}_until) FROM subscription
        JOIN fee ON fee.plan_id = subscription.plan_id WHERE fee.id = ?
        """  # noqa: S608  a name in our code
    for side in Side
}
_LOCK = "SELECT id FROM fee WHERE id = ? FOR UPDATE"
"""Who charges by the fee at this moment has to be done first (`held_tariffs`)."""


class Prices(Repository):
    """Append-only: the database refuses to change or delete a price."""

    def set_price(self, price: values.Price, at: datetime) -> values.Price:
        """Holds from its first day on, for whatever falls due after `at`, when it was entered, and
        after what has been billed ahead; what it takes the place of stays on record. Returns it as
        it is kept.

        Raises MoneyError when it is not in the plan's currency, NotFoundError for no such fee.
        """
        with self._database.transaction():
            self._check_currency(price)
            if self._database.is_postgresql:
                self._database.sql(_LOCK, (price.fee_id,))
            kept = replace(price, known_at=self._entered_at(price, at))
            self._database.insert(
                Price.insert(
                    fee_id=kept.fee_id,
                    side=kept.side,
                    seller_id=kept.seller_id,
                    valid_from=kept.valid_from.isoformat(),
                    amount_micros=kept.amount.micros,
                    currency=kept.amount.currency,
                    known_at=kept.known_at,
                )
            )
        return kept

    def price_list(self, plan_id: int, seller_ids: Collection[int] | None = None) -> PriceList:
        """All prices of a plan's fees, past and future; `seller_ids` None means everybody's, which
        nobody outside the provider may be shown."""
        return self.price_lists([plan_id], seller_ids)[plan_id]

    def price_lists(
        self, plan_ids: Collection[int], seller_ids: Collection[int] | None = None
    ) -> dict[int, PriceList]:
        """By plan id, as `price_list`."""
        query = (
            Price.select(Price, Fee.plan_id)
            .join(Fee, on=(Fee.id == Price.fee_id))
            .where(Fee.plan_id.in_(list(plan_ids)))
            .order_by(Price.id)
        )
        if seller_ids is not None:
            query = query.where(Price.seller_id.in_(list(seller_ids)))
        found: defaultdict[int, list[values.Price]] = defaultdict(list)
        for row in self._database.rows(query):
            found[row["plan_id"]].append(price_from(row))
        return {plan_id: PriceList(found[plan_id]) for plan_id in plan_ids}

    def _check_currency(self, price: values.Price) -> None:
        currency = self._database.value(
            Plan.select(Plan.currency)
            .join(Fee, on=(Fee.plan_id == Plan.id))
            .where(Fee.id == price.fee_id)
        )
        if currency is None:
            raise not_found("fee")
        if currency != price.amount.currency:
            raise MoneyError(f"the plan is in {currency}, this price in {price.amount}")

    def _entered_at(self, price: values.Price, at: datetime) -> datetime:
        """After the one whose place it takes: of two, the later entry counts."""
        query = (
            Price.select(Price.known_at)
            .where(
                (Price.fee_id == price.fee_id)
                & (Price.side == price.side)
                & (Price.seller_id == price.seller_id)
                & (Price.valid_from == price.valid_from.isoformat())
            )
            .order_by(Price.known_at.desc())
        )
        row = self._database.row(query)
        before: list[datetime] = [row["known_at"]] if row else []
        ((closed,),) = self._database.sql(_CLOSED[price.side], (price.fee_id,))
        if closed is not None:
            before.append(from_microseconds(closed))
        return max([at, *(moment + _MICROSECOND for moment in before)])
