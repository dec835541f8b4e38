"""What happens, done: for each event of the file the operations that it stands for.

Each act is given the world, the event, and nothing else: the clock has been moved before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provd.scenario.acts import invoices, leases, money, phones, requests, runs, subscriptions
from provd.scenario.world import World

ACTS: dict[str, Callable[[World, Any], None]] = {
    **phones.ACTS,
    **subscriptions.ACTS,
    **leases.ACTS,
    **runs.ACTS,
    **requests.ACTS,
    **money.ACTS,
    **invoices.ACTS,
}
"""By the event's name. Each takes the model that provd.scenario.events has for it."""
