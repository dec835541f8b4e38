"""Plans and their fees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

import peewee

from provd.billing import plan as values
from provd.billing.plan import Sharing
from provd.billing.prices import PriceList
from provd.store.books.plan_rows import day_stored, fee_columns, fee_from, plan_columns, plan_from
from provd.store.books.prices import Prices
from provd.store.books.tables import Fee, Plan, PlanShare
from provd.store.database import Row
from provd.store.scope import not_found

_HOLD = "SELECT id FROM fee WHERE plan_id = ANY(?) ORDER BY id FOR KEY SHARE"
"""Many charge by the same prices at once; only who enters one waits (`set_price`)."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """A plan, and what everybody takes for its fees."""

    plan: values.Plan
    prices: PriceList


class Plans(Prices):
    """What is sold. Of a plan, only its name, its sharing and its dates ever change."""

    def create_plan(self, draft: values.Plan) -> values.Plan:
        """As drafted, with ids of its own and of its fees, which stay in their order."""
        with self._database.transaction():
            plan_id = self._database.insert(Plan.insert(**plan_columns(draft)))
            for fee in draft.fees:
                self._database.insert(Fee.insert(plan_id=plan_id, **fee_columns(fee)))
            self._share_with(plan_id, draft.shared_with)
            return self.plan(plan_id)

    def rename_plan(self, plan_id: int, name: str) -> None:
        """Raises NotFoundError."""
        self._change_plan(plan_id, name=name)

    def share_plan(self, plan_id: int, sharing: Sharing, account_ids: Collection[int] = ()) -> None:
        """`account_ids` count where it is shared with some. Raises NotFoundError."""
        with self._database.transaction():
            self._change_plan(plan_id, sharing=sharing)
            self._database.write(PlanShare.delete().where(PlanShare.plan_id == plan_id))
            self._share_with(plan_id, account_ids if sharing is Sharing.SOME else ())

    def sell_plan(self, plan_id: int, sold_from: date | None, sold_until: date | None) -> None:
        """The dates between which it can be subscribed to. Raises NotFoundError."""
        self._change_plan(
            plan_id, sold_from=day_stored(sold_from), sold_until=day_stored(sold_until)
        )

    def plan(self, plan_id: int) -> values.Plan:
        """Raises NotFoundError."""
        rows = self._database.rows(Plan.select().where(Plan.id == plan_id))
        if not rows:
            raise not_found("plan")
        return self._with_fees(rows)[0]

    def plans(self, *, owner_ids: Collection[int] | None = None) -> list[values.Plan]:
        """Those of these owners, or all; by name. A reseller may sell its own and those of the
        accounts above it that are shared with it."""
        query = Plan.select().order_by(Plan.name, Plan.id)
        if owner_ids is not None:
            query = query.where(Plan.owner_id.in_(list(owner_ids)))
        return self._with_fees(self._database.rows(query))

    def held_tariffs(self, plan_ids: Collection[int]) -> dict[int, Tariff]:
        """As `tariffs`, in a transaction that closes books by them: until its end nobody enters a
        price, which would find books open that are just being closed."""
        if self._database.is_postgresql:  # elsewhere there is one writer
            self._database.sql(_HOLD, (sorted(plan_ids),))
        return self.tariffs(plan_ids)

    def tariffs(self, plan_ids: Collection[int]) -> dict[int, Tariff]:
        """By plan id; for charging, not to be shown to anybody."""
        if not plan_ids:
            return {}
        rows = self._database.rows(Plan.select().where(Plan.id.in_(list(plan_ids))))
        prices = self.price_lists(plan_ids)
        return {plan.id: Tariff(plan, prices[plan.id]) for plan in self._with_fees(rows)}

    def _with_fees(self, rows: Iterable[Row]) -> list[values.Plan]:
        plans = list(rows)
        ids = [plan["id"] for plan in plans]
        fees: defaultdict[int, list[values.Fee]] = defaultdict(list)
        for fee in self._database.rows(Fee.select().where(Fee.plan_id.in_(ids)).order_by(Fee.id)):
            fees[fee["plan_id"]].append(fee_from(fee))
        shared: defaultdict[int, set[int]] = defaultdict(set)
        for share in self._database.rows(PlanShare.select().where(PlanShare.plan_id.in_(ids))):
            shared[share["plan_id"]].add(share["account_id"])
        return [plan_from(row, fees[row["id"]], shared[row["id"]]) for row in plans]

    def _share_with(self, plan_id: int, account_ids: Iterable[int]) -> None:
        for account_id in sorted(account_ids):
            self._database.add(PlanShare.insert(plan_id=plan_id, account_id=account_id))

    def _change_plan(self, plan_id: int, **columns: object) -> None:
        query: peewee.BaseQuery = Plan.update(**columns).where(Plan.id == plan_id)
        if not self._database.write(query):
            raise not_found("plan")
