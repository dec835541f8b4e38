"""Leases: bought out, and of what is no phone also replaced, taken back and ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import structlog

from provd.billing.subscription import ChangeKind, ItemKind, Slot, Subscription
from provd.devices.text import one_line
from provd.errors import InputError
from provd.operations.actor import Actor
from provd.operations.consequences import Consequences
from provd.operations.lease_finding import begins
from provd.operations.lease_views import LeaseRow
from provd.operations.leased_items import LeasedItems, LeaseDone, serial_number
from provd.operations.taken import Taken
from provd.provisioning.journal import new_id
from provd.store.books import NewChange

log = structlog.get_logger()


class Leases(LeasedItems):
    """Each step is one transaction; one that was taken already changes nothing. Its quote is the
    same step, taken back."""

    def replace_item(
        self, actor: Actor, which: str, *, serial: str, model: str, returned: bool, reason: str
    ) -> LeaseDone:
        """Another thing of its kind in the same slot, with no second setup fee. Unless the old one
        is `returned` already, it is due back by the rules of the lease. An empty `model`: the same.
        """
        taken = self._taken(actor, reason)
        with self._store.transaction():
            return self._replace(actor, which, serial_number(serial), model, returned, taken)

    def quote_replace(
        self, actor: Actor, which: str, *, serial: str, model: str, returned: bool
    ) -> LeaseDone:
        """What it would cost, and what hardware costs that never comes back."""
        taken = self._taken(actor, "")

        def step() -> LeaseDone:
            done = self._replace(actor, which, serial_number(serial), model, returned, taken)
            return self._with_unreturned(actor, done, taken.at)

        return self._hook.tried(step)

    def take_back(self, actor: Actor, which: str, reason: str = "") -> LeaseDone:
        """What is awaited has come back; where nothing is, the thing that is there has, and with
        it the lease ends by its rules."""
        taken = self._taken(actor, reason)
        with self._store.transaction():
            return self._take_back(actor, which, taken)

    def quote_take_back(self, actor: Actor, which: str) -> LeaseDone:
        taken = self._taken(actor, "")
        return self._hook.tried(lambda: self._take_back(actor, which, taken))

    def end(self, actor: Actor, which: str, on: date | None = None, reason: str = "") -> LeaseDone:
        """From that day on (None: from now) nothing is paid for it any more, and the thing is due
        back. What its early end costs is charged when it comes."""
        taken = self._taken(actor, reason)
        with self._store.transaction():
            return self._end(actor, which, on, taken)

    def quote_end(self, actor: Actor, which: str, on: date | None = None) -> LeaseDone:
        taken = self._taken(actor, "")

        def step() -> LeaseDone:
            done = self._end(actor, which, on, taken)
            ends = done.lease.subscription.ended_at or taken.at
            return self._with_unreturned(actor, done, max(ends, taken.at))

        return self._hook.tried(step)

    def buy_out(self, actor: Actor, which: str, reason: str = "") -> LeaseDone:
        """The customer keeps the hardware: the lease fee ends, nothing is due back, and an early
        end costs nothing any more. Other fees go on. For phones as well."""
        taken = self._taken(actor, reason)
        with self._store.transaction():
            return self._buy_out(actor, which, taken)

    def quote_buy_out(self, actor: Actor, which: str) -> LeaseDone:
        taken = self._taken(actor, "")
        return self._hook.tried(lambda: self._buy_out(actor, which, taken))

    def _replace(
        self, actor: Actor, which: str, serial: str, model: str, returned: bool, taken: Taken
    ) -> LeaseDone:
        row = self._item(actor, which)
        slot = row.slot.slot
        if slot.serial.casefold() == serial.casefold():
            return LeaseDone(row, changed=False)
        new = Slot(
            slot.id, slot.site_id, slot.name, None, slot.item,
            one_line(model, "model") or slot.model, serial,
        )  # fmt: skip
        self._check_new(actor, new)
        kinds = [ChangeKind.DEVICE_REMOVED] + [ChangeKind.DEVICE_RETURNED] * returned
        costs = self._record(row, kinds, taken.at, taken, "replaced")
        self._store.books.refill_slot(slot.id, model=new.model, serial=new.serial)
        return self._done(actor, row, costs)

    def _take_back(self, actor: Actor, which: str, taken: Taken) -> LeaseDone:
        row = self._held(actor, which)
        if row.slot.slot.item is ItemKind.PHONE:
            raise InputError(
                f"{row.number} is a phone's", key="which",
                remedy="Take the phone back: provd device return MAC",
            )  # fmt: skip
        if row.due_back:
            costs = self._record(row, [ChangeKind.DEVICE_RETURNED], taken.at, taken, "returned")
            return self._done(actor, row, costs)
        if row.bought or (row.until is not None and row.until <= self._today(row, taken.at)):
            return LeaseDone(row, changed=False)
        cause_kinds = [ChangeKind.END, ChangeKind.DEVICE_REMOVED, ChangeKind.DEVICE_RETURNED]
        return self._done(actor, row, self._record(row, cause_kinds, taken.at, taken, "returned"))

    def _end(self, actor: Actor, which: str, on: date | None, taken: Taken) -> LeaseDone:
        row = self._item(actor, which)
        if row.until is not None:
            return LeaseDone(row, changed=False)
        at = taken.at if on is None else begins(on, row.subscription.parties)
        started = row.subscription.started_at
        if started is not None and at < started:
            raise InputError(f"it has been leased since {row.since}", key="on")
        kinds = [ChangeKind.END, ChangeKind.DEVICE_REMOVED]
        return self._done(actor, row, self._record(row, kinds, at, taken, "ended"))

    def _buy_out(self, actor: Actor, which: str, taken: Taken) -> LeaseDone:
        row = self._held(actor, which)
        if row.bought:
            return LeaseDone(row, changed=False)
        if not row.buy_out:
            raise InputError(
                f"plan “{row.plan.name}” has no buy-out price", key="which",
                remedy="Enter one, or end the lease and charge by hand",
            )  # fmt: skip
        if row.until is not None and row.until <= self._today(row, taken.at):
            raise InputError(f"{row.number} has ended on {row.until}", key="which")
        costs = self._record(row, [ChangeKind.BUY_OUT], taken.at, taken, "bought")
        return self._done(actor, row, costs)

    def _record(
        self, row: LeaseRow, kinds: Sequence[ChangeKind], at: datetime, taken: Taken, why: str
    ) -> Consequences:
        """An end is that of all that is paid for the slot; hardware is the lease's."""
        cause, now = taken.cause(new_id(), why), taken.at
        changes = []
        for kind in kinds:
            concerned: Sequence[Subscription] = [row.subscription]
            if kind is ChangeKind.END:
                found = self._store.books.subscriptions_of(slot_ids=[row.slot.slot.id])
                concerned = [one for one in found if one.ended_at is None]
            changes += [NewChange(one.id, kind, at, now, cause) for one in concerned]
        return self._hook.record(changes, now)

    def _done(self, actor: Actor, row: LeaseRow, costs: Consequences) -> LeaseDone:
        number = row.number
        self._store.after_commit(lambda: log.info("lease_step", by=actor.name, lease=number))
        return LeaseDone(self._named(actor, row.number), consequences=costs.seen_by(actor))

    def _with_unreturned(self, actor: Actor, done: LeaseDone, removed: datetime) -> LeaseDone:
        ids = [done.lease.subscription.id]
        costs = self._hook.with_unreturned(done.consequences, ids, removed)
        return LeaseDone(done.lease, done.changed, costs.seen_by(actor))

    def _item(self, actor: Actor, which: str) -> LeaseRow:
        """One that runs, of what is no phone; held."""
        row = self._held(actor, which)
        if row.slot.slot.item is ItemKind.PHONE:
            raise InputError(
                f"{row.number} is a phone's", key="which",
                remedy="Use provd device replace, return or retire",
            )  # fmt: skip
        if row.bought:
            raise InputError(f"{row.what} was bought", key="which")
        return row
