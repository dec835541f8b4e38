"""What the phones of somebody's scope did, minute by minute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from provd.devices.account import Role
from provd.operations.actor import Actor
from provd.store import Store
from provd.store.activity import Happened
from provd.vitals import Minute

MINUTE = timedelta(minutes=1)
DAY = 1_440
"""Minutes that are shown."""


class Activity:
    """From the journal: it knows whose a phone is, where the server's own counts do not."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def minutes(self, actor: Actor) -> tuple[Minute, ...]:
        """The last DAY of them; the one that runs stands last."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        last = self._clock().replace(second=0, microsecond=0)
        first = last - (DAY - 1) * MINUTE
        boots = _by_minute(self._store.activity.boots(actor.scope, first))
        refusals = _by_minute(self._store.activity.refusals(actor.scope, first))
        wanted = (first + number * MINUTE for number in range(DAY))
        return tuple(Minute(at, boots.get(at, {}), refusals.get(at, {})) for at in wanted)


def _by_minute(rows: list[Happened]) -> dict[datetime, dict[str, int]]:
    found: defaultdict[datetime, dict[str, int]] = defaultdict(dict)
    for at, what, number in rows:
        found[at][what] = number
    return found
