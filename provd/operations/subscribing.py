"""Subscribing customers, devices and slots to plans, with a quote beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import structlog

from provd.billing.plan import Plan, StartsOn, SubjectKind
from provd.billing.quote import Quote
from provd.billing.subscription import SetupFee, Subject, Subscription
from provd.operations.actor import Actor
from provd.operations.cancelling import Cancelling
from provd.operations.changing_plans import ChangingPlans
from provd.operations.plan_rights import SELLERS
from provd.operations.subjects import BOOTED, SHIPPED, Found

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be subscribed to. `starts` None: when the plan says, or at once where that has
    come already; else with that day where the seller is, which may be past or to come."""

    plan_id: int
    subject: Subject
    starts: date | None = None
    setup: SetupFee = SetupFee.NOW
    reason: str = ""


class Subscribing(Cancelling, ChangingPlans):
    """All that may be done with a subscription by hand."""

    def quote(self, actor: Actor, order: Order) -> Quote:
        """What it will cost, were it to start as ordered, or now. Raises as `add`."""
        found, plan = self._checked(actor, order)
        at = self._starts_at(order, found, plan)
        return self._quoted(actor, plan, found, at or self._clock(), order.setup, waits=at is None)

    def add(self, actor: Actor, order: Order) -> Subscription:
        """Started, or waiting for what starts it. Raises NotFoundError outside of the actor's
        scope, InputError for a plan that can't be had there, or whose prices are missing."""
        with self._store.transaction():
            found, plan = self._checked(actor, order)
            self._alone(found, plan)
            at = self._starts_at(order, found, plan)
            self._quoted(actor, plan, found, at or self._clock(), order.setup)
            made = self._store.books.create_subscription(
                plan_id=plan.id,
                subject=self._subject(found, plan),
                parties=found.parties,
                setup=order.setup,
            )
            if at is not None:
                cause = self._cause(actor, "subscribed", order.reason)
                self._begin(made, at, cause)
        log.info("subscribed", subscription=made.id, plan=plan.id, by=actor.name)
        return self._store.books.subscription(made.id)

    def _checked(self, actor: Actor, order: Order) -> tuple[Found, Plan]:
        actor.must_be(*SELLERS)
        found = self._subjects.found(actor, order.subject)
        found.customer.must_be_open()
        plan = self._plan(order.plan_id, found, order.starts)
        placed = self._in_its_place(actor, found, plan)
        self._check_fits(placed, plan)
        return placed, plan

    def _starts_at(self, order: Order, found: Found, plan: Plan) -> datetime | None:
        """None while it waits for its device."""
        if order.starts is not None:
            return self._at(found, order.starts)
        return self._clock() if _has_come(plan.starts_on, found) else None


def _has_come(starts_on: StartsOn, found: Found) -> bool:
    """Whether what starts the plan has happened already."""
    if found.subject.kind is SubjectKind.CUSTOMER or found.is_item:
        return True
    if found.device is None:
        return False
    states = {StartsOn.BOOTED: BOOTED, StartsOn.SHIPPED: SHIPPED}.get(starts_on)
    return states is None or found.device.state in states
