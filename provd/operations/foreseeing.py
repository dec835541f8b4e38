"""What a change of a subscription will cost or give back, all that is foreseeable."""

from __future__ import annotations

from collections.abc import Sequence

from provd.billing.effects import effects
from provd.billing.plan import FeeKind, Side
from provd.billing.subscription import Subscription
from provd.errors import InputError, MoneyError
from provd.operations.as_known import as_known
from provd.operations.consequences import Consequences
from provd.store import Store
from provd.store.books import NewChange


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
