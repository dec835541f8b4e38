"""Leases, found and listed by whoever may see them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from provd.billing.days import start_of_day, zone_named
from provd.billing.plan import Side
from provd.billing.subscription import Parties
from provd.devices.account import Role
from provd.devices.mac import Mac
from provd.devices.text import one_line
from provd.errors import InputError, MacError, NotFoundError
from provd.operations.actor import Actor
from provd.operations.consequences import Hook
from provd.operations.device_steps import LONGEST_REASON
from provd.operations.lease_views import LeaseRow, lease_fee, lease_row
from provd.operations.suspension import Suspension
from provd.operations.taken import Taken
from provd.store import Store
from provd.store.books.leaseholds import PlacedSlot

MANAGERS = (Role.ADMIN, Role.RESELLER)
_TOGETHER = 500
"""Slots for each query."""


class LeaseFinding:
    """`which` is a lease's number (#12), its serial number or name, or the MAC of the phone in it.
    What lies outside of the actor's scope does not exist."""

    def __init__(self, store: Store, hook: Hook, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._hook = hook
        self._suspension = Suspension(store)
        self._clock = clock

    def listed(self, actor: Actor, search: str = "", *, ended: bool = False) -> list[LeaseRow]:
        """By customer, site and slot; `search` finds parts of what stands there. Those that have
        ended, and whose hardware is back, only with `ended`."""
        actor.must_be(Role.ADMIN, Role.RESELLER, Role.CUSTOMER)
        wanted, today = search.strip().casefold(), self._clock().date()
        found = [
            row
            for row in self._rows(actor, self._store.books.placed_slots(actor.scope))
            if wanted in _searched(row)
        ]
        return found if ended else [row for row in found if row.open(today)]

    def lease(self, actor: Actor, which: str) -> LeaseRow:
        """The latest of its slot. Raises NotFoundError, InputError where several are meant."""
        actor.must_be(Role.ADMIN, Role.RESELLER, Role.CUSTOMER)
        return self._named(actor, which)

    def _held(self, actor: Actor, which: str) -> LeaseRow:
        found = self._named(actor, which)
        self._store.books.hold_slot(found.slot.slot.id)
        return self._named(actor, found.number)

    def _named(self, actor: Actor, which: str) -> LeaseRow:
        wanted = which.strip()
        slots: list[PlacedSlot] = []
        if wanted.startswith("#") and wanted[1:].isdecimal():
            slots = [self._store.books.placed_slot(int(wanted[1:]), actor.scope)]
        elif wanted:
            slots = self._store.books.placed_slots(actor.scope, called=_called(wanted))
        rows = self._rows(actor, slots)
        latest = {row.slot.slot.id: row for row in rows}
        if not latest:
            raise NotFoundError(f"there is no lease “{wanted[:60]}”", key="which")
        if len(latest) > 1:
            known = ", ".join(f"{row.number} {row.what}" for row in latest.values())
            raise InputError(
                f"there are several leases “{wanted[:60]}”", key="which",
                remedy=f"There are: {known}",
            )  # fmt: skip
        return next(iter(latest.values()))

    def _rows(self, actor: Actor, slots: Sequence[PlacedSlot]) -> list[LeaseRow]:
        """In the order of the slots, those of one slot by age."""
        rows: list[LeaseRow] = []
        for start in range(0, len(slots), _TOGETHER):
            rows += self._some_rows(actor, slots[start : start + _TOGETHER])
        return rows

    def _some_rows(self, actor: Actor, slots: Sequence[PlacedSlot]) -> list[LeaseRow]:
        books, now = self._store.books, self._clock()
        placed = {one.slot.id: one for one in slots}
        found = books.subscriptions_of(slot_ids=placed)
        tariffs = books.tariffs({one.plan_id for one in found})
        rows = [
            lease_row(placed[one.subject.id], one, tariffs[one.plan_id], now, sides_of(actor))
            for one in found
            if lease_fee(tariffs[one.plan_id].plan) is not None
        ]
        order = {slot_id: at for at, slot_id in enumerate(placed)}
        return sorted(rows, key=lambda row: (order[row.slot.slot.id], row.subscription.id))

    def _today(self, row: LeaseRow, now: datetime) -> date:
        return now.astimezone(zone_named(row.subscription.parties.reseller_zone)).date()

    def _taken(self, actor: Actor, reason: str) -> Taken:
        actor.must_be(*MANAGERS)
        return Taken(actor, one_line(reason, "reason", longest=LONGEST_REASON), self._clock())


def begins(day: date, parties: Parties) -> datetime:
    """That day where the seller is."""
    return start_of_day(day, zone_named(parties.reseller_zone))


def sides_of(actor: Actor) -> list[Side]:
    """Whose prices the actor may see."""
    if not actor.sees_prices:
        return []
    return list(Side) if actor.sees_wholesale else [Side.RETAIL]


def _called(text: str) -> str:
    """A MAC in any notation is its digits."""
    try:
        return Mac.parse(text).digits
    except MacError:
        return text


def _searched(row: LeaseRow) -> str:
    slot = row.slot
    texts = (slot.customer, slot.site, slot.slot.name, row.what, row.number, row.plan.name)
    return "\n".join(texts).casefold()
