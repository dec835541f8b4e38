"""What a payment request is for: found, costed, and run once it is paid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice

from provd.billing.charge import Charge
from provd.billing.plan import Plan
from provd.billing.prepaid import (
    PAID_UNTIL,
    boundaries,
    end_with,
    first_ends,
    paid_end,
    renewal_costs,
    retail_till,
)
from provd.billing.prices import PriceList
from provd.billing.request import PaymentRequest, Renewal, Start
from provd.billing.subscription import Cause, ChangeKind, Subject, Subscription
from provd.errors import ConflictError, InputError
from provd.operations.actor import Actor
from provd.operations.as_known import as_known
from provd.operations.prepaid import PaidStart, net_of, paid_by
from provd.operations.subjects import Found
from provd.operations.subscribing import Order, Subscribing
from provd.store.books import NewChange


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: for whom, what it is charged as, and from which day until before which.
    `waits`: it starts with its device, so that the days are those of a start today. `periods` is
    how many the payment may reach at most."""

    found: Found
    what: Start | Renewal
    charges: tuple[Charge, ...]
    first: date
    until: date
    periods: int
    waits: bool = False


class PaidSubscriptions(Subscribing):
    """Everything here is done within the caller's transaction, or does nothing."""

    def customer_of(self, actor: Actor, subject: Subject) -> int:
        """Who pays for it. Raises NotFoundError."""
        return self._subjects.found(actor, subject).customer.id

    def asked_start(self, actor: Actor, what: Start, pay_by: date, count: int) -> Asked:
        """A start that is paid by then, for `count` periods. Raises as `Subscribing.add`."""
        order = _order(what)
        found, plan = self._checked(actor, order)
        found.must_be_there()
        at = self._starts_at(order, found, plan)
        begins = at or self._clock()
        self._quoted(actor, plan, found, begins, what.setup)
        begun = PaidStart(self._store, plan, found.parties, begins, what.setup)
        ends = first_ends(begun.till, pay_by, count, moves=what.starts is None)
        charges = tuple(begun.charges(ends[-1]))
        first = begun.till.first_day
        return Asked(found, what, charges, first, ends[-1], len(ends), waits=at is None)

    def asked_renewal(self, actor: Actor, subscription_id: int, count: int) -> Asked:
        """The next `count` periods of a subscription that is renewed by payment. Raises
        NotFoundError, InputError where it is none, or what it is for is gone."""
        one, found = self._held(actor, subscription_id)
        ends_at = self._renewable(one, found)
        plan, prices = self._priced(one.plan_id)
        till = retail_till(plan, prices, one)
        first = till.day(ends_at)
        until = next(islice(boundaries(till, first), count - 1, None))
        what = Renewal(one.id, ends_at, until)
        end = as_known(one, self._moved(one, until, self._cause(actor, PAID_UNTIL, "")))
        return Asked(found, what, tuple(renewal_costs(plan, prices, one, end)), first, until, count)

    def run(self, actor: Actor, request: PaymentRequest) -> Subscription:
        """What was asked for, now that it is paid. Raises NotFoundError, InputError where it can't
        be had any more, or costs more by now."""
        if isinstance(request.what, Renewal):
            return self._renewed(actor, request, request.what)
        if isinstance(request.what, Start):
            return self._started(actor, request, request.what)
        raise InputError(f"by payment request {request.id} nothing runs", key="request")

    def make_paid(self, actor: Actor, subscription_id: int) -> Subscription:
        """From now on it is renewed by payment: it ends with the period that runs, unless the next
        one is paid. Raises NotFoundError, InputError."""
        with self._store.transaction():
            one, _ = self._held(actor, subscription_id)
            _check_runs_on(one)
            plan, prices = self._priced(one.plan_id)
            till = retail_till(plan, prices, one)
            today = max(till.day(self._clock()), till.first_day)
            until = next(boundaries(till, today))
            cause = self._cause(actor, PAID_UNTIL, "renewed by payment from now on")
            self._hook.record([self._moved(one, until, cause)], self._clock())
        return self._store.books.subscription(subscription_id)

    def _started(self, actor: Actor, request: PaymentRequest, what: Start) -> Subscription:
        order = _order(what)
        found, plan = self._checked(actor, order)
        found.must_be_there()
        self._alone(found, plan)
        at = self._starts_at(order, found, plan)
        self._quoted(actor, plan, found, at or self._clock(), what.setup)
        made = self._store.books.create_subscription(
            plan_id=plan.id,
            subject=self._subject(found, plan),
            parties=found.parties,
            setup=what.setup,
        )
        if at is not None:
            begun = PaidStart(self._store, plan, found.parties, at, what.setup)
            until = begun.reached(request)
            if until is None:
                raise _dearer(request, str(begun.costs(begun.first_end)))
            cause = self._cause(actor, "subscribed", paid_by(request))
            paid = replace(cause, kind=PAID_UNTIL)
            self._begin(made, at, cause, [self._moved(made, until, paid)])
        return self._store.books.subscription(made.id)

    def _renewed(self, actor: Actor, request: PaymentRequest, what: Renewal) -> Subscription:
        self._store.books.held_subscriptions([what.subscription_id])
        one, found = self._held(actor, what.subscription_id)
        if self._renewable(one, found) != what.ends_at:
            raise ConflictError(
                f"subscription {one.id} was renewed otherwise meanwhile",
                key="request",
                remedy="Withdraw the request, and ask anew",
            )
        plan, prices = self._priced(one.plan_id)
        cause = self._cause(actor, PAID_UNTIL, paid_by(request))
        new = self._moved(one, what.until, cause)
        costs = net_of(renewal_costs(plan, prices, one, as_known(one, new)), plan.currency)
        if (request.paper.net - costs).amount < 0:
            raise _dearer(request, str(costs))
        self._hook.record([new], self._clock())
        return self._store.books.subscription(one.id)

    def _moved(self, one: Subscription, until: date, cause: Cause) -> NewChange:
        at = end_with(one.parties, until)
        return NewChange(one.id, ChangeKind.END, at, self._clock(), cause)

    def _renewable(self, one: Subscription, found: Found) -> datetime:
        """When it ends unless it is renewed."""
        ends_at = paid_end(one)
        if ends_at is None:
            raise InputError(
                f"subscription {one.id} is not renewed by payment",
                key="subscription",
                remedy=f"Let it be: provd subscription prepaid {one.id}",
            )
        found.customer.must_be_open()
        if found.parties.customer_id != one.parties.customer_id:
            raise InputError(f"{found.name} is another customer's by now", key="subscription")
        found.must_be_there()
        return ends_at

    def _priced(self, plan_id: int) -> tuple[Plan, PriceList]:
        return self._store.books.plan(plan_id), self._store.books.price_list(plan_id)


def _order(what: Start) -> Order:
    return Order(what.plan_id, what.subject, what.starts, what.setup)


def _check_runs_on(one: Subscription) -> None:
    if paid_end(one) is not None:
        raise ConflictError(f"subscription {one.id} is renewed by payment already")
    if one.started_at is None or one.ended_at is not None:
        raise InputError(
            f"subscription {one.id} has not started, or has an end",
            key="subscription",
            remedy="Withdraw its end first: provd subscription keep",
        )


def _dearer(request: PaymentRequest, costs: str) -> ConflictError:
    return ConflictError(
        f"it costs {costs} before tax by now, more than the {request.paper.net} asked for",
        key="request",
        remedy="Withdraw the request, and ask anew; what has been paid can be entered on its own",
    )
