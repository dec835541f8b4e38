"""Changing a subscription's plan: one ends, and another begins at the same instant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

import structlog

from provd.billing.plan import NO_LEASE_TERMS, FeeKind, LeaseTerms, Plan, Side
from provd.billing.quote import Quote
from provd.billing.subscription import (
    PLAN_CHANGED,
    PLAN_LEFT,
    Cause,
    ChangeKind,
    SetupFee,
    Subscription,
)
from provd.billing.till import till_of
from provd.errors import InputError
from provd.operations.actor import Actor
from provd.operations.consequences import Consequences
from provd.operations.foreseeing import foreseen
from provd.operations.subjects import Found
from provd.operations.subscription_steps import SubscriptionSteps
from provd.store.books import NewChange

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PlanChange:
    """What another plan would bring: what the end of the old one costs or gives back, and the new
    one's quote."""

    end: Consequences
    new: Quote


class ChangingPlans(SubscriptionSteps):
    """The new subscription is for the same subject."""

    def quote_change(
        self,
        actor: Actor,
        subscription_id: int,
        plan_id: int,
        day: date | None = None,
        setup: SetupFee = SetupFee.WAIVED,
    ) -> PlanChange:
        """As `change_plan`, before it is done."""
        one, found = self._held(actor, subscription_id)
        plan, at = self._other_plan(one, found, plan_id, day, setup)
        end = self._replacing(one, plan, at, self._cause(actor, PLAN_CHANGED, ""))
        new = self._quoted(actor, plan, found, at, setup, self._term_from(one))
        return PlanChange(foreseen(self._store, one, [end]).seen_by(actor), new)

    def change_plan(
        self,
        actor: Actor,
        subscription_id: int,
        plan_id: int,
        day: date | None = None,
        setup: SetupFee = SetupFee.WAIVED,
        reason: str = "",
    ) -> Subscription:
        """The one ends, and another begins at the same instant, for the same subject; returns that
        one. It has no trial, no setup fee unless it is asked for, and the minimum term of its lease
        counts from where the first one's did. Raises NotFoundError, InputError."""
        with self._store.transaction():
            one, found = self._held(actor, subscription_id)
            plan, at = self._other_plan(one, found, plan_id, day, setup)
            # In the order in which a billing run holds them: first the subscription.
            self._store.books.held_subscriptions([one.id])
            self._alone(found, plan)
            term_from = self._term_from(one)
            self._quoted(actor, plan, found, at, setup, term_from)
            cause = self._cause(actor, PLAN_CHANGED, reason)
            self._hook.record([self._replacing(one, plan, at, cause)], self._clock())
            made = self._store.books.create_subscription(
                plan_id=plan.id,
                subject=one.subject,
                parties=found.parties,
                setup=setup,
                term_from=term_from,
            )
            self._begin(made, at, cause)
        log.info("plan_changed", subscription=one.id, now=made.id, by=actor.name)
        return self._store.books.subscription(made.id)

    def _other_plan(
        self, one: Subscription, found: Found, plan_id: int, day: date | None, setup: SetupFee
    ) -> tuple[Plan, datetime]:
        if one.start is None or one.started_at is None:
            raise InputError(
                f"subscription {one.id} has not started",
                key="subscription",
                remedy="Cancel it and subscribe to the other plan",
            )
        if plan_id == one.plan_id:
            raise InputError("it is on that plan already", key="plan")
        if setup is SetupFee.LATER:
            raise InputError("with another plan it is charged now or never", key="setup")
        plan, at = self._plan(plan_id, found, day), self._at(found, day)
        if at <= one.started_at or (one.ended_at is not None and one.ended_at <= at):
            raise InputError(f"it does not run on {at:%Y-%m-%d}", key="day")
        self._check_fits(found, plan)
        return plan, at

    def _replacing(self, one: Subscription, plan: Plan, at: datetime, cause: Cause) -> NewChange:
        """Where the new plan binds less, the old lease ends early after all: else a change, and
        then an end, would be a way out of it."""
        if not _binds_as_much(plan, self._store.books.plan(one.plan_id)):
            cause = replace(cause, kind=PLAN_LEFT)
        return NewChange(one.id, ChangeKind.END, at, self._clock(), cause)

    def _term_from(self, one: Subscription) -> date:
        plan = self._store.books.plan(one.plan_id)
        till = till_of(plan, self._store.books.price_list(plan.id), one, Side.RETAIL)
        assert till is not None  # noqa: S101  it has started
        return one.term_from or till.first_day


def _binds_as_much(new: Plan, old: Plan) -> bool:
    """As long, and as dearly."""
    months, percent = (_bound(old).minimum_months, _bound(old).termination_percent)
    bound = _bound(new)
    free = months == 0 or percent == 0
    return free or (bound.minimum_months >= months and bound.termination_percent >= percent)


def _bound(plan: Plan) -> LeaseTerms:
    leases = any(fee.kind is FeeKind.LEASE and fee.recurring for fee in plan.fees)
    return plan.lease if leases else NO_LEASE_TERMS
