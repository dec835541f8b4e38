"""Between a plan, its fees, its prices and their rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from provd.billing.money import Money
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import (
    Fee,
    FeeKind,
    FeeTerms,
    LeaseTerms,
    Plan,
    PlanRole,
    Sharing,
    Side,
    StartsOn,
    SubjectKind,
)
from provd.billing.prices import Price
from provd.billing.tax_category import TaxCategory
from provd.store.database import Row


def plan_columns(plan: Plan) -> dict[str, Any]:
    """All but its id, its fees and whom it is shared with."""
    same = ("owner_id", "name", "currency", "starts_on", "cycle", "interval", "timing")
    also = ("prorate_first", "prorate_last", "role", "subject", "repeatable", "trial_days")
    columns = {name: getattr(plan, name) for name in (*same, *also, "wholesale_trial", "sharing")}
    lease = plan.lease
    return columns | {
        "minimum_months": lease.minimum_months,
        "termination_percent": lease.termination_percent,
        "return_days": lease.return_days,
        "sold_from": day_stored(plan.sold_from),
        "sold_until": day_stored(plan.sold_until),
    }


def plan_from(row: Row, fees: Sequence[Fee], shared_with: Collection[int]) -> Plan:
    return Plan(
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
        fees=tuple(fees),
        role=PlanRole(row["role"]),
        subject=SubjectKind(row["subject"]),
        repeatable=bool(row["repeatable"]),
        trial_days=row["trial_days"],
        wholesale_trial=bool(row["wholesale_trial"]),
        lease=LeaseTerms(row["minimum_months"], row["termination_percent"], row["return_days"]),
        sharing=Sharing(row["sharing"]),
        shared_with=frozenset(shared_with),
        sold_from=day_from(row["sold_from"]),
        sold_until=day_from(row["sold_until"]),
    )


def fee_columns(fee: Fee) -> dict[str, Any]:
    """All but its id and its plan's."""
    terms = fee.terms
    return {
        "kind": fee.kind,
        "name": fee.name,
        "recurring": fee.recurring,
        "tax_category": fee.tax_category,
        "runs_suspended": fee.runs_suspended,
        "cycle": terms and terms.cycle,
        "interval": terms and terms.interval,
        "timing": terms and terms.timing,
        "prorate_first": terms.prorate_first if terms else None,
        "prorate_last": terms.prorate_last if terms else None,
    }


def fee_from(row: Row) -> Fee:
    return Fee(
        id=row["id"],
        kind=FeeKind(row["kind"]),
        name=row["name"],
        recurring=bool(row["recurring"]),
        tax_category=TaxCategory(row["tax_category"]),
        terms=_terms(row) if row["cycle"] is not None else None,
        runs_suspended=bool(row["runs_suspended"]),
    )


def price_from(row: Row) -> Price:
    return Price(
        fee_id=row["fee_id"],
        side=Side(row["side"]),
        amount=Money.from_micros(row["amount_micros"], row["currency"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        seller_id=row["seller_id"],
        known_at=row["known_at"],
    )


def day_stored(day: date | None) -> str | None:
    return day.isoformat() if day else None


def day_from(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None


def _terms(row: Row) -> FeeTerms:
    return FeeTerms(
        cycle=Cycle(row["cycle"]),
        interval=Interval(row["interval"]),
        timing=Timing(row["timing"]),
        prorate_first=bool(row["prorate_first"]),
        prorate_last=bool(row["prorate_last"]),
    )
