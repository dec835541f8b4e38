"""What becomes of subscriptions when something becomes of a device or a leased thing: the changes,
and the charges that follow at once. Tried beforehand, the same steps make the quote."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from provd.billing.charge import Charge
from provd.billing.plan import FeeKind, Side
from provd.billing.subscription import Cause, ChangeKind, Subscription
from provd.operations.actor import Actor
from provd.operations.charging import Charging
from provd.store import Store
from provd.store.books import NewChange

log = structlog.get_logger()

Result = TypeVar("Result")

_MOMENT = timedelta(microseconds=1)


class _UndoneError(Exception):
    """Takes a trial back."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """`charges` fall due at once. `unreturned` would be due for hardware that is not back in time,
    and its `due_at` says by when it must be. `problems` are what could not be charged, and why."""

    charges: tuple[Charge, ...] = ()
    unreturned: tuple[Charge, ...] = ()
    problems: tuple[str, ...] = ()

    def seen_by(self, actor: Actor) -> Consequences:
        """A customer never sees wholesale, and who sees no prices sees nothing."""
        if not actor.sees_prices:
            return Consequences()
        sides = set(Side) if actor.sees_wholesale else {Side.RETAIL}
        return Consequences(
            tuple(one for one in self.charges if one.side in sides),
            tuple(one for one in self.unreturned if one.side in sides),
            self.problems,
        )

    @property
    def costs(self) -> bool:
        return bool(self.charges or self.unreturned)


NOTHING = Consequences()


class Hook:
    """Every method but `tried` runs within the caller's transaction."""

    def __init__(self, store: Store, charging: Charging) -> None:
        self._store = store
        self._charging = charging

    def tried(self, step: Callable[[], Result]) -> Result:
        """What the step would give; nothing of what it does stays."""
        found: list[Result] = []
        try:
            with self._store.transaction():
                found.append(step())
                raise _UndoneError
        except _UndoneError:
            return found[0]

    def subscriptions(
        self, device_id: int, slot_id: int | None, now: datetime
    ) -> list[Subscription]:
        """Of a device itself and of the slot that it fills, those that have not ended."""
        slots = [] if slot_id is None else [slot_id]
        found = self._store.books.subscriptions_of(slot_ids=slots, device_ids=[device_id])
        return [one for one in found if one.ended_at is None or one.ended_at > now]

    def record(self, new: Sequence[NewChange], at: datetime) -> Consequences:
        """The changes, and the charges that they bring: what was due before is charged first, and
        is no consequence of theirs."""
        ids = {one.subscription_id for one in new}
        problems = self._charge(ids, at - _MOMENT)[1]
        kept = [one for one in self._store.books.record_changes(new) if one is not None]
        if not kept:
            return NOTHING
        until = max(at, *(one.known_at for one in kept))
        charges, further = self._charge(ids, until)
        return Consequences(charges, problems=tuple(dict.fromkeys((*problems, *further))))

    def charge(self, ids: Collection[int], at: datetime) -> None:
        """What is due of them up to then; what can't be charged is logged, and is charged by a
        billing run once it can be."""
        self._charge(ids, at)

    def with_unreturned(
        self, done: Consequences, ids: Collection[int], removed: datetime
    ) -> Consequences:
        """In a trial: what hardware that was `removed` then, and never comes back, will cost."""
        found: list[Charge] = []
        for one in self._store.books.subscriptions(ids):
            days = self._store.books.plan(one.plan_id).lease.return_days
            if days is not None:
                charged, _ = self._charge({one.id}, removed + timedelta(days=days + 2))
                found += [charge for charge in charged if charge.kind is FeeKind.UNRETURNED]
        return Consequences(done.charges, tuple(found), done.problems)

    def _charge(
        self, ids: Collection[int], until: datetime
    ) -> tuple[tuple[Charge, ...], tuple[str, ...]]:
        """Parked customers are passed over, as by a billing run: somebody has to look first."""
        found = self._store.books.held_subscriptions(ids)
        parked = self._store.books.parked_among({one.parties.customer_id for one in found})
        going = [one for one in found if one.parties.customer_id not in parked]
        done = self._charging.charge((one, until) for one in going)
        for one, result in zip(going, done, strict=True):
            for problem in result.problems:
                log.error("charge_missing", subscription=one.id, reason=problem)
        return (
            tuple(charge for one in done for charge in one.new),
            tuple(problem for one in done for problem in one.problems),
        )


def ended(subscriptions: Sequence[Subscription], at: datetime, cause: Cause) -> list[NewChange]:
    """An end that somebody has agreed on for later stays where it is."""
    return [
        NewChange(one.id, ChangeKind.END, at, at, cause)
        for one in subscriptions
        if one.ended_at is None
    ]
