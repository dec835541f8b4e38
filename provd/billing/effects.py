"""What a change would cost or give back, before anybody decides on it.

It is found by charging the subscription with the change and without it, so it can't promise what
the billing run does not keep.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta

from provd.billing.charge import Charge
from provd.billing.due import BOTH_SIDES, due_charges
from provd.billing.plan import Plan, Side
from provd.billing.prices import PriceList
from provd.billing.subscription import Change, Subscription

_MOMENT = timedelta(microseconds=1)


def effects(
    plan: Plan,
    prices: PriceList,
    subscription: Subscription,
    changes: Sequence[Change],
    *,
    sides: Collection[Side] = BOTH_SIDES,
) -> list[Charge]:
    """The charges, and credits, that there would be because of these changes alone, by due date.

    Those that fall due later than the last of the changes takes effect, and may yet be avoided
    (hardware that is to be returned), are included. Raises what `due_charges` raises.
    """
    instants = [at for one in changes for at in (one.known_at, one.effective_at) if at is not None]
    if not instants:
        return []
    since = min(one.known_at for one in changes) - _MOMENT
    until = max(instants) + timedelta(days=(plan.lease.return_days or 0) + 2)
    first = max((one.id for one in subscription.changes), default=0) + 1
    assumed = tuple(replace(one, id=first + at) for at, one in enumerate(changes))
    with_them = replace(subscription, changes=(*subscription.changes, *assumed))

    def charges(of: Subscription) -> list[Charge]:
        return due_charges(plan, prices, of, until, since=since, sides=sides)

    without = {(one.key, one.due_at, one.amount) for one in charges(subscription)}
    return [one for one in charges(with_them) if (one.key, one.due_at, one.amount) not in without]
