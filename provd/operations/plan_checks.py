"""What a new plan, and a price, must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provd.billing.money import Money
from provd.billing.plan import Plan, Sharing
from provd.devices.account import Account, AccountKind
from provd.errors import InputError
from provd.operations.naming import named


@dataclass(frozen=True, slots=True)
class FeePrices:
    """What a new plan's fee costs; None: nobody has said yet. Without a wholesale price the plan
    can't be sold to a reseller's customer."""

    wholesale: Money | None = None
    retail: Money | None = None


def check_amount(amount: Money | None) -> None:
    """Finer than can be paid is allowed: it is rounded when it is charged. Raises InputError,
    MoneyError for more than can be stored."""
    if amount is not None and amount.amount < 0:
        raise InputError(f"a price is not negative: {amount}", key="price")
    if amount is not None:
        _ = amount.micros


def check_draft(draft: Plan, owner: Account, prices: Sequence[FeePrices]) -> None:
    """Raises InputError, MoneyError."""
    if not draft.fees:
        raise InputError("a plan needs a fee", key="fees")
    if len(prices) != len(draft.fees):
        raise InputError("each fee has its prices, and no other", key="fees")
    if owner.kind is AccountKind.RESELLER and draft.sharing is Sharing.SOME:
        raise InputError("a reseller's plan is its own", key="sharing")
    names = [named(fee.name).casefold() for fee in draft.fees]
    for fee in draft.fees:
        if names.count(fee.name.casefold()) > 1:
            raise InputError(f"two fees are called “{fee.name}”", key="fees")
    for given in prices:
        for amount in (given.wholesale, given.retail):
            check_amount(amount)
