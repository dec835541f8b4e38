"""Ends of subscriptions at any date, ends withdrawn, and the setup fee that was put off."""

from __future__ import annotations

from datetime import date, datetime

import structlog

from provd.billing.plan import FeeKind
from provd.billing.subscription import (
    PLAN_CHANGED,
    PLAN_LEFT,
    Cause,
    ChangeKind,
    SetupFee,
    Subscription,
    latest,
)
from provd.errors import InputError
from provd.operations.actor import Actor
from provd.operations.consequences import Consequences
from provd.operations.foreseeing import foreseen
from provd.operations.subjects import Found
from provd.operations.subscription_steps import SubscriptionSteps
from provd.store.books import NewChange

log = structlog.get_logger()


class Cancelling(SubscriptionSteps):
    """Each step has a quote of all that it will foreseeably cost or give back."""

    def quote_cancel(self, actor: Actor, subscription_id: int, day: date | None) -> Consequences:
        """What an end with the beginning of that day, or now, would cost and give back, all that
        is foreseeable, as far as the actor may see it. Raises as `cancel`."""
        one, found = self._held(actor, subscription_id)
        new = self._ending(one, found, self._at(found, day), self._cause(actor, "cancelled", ""))
        return foreseen(self._store, one, new).seen_by(actor)

    def cancel(
        self, actor: Actor, subscription_id: int, day: date | None = None, reason: str = ""
    ) -> Consequences:
        """Ends with the beginning of that day where the seller is, past or to come, or now; an end
        that was set before is replaced. Raises NotFoundError, InputError."""
        with self._store.transaction():
            one, found = self._held(actor, subscription_id)
            cause = self._cause(actor, "cancelled", reason)
            done = self._hook.record(
                self._ending(one, found, self._at(found, day), cause), self._clock()
            )
        log.info("cancelled", subscription=one.id, by=actor.name)
        return done.seen_by(actor)

    def quote_keep(self, actor: Actor, subscription_id: int) -> Consequences:
        """As `keep`, before it is done."""
        one, _ = self._held(actor, subscription_id)
        new = self._keeping(one, self._cause(actor, "kept", ""))
        return foreseen(self._store, one, new).seen_by(actor)

    def keep(self, actor: Actor, subscription_id: int, reason: str = "") -> Consequences:
        """Withdraws the end, whether it has come or not. Raises NotFoundError, InputError where
        there is none, or where another plan has taken its place."""
        with self._store.transaction():
            one, _ = self._held(actor, subscription_id)
            new = self._keeping(one, self._cause(actor, "kept", reason))
            done = self._hook.record(new, self._clock())
        log.info("kept", subscription=one.id, by=actor.name)
        return done.seen_by(actor)

    def quote_charge_setup(self, actor: Actor, subscription_id: int) -> Consequences:
        """As `charge_setup`, before it is done."""
        one, _ = self._held(actor, subscription_id)
        new = self._asking(one, self._cause(actor, "setup fee asked for", ""))
        return foreseen(self._store, one, new).seen_by(actor)

    def charge_setup(self, actor: Actor, subscription_id: int, reason: str = "") -> Consequences:
        """The setup fee that was put off, now. Raises NotFoundError, InputError where none is."""
        with self._store.transaction():
            one, _ = self._held(actor, subscription_id)
            new = self._asking(one, self._cause(actor, "setup fee asked for", reason))
            done = self._hook.record(new, self._clock())
        log.info("setup_asked", subscription=one.id, by=actor.name)
        return done.seen_by(actor)

    def _ending(
        self, one: Subscription, found: Found, at: datetime, cause: Cause
    ) -> list[NewChange]:
        """Leased hardware is to come back; which device it is, is known now."""
        now, plan = self._clock(), self._store.books.plan(one.plan_id)
        new = [NewChange(one.id, ChangeKind.END, at, now, cause)]
        leased = any(fee.kind is FeeKind.UNRETURNED for fee in plan.fees)
        if leased and one.start is not None and (found.device is not None or found.is_item):
            device_id = found.device.id if found.device else None
            new.append(NewChange(one.id, ChangeKind.DEVICE_REMOVED, at, now, cause, device_id))
        return new

    def _keeping(self, one: Subscription, cause: Cause) -> list[NewChange]:
        """The hardware that was to come back stays."""
        now = self._clock()
        end = latest(one.changes, ChangeKind.END)
        if end is None or end.effective_at is None:
            raise InputError(
                f"subscription {one.id} has no end that could be withdrawn", key="subscription"
            )
        if end.cause.kind in {PLAN_CHANGED, PLAN_LEFT}:
            raise InputError(
                f"another plan takes the place of subscription {one.id}",
                key="subscription",
                remedy="Change the plan of the other one",
            )
        event = end.cause.event_id
        return [
            NewChange(one.id, ChangeKind.END, None, now, cause),
            *(
                NewChange(
                    one.id,
                    ChangeKind.DEVICE_RETURNED,
                    change.effective_at,
                    now,
                    cause,
                    change.device_id,
                )
                for change in one.changes
                if change.kind is ChangeKind.DEVICE_REMOVED and change.cause.event_id == event
            ),
        ]

    def _asking(self, one: Subscription, cause: Cause) -> list[NewChange]:
        asked = any(change.kind is ChangeKind.CHARGE_SETUP for change in one.changes)
        if one.setup is not SetupFee.LATER or asked or one.start is None:
            raise InputError(
                f"subscription {one.id} has no setup fee that waits", key="subscription"
            )
        now = self._clock()
        return [NewChange(one.id, ChangeKind.CHARGE_SETUP, now, now, cause)]
