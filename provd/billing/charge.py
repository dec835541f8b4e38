"""One line that somebody owes somebody."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from provd.billing.money import Money
from provd.billing.period import Period
from provd.billing.plan import FeeKind, Side
from provd.billing.subscription import Cause
from provd.billing.tax_category import TaxCategory


def charge_key(subscription_id: int, fee_id: int, side: Side, period: Period | None) -> str:
    """What makes a charge the one it is: never its amount, nor when it was computed."""
    start = period.start.isoformat() if period else "once"
    return f"{subscription_id}:{fee_id}:{side}:{start}"


@dataclass(frozen=True, slots=True)
class Charge:
    """What `debtor_id` owes `issuer_id` from `due_at` (UTC) on.

    `key` is unique and always the same for the same thing: storing a charge twice changes nothing.
    `amount` is rounded to what can be paid; `calculation` says how it came about ("6.00 EUR x 9/30
    days"), `text` is the invoice's line. `period` is None for what is charged once.

    What a person charged by hand belongs to no subscription, slot or fee. `device_id` is the device
    it is for; for a slot's the database fills it in when it keeps the charge, so two charges are
    compared without it.
    """

    key: str
    subscription_id: int | None
    slot_id: int | None
    side: Side
    fee_id: int | None
    kind: FeeKind
    text: str
    period: Period | None
    amount: Money
    issuer_id: int
    debtor_id: int
    due_at: datetime
    cause: Cause
    calculation: str
    tax_category: TaxCategory = TaxCategory.STANDARD
    device_id: int | None = field(default=None, compare=False)
