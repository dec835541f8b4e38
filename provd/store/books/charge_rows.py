"""Between a charge and its row."""

from __future__ import annotations

from datetime import date
from typing import Any

from provd.billing.charge import Charge
from provd.billing.money import Money
from provd.billing.period import Period
from provd.billing.plan import FeeKind, Side
from provd.billing.tax_category import TaxCategory
from provd.store.books.causes import cause_from, cause_stored
from provd.store.database import Row
from provd.store.fields import to_microseconds

COLUMNS = (
    "key",
    "subscription_id",
    "slot_id",
    "device_id",
    "side",
    "fee_id",
    "kind",
    "text",
    "period_start",
    "period_end",
    "amount_micros",
    "currency",
    "issuer_id",
    "debtor_id",
    "due_at",
    "cause",
    "calculation",
    "tax_category",
)


def stored(charge: Charge, device_id: int | None) -> tuple[Any, ...]:
    """The values of COLUMNS. `device_id` is whom it is for."""
    period = charge.period
    return (
        charge.key,
        charge.subscription_id,
        charge.slot_id,
        device_id,
        charge.side,
        charge.fee_id,
        charge.kind,
        charge.text,
        period.start.isoformat() if period else None,
        period.end.isoformat() if period else None,
        charge.amount.micros,
        charge.amount.currency,
        charge.issuer_id,
        charge.debtor_id,
        to_microseconds(charge.due_at),
        cause_stored(charge.cause),
        charge.calculation,
        charge.tax_category,
    )


def charge_from(row: Row) -> Charge:
    """The value of a row of `charge`; its amount has the currency's own number of digits."""
    return Charge(
        key=row["key"],
        subscription_id=row["subscription_id"],
        slot_id=row["slot_id"],
        side=Side(row["side"]),
        fee_id=row["fee_id"],
        kind=FeeKind(row["kind"]),
        text=row["text"],
        period=_period(row["period_start"], row["period_end"]),
        amount=Money.from_micros(row["amount_micros"], row["currency"]).rounded(),
        issuer_id=row["issuer_id"],
        debtor_id=row["debtor_id"],
        due_at=row["due_at"],
        cause=cause_from(row["cause"]),
        calculation=row["calculation"],
        tax_category=TaxCategory(row["tax_category"]),
        device_id=row["device_id"],
    )


def _period(start: str | None, end: str | None) -> Period | None:
    if start is None or end is None:
        return None
    return Period(date.fromisoformat(start), date.fromisoformat(end))
