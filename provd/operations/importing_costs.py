"""What the new phones of an import file will cost, all together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from provd.billing.money import Money
from provd.billing.period import Interval
from provd.billing.plan import Plan, Side, StartsOn
from provd.billing.quote import Quote, quote
from provd.errors import ConflictError, InputError, MoneyError
from provd.operations.actor import Actor
from provd.operations.checking import CheckedForm
from provd.store import Store


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan's new phones cost one side, were they to start now: at the start, and each full
    period from then on."""

    plan: str
    side: Side
    devices: int
    at_start: Money
    per_period: Money
    interval: Interval
    starts_on: StartsOn


def costs_of(
    store: Store,
    actor: Actor,
    new: Sequence[tuple[int, CheckedForm]],
    now: datetime,
    wrong: Callable[[int, InputError], None],
) -> tuple[Cost, ...]:
    """By plan and side that the actor sees, of forms with their rows. A price that is missing is
    told to `wrong` as a mistake of the first row that needs it."""
    tariffs = store.books.tariffs({form.plan.id for _, form in new if form.plan})
    sides = set(Side) if actor.sees_wholesale else {Side.RETAIL}
    leased = [(row, form.plan.id, form.parties) for row, form in new if form.plan]
    counted = Counter((plan_id, parties) for _, plan_id, parties in leased)
    rows = {(plan_id, parties): row for row, plan_id, parties in reversed(leased)}
    quotes: dict[int, list[tuple[Quote, int]]] = {plan_id: [] for plan_id in sorted(tariffs)}
    for (plan_id, parties), devices in counted.items():
        try:
            plan, prices = tariffs[plan_id].plan, tariffs[plan_id].prices
            quotes[plan_id].append((quote(plan, prices, parties, now, sides=sides), devices))
        except (InputError, MoneyError) as error:
            wrong(rows[plan_id, parties], InputError(str(error), key="plan_id"))
    return tuple(
        cost
        for plan_id, some in quotes.items()
        for cost in _costs(tariffs[plan_id].plan, some, sides)
    )


def check_costs(
    store: Store,
    actor: Actor,
    new: Sequence[CheckedForm],
    shown: Sequence[Cost],
    now: datetime,
) -> None:
    """Raises ConflictError unless what starts with the registration, and is charged with it, costs
    what was shown: a day later it may be another amount."""
    at_once = StartsOn.REGISTERED
    forms = [(0, form) for form in new if form.plan and form.plan.starts_on is at_once]
    missing: list[InputError] = []
    costs = costs_of(store, actor, forms, now, lambda _, error: missing.append(error))
    if missing or list(costs) != [cost for cost in shown if cost.starts_on is at_once]:
        raise ConflictError("the costs have changed meanwhile", remedy="Check it again")


def _costs(
    plan: Plan, quotes: Sequence[tuple[Quote, int]], sides: Collection[Side]
) -> Iterator[Cost]:
    devices = sum(count for _, count in quotes)
    for side in (side for side in Side if side in sides):
        starts = (one.due_at_start(side) * count for one, count in quotes)
        periods = (one.per_period(side) * count for one, count in quotes)
        yield Cost(
            plan=plan.name,
            side=side,
            devices=devices,
            at_start=Money.sum(starts, plan.currency),
            per_period=Money.sum(periods, plan.currency),
            interval=plan.interval,
            starts_on=plan.starts_on,
        )
