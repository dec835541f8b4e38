"""What a change of a subscription will cost or give back, all that is foreseeable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from provd.billing.effects import effects
from provd.billing.plan import FeeKind, Side
from provd.billing.subscription import Change, Subscription
from provd.errors import InputError, MoneyError
from provd.operations.consequences import Consequences
from provd.store import Store
from provd.store.books import NewChange

_MOMENT = timedelta(microseconds=1)


def foreseen(store: Store, one: Subscription, new: Sequence[NewChange]) -> Consequences:
    """Of one subscription. The changes become known as they would if they were recorded now; each
    side by itself, as it is charged."""
    if one.start is None:
        return Consequences()
    plan = store.books.plan(one.plan_id)
    prices = store.books.price_list(plan.id)
    changes = [as_known(one, change) for change in new]
    charges = []
    problems = []
    for side in (side for side in Side if side in one.parties.sides):
        try:
            charges += effects(plan, prices, one, changes, sides={side})
        except (InputError, MoneyError) as error:
            problems.append(f"{side}: {error}")
    unreturned = [charge for charge in charges if charge.kind is FeeKind.UNRETURNED]
    return Consequences(
        tuple(charge for charge in charges if charge not in unreturned),
        tuple(unreturned),
        tuple(problems),
    )


def as_known(one: Subscription, new: NewChange) -> Change:
    """The change as it would be kept now."""
    return Change(0, new.kind, new.effective_at, _known_at(one, new.at), new.cause, new.device_id)


def _known_at(one: Subscription, at: datetime) -> datetime:
    closed = [until for side in Side if (until := one.billed_until(side)) is not None]
    told = [change.known_at for change in one.changes]
    return max([at, *told, *(until + _MOMENT for until in closed)])
