"""What the new phones of an import file will cost, all together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from provd.billing.money import Money
from provd.billing.period import Interval
from provd.billing.plan import Plan, Side, StartsOn
from provd.billing.quote import Quote, quote
from provd.billing.subscription import Parties
from provd.errors import InputError, MoneyError
from provd.operations.checking import CheckedForm
from provd.store.books import Tariff


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan's new phones cost one side, were they to start today: on that day, and each full
    period from then on."""

    plan: str
    side: Side
    devices: int
    at_start: Money
    per_period: Money
    interval: Interval
    starts_on: StartsOn


def costs_of(
    new: Sequence[tuple[int, CheckedForm]],
    tariffs: Mapping[int, Tariff],
    now: datetime,
    sides: Collection[Side],
    wrong: Callable[[int, InputError], None],
) -> tuple[Cost, ...]:
    """By plan and side, of forms with their rows. A price that is missing is told to `wrong` as a
    mistake of the first row that needs it."""
    leased = [(row, form.plan.id, form.parties) for row, form in new if form.plan]
    counted = Counter((plan_id, parties) for _, plan_id, parties in leased)
    rows = {(plan_id, parties): row for row, plan_id, parties in reversed(leased)}
    quotes: dict[int, list[tuple[Quote, int]]] = {plan_id: [] for plan_id in sorted(tariffs)}
    for (plan_id, parties), devices in counted.items():
        try:
            quotes[plan_id].append((_quote(tariffs[plan_id], parties, now, sides), devices))
        except (InputError, MoneyError) as error:
            wrong(rows[plan_id, parties], InputError(str(error), key="plan_id"))
    return tuple(
        cost
        for plan_id, some in quotes.items()
        for cost in _costs(tariffs[plan_id].plan, some, sides)
    )


def _quote(tariff: Tariff, parties: Parties, now: datetime, sides: Collection[Side]) -> Quote:
    on = now.astimezone(ZoneInfo(parties.reseller_zone)).date()
    return quote(tariff.plan, tariff.prices, parties, on, sides=sides)


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
