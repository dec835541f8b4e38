"""The life cycle of a device: its states, the arrows between them, and the evidence of each."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from provd.errors import LifecycleError


class State(enum.StrEnum):
    """Where a device stands. DISCOVERED is a MAC that asked before anyone registered it."""

    DISCOVERED = "discovered"
    REGISTERED = "registered"
    STAGED = "staged"
    SHIPPED = "shipped"
    IN_SERVICE = "in service"
    SUSPENDED = "suspended"
    RETURNED = "returned"
    RETIRED = "retired"


# A phone that a customer unpacks may never have seen our bench (drop shipping, bring your own), so
# IN_SERVICE is reached from every state before it.
ARROWS: dict[State, frozenset[State]] = {
    State.DISCOVERED: frozenset({State.REGISTERED}),
    State.REGISTERED: frozenset({State.STAGED, State.SHIPPED, State.IN_SERVICE, State.RETIRED}),
    State.STAGED: frozenset({State.SHIPPED, State.IN_SERVICE, State.REGISTERED, State.RETIRED}),
    State.SHIPPED: frozenset({State.IN_SERVICE, State.RETURNED, State.RETIRED}),
    State.IN_SERVICE: frozenset({State.SUSPENDED, State.RETURNED, State.RETIRED}),
    State.SUSPENDED: frozenset({State.IN_SERVICE, State.RETURNED, State.RETIRED}),
    State.RETURNED: frozenset({State.REGISTERED, State.STAGED, State.RETIRED}),
    # What somebody wrote off and what turns up again is looked at as any that comes back.
    State.RETIRED: frozenset({State.RETURNED}),
}

SERVED = frozenset(
    {State.REGISTERED, State.STAGED, State.SHIPPED, State.IN_SERVICE, State.SUSPENDED}
)
"""States in which a device gets its configuration; when SUSPENDED, one without SIP accounts."""

LEFT = frozenset({State.RETURNED, State.RETIRED})
"""States in which whoever had the device has it no more, and must not know its secrets."""


class Place(enum.StrEnum):
    """Where a fetch came from, as far as billing cares."""

    BENCH = "bench"
    SITE = "site"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves an arrow: the file that arrived whole, how, how much of it, at which address."""

    file: str
    transport: str
    bytes_sent: int
    address: str
    place: Place


@dataclass(frozen=True, slots=True)
class LifecycleEvent:
    """One arrow taken. `id` makes it idempotent: recording it twice changes nothing. `actor` is a
    user's name, or "phone"; `reason` is what that user said. A device that moved took no arrow if
    `before` is `after`; `left_site_id` is then, and whenever it changed hands, where it was."""

    id: str
    device_id: int
    before: State
    after: State
    at: datetime
    actor: str
    evidence: Evidence | None = None
    reason: str = ""
    left_site_id: int | None = None


def check_arrow(before: State, after: State) -> None:
    """Raises LifecycleError unless the arrow exists."""
    if after not in ARROWS[before]:
        allowed = ", ".join(sorted(ARROWS[before])) or "nothing, it has left for good"
        raise LifecycleError(
            f"a device that is {before} can't become {after}; it may become {allowed}"
        )


def told_alike(before: State, after: State) -> bool:
    """Whether a device gets the same files in both states."""
    if State.SUSPENDED in (before, after):
        return before is after
    return (before in SERVED) == (after in SERVED)


def state_after_delivery(state: State, place: Place) -> State | None:
    """Where a complete configuration that arrived whole takes a device; None: it stays.

    On the bench nothing moves by itself: staging is somebody's decision. At the site a phone that
    was on its way is now in service.
    """
    if place is Place.SITE and state in {State.REGISTERED, State.STAGED, State.SHIPPED}:
        return State.IN_SERVICE
    return None
