"""What a hard account is charged as soon as its suspension is lifted: what its services cost from
then on in the periods that run, and what has fallen due of them since their books were closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from provd.billing.charge import Charge
from provd.billing.due import due_charges
from provd.billing.money import Money
from provd.billing.plan import Side
from provd.billing.subscription import Cause, ChangeKind, Subscription
from provd.errors import InputError, MoneyError
from provd.operations.as_known import as_known
from provd.store import Store
from provd.store.books import NewChange, Tariff


def cost_of_resuming(
    store: Store, account_id: int, subscription_ids: Sequence[int], at: datetime, currency: str
) -> Money:
    """In the account's currency, of those that would go on; below zero where more is given back.
    What can't be computed, for a price is missing, counts for nothing: it is not charged either."""
    found = store.books.subscriptions(subscription_ids)
    tariffs = store.books.tariffs({one.plan_id for one in found})
    amounts = [
        charge.amount
        for one in found
        for charge in _due(tariffs[one.plan_id], one, account_id, at)
        if charge.amount.currency == currency
    ]
    return Money.sum(amounts, currency)


def _due(tariff: Tariff, one: Subscription, account_id: int, at: datetime) -> list[Charge]:
    """Of retail alone: wholesale does not rest."""
    if one.parties.customer_id != account_id:
        return []
    cause = Cause.by_person("", "resumed", at, "", "")
    change = as_known(one, NewChange(one.id, ChangeKind.RESUME, at, at, cause))
    number = max((known.id for known in one.changes), default=0) + 1
    resumed = replace(one, changes=(*one.changes, replace(change, id=number)))
    since = one.billed_until(Side.RETAIL)
    try:
        return due_charges(
            tariff.plan, tariff.prices, resumed, change.known_at, since=since, sides={Side.RETAIL}
        )
    except (InputError, MoneyError):
        return []
