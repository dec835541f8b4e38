"""Billing runs, and what people do about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provd.scenario.events.runs import Bill, Unpark
from provd.scenario.world import World


def bill(world: World, event: Bill) -> None:
    until = world.utc(event.until) if event.until else world.house.clock.now
    world.reports.append(world.house.operations.billing.run(until))


def unpark(world: World, event: Unpark) -> None:
    world.house.operations.billing.unpark(world.administrator, event.customer)


ACTS: dict[str, Callable[[World, Any], None]] = {"bill": bill, "unpark": unpark}
