"""Plans, their fees, and what they cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from provd.billing import plan as values
from provd.billing.money import Money
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import FeeKind, PriceList, Side, StartsOn
from provd.errors import MoneyError
from provd.store.books.tables import Fee, Plan, Price
from provd.store.database import Row
from provd.store.repository import Repository
from provd.store.scope import not_found

_SET_PRICE = """
INSERT INTO price (fee_id, side, seller_id, valid_from, amount_micros, currency)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (fee_id, side, seller_id, valid_from)
DO UPDATE SET amount_micros = excluded.amount_micros, currency = excluded.currency
"""


@dataclass(frozen=True, slots=True)
class Tariff:
    """A plan, and what everybody takes for its fees."""

    plan: values.Plan
    prices: PriceList


class Plans(Repository):
    """What is sold."""

    def create_plan(
        self,
        *,
        owner_id: int,
        name: str,
        currency: str,
        starts_on: StartsOn,
        cycle: Cycle,
        interval: Interval,
        timing: Timing,
        prorate_first: bool,
        prorate_last: bool,
        fees: Sequence[tuple[FeeKind, str, bool]],
    ) -> values.Plan:
        """`fees` are (kind, name, whether it recurs); the plan has them in the same order."""
        with self._database.transaction():
            plan_id = self._database.insert(
                Plan.insert(
                    owner_id=owner_id,
                    name=name,
                    currency=currency,
                    starts_on=starts_on,
                    cycle=cycle,
                    interval=interval,
                    timing=timing,
                    prorate_first=prorate_first,
                    prorate_last=prorate_last,
                )
            )
            for kind, title, recurring in fees:
                fee = Fee.insert(plan_id=plan_id, kind=kind, name=title, recurring=recurring)
                self._database.insert(fee)
            return self.plan(plan_id)

    def plan(self, plan_id: int) -> values.Plan:
        """Raises NotFoundError."""
        rows = self._database.rows(Plan.select().where(Plan.id == plan_id))
        if not rows:
            raise not_found("plan")
        return self._with_fees(rows)[0]

    def plans(self, *, owner_ids: Collection[int] | None = None) -> list[values.Plan]:
        """Those of these owners, or all; by name. A reseller may sell its own and those of the
        accounts above it."""
        query = Plan.select().order_by(Plan.name, Plan.id)
        if owner_ids is not None:
            query = query.where(Plan.owner_id.in_(list(owner_ids)))
        return self._with_fees(self._database.rows(query))

    def tariffs(self, plan_ids: Collection[int]) -> dict[int, Tariff]:
        """By plan id; for charging, not to be shown to anybody."""
        if not plan_ids:
            return {}
        plans = self._with_fees(
            self._database.rows(Plan.select().where(Plan.id.in_(list(plan_ids))))
        )
        return {plan.id: Tariff(plan, self.price_list(plan.id)) for plan in plans}

    def set_price(self, price: values.Price) -> None:
        """Replaces a price of the same fee, side, seller and first day. Raises MoneyError when it
        is not in the plan's currency."""
        with self._database.transaction():
            currency = self._database.value(
                Plan.select(Plan.currency)
                .join(Fee, on=(Fee.plan_id == Plan.id))
                .where(Fee.id == price.fee_id)
            )
            if currency is None:
                raise not_found("fee")
            if currency != price.amount.currency:
                raise MoneyError(f"the plan is in {currency}, this price in {price.amount}")
            tag = (price.fee_id, price.side, price.seller_id, price.valid_from.isoformat())
            self._database.sql(_SET_PRICE, (*tag, price.amount.micros, currency))

    def price_list(self, plan_id: int, seller_ids: Collection[int] | None = None) -> PriceList:
        """All prices of a plan's fees, past and future; `seller_ids` None means everybody's, which
        nobody outside the provider may be shown."""
        query = (
            Price.select(Price)
            .join(Fee, on=(Fee.id == Price.fee_id))
            .where(Fee.plan_id == plan_id)
            .order_by(Price.id)
        )
        if seller_ids is not None:
            query = query.where(Price.seller_id.in_(list(seller_ids)))
        return PriceList(_price(row) for row in self._database.rows(query))

    def _with_fees(self, rows: Iterable[Row]) -> list[values.Plan]:
        plans = list(rows)
        query = Fee.select().where(Fee.plan_id.in_([plan["id"] for plan in plans]))
        fees: defaultdict[int, list[values.Fee]] = defaultdict(list)
        for fee in self._database.rows(query.order_by(Fee.id)):
            fees[fee["plan_id"]].append(_fee(fee))
        return [_plan(plan, tuple(fees[plan["id"]])) for plan in plans]


def _plan(row: Row, fees: tuple[values.Fee, ...]) -> values.Plan:
    return values.Plan(
        id=row["id"],
        owner_id=row["owner_id"],
        name=row["name"],
        currency=row["currency"],
        starts_on=StartsOn(row["starts_on"]),
        cycle=Cycle(row["cycle"]),
        interval=Interval(row["interval"]),
        timing=Timing(row["timing"]),
        prorate_first=bool(row["prorate_first"]),
        prorate_last=bool(row["prorate_last"]),
        fees=fees,
    )


def _fee(row: Row) -> values.Fee:
    return values.Fee(
        id=row["id"], kind=FeeKind(row["kind"]), name=row["name"], recurring=bool(row["recurring"])
    )


def _price(row: Row) -> values.Price:
    return values.Price(
        fee_id=row["fee_id"],
        side=Side(row["side"]),
        amount=Money.from_micros(row["amount_micros"], row["currency"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        seller_id=row["seller_id"],
    )
