"""Confirming that a payment request is paid: the payment is booked, and what was asked for runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import structlog

from provd.billing.charge import Charge
from provd.billing.days import local_date, zone_named
from provd.billing.money import Money
from provd.billing.request import Advance, PaymentRequest, RequestEvent, RequestFact, Start
from provd.billing.settlement import Settlement
from provd.billing.subscription import Subscription
from provd.errors import ConflictError, InputError
from provd.operations.actor import Actor
from provd.operations.debtors import Debtor
from provd.operations.payments import PaymentForm
from provd.operations.request_steps import RequestSteps

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ConfirmForm:
    """What came. `amount` None: all that is left to pay. `received_on` None: today. `key` names
    this payment: the same again changes nothing. `late`: an expired request runs all the same."""

    method: str
    amount: Money | None = None
    received_on: date | None = None
    note: str = ""
    key: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a confirmation did. `payment` is None, and `new` False, where nothing was left to do.
    `subscription` is what ran, None while something is left to pay and where nothing is to run;
    `charges` are what it was charged at once. `before` and `after` are what the debtor owes in its
    own currency."""

    request: PaymentRequest
    new: bool
    payment: Settlement | None = None
    subscription: Subscription | None = None
    charges: tuple[Charge, ...] = ()
    before: Money | None = None
    after: Money | None = None


class Confirming(RequestSteps):
    """In one transaction: what can't run leaves no payment behind."""

    def confirm(self, actor: Actor, number: int, form: ConfirmForm) -> Confirmed:
        """Books what came. Where that is all, what was asked for runs; what came beyond it is the
        debtor's credit. Where it is less, the request stays open for the rest.

        Raises NotFoundError; ConflictError where the key names another payment, where it was
        withdrawn, where what was asked for can't be had any more or costs more by now; InputError
        where it has expired. Then nothing is booked.
        """
        _, debtor = self._kept(actor, number)
        with self._store.transaction():
            # Whoever else confirms it, or withdraws it, waits here, and then finds it done.
            self._store.books.hold_to_post(debtor.account.id)
            request = self._store.books.request(number)
            done = self._done_already(request, form)
            if done is not None:
                return done
            self._check_open(request, self._desk.drafting.today(debtor), late=form.late)
            before = self._owed(debtor)
            payment = self._pay(actor, request, form)
            confirmed = self._run(actor, self._store.books.request(number))
            return replace(confirmed, payment=payment, before=before, after=self._owed(debtor))

    def today(self, request: PaymentRequest) -> date:
        """Where its issuer is."""
        issuer = self._store.accounts.get(request.issuer_id)
        return local_date(self._clock(), zone_named(issuer.time_zone))

    def preview(self, actor: Actor, number: int, form: ConfirmForm) -> Confirmed:
        """What `confirm` would do. Raises what it would raise."""
        return self._desk.hook.tried(lambda: self.confirm(actor, number, form))

    def _done_already(self, request: PaymentRequest, form: ConfirmForm) -> Confirmed | None:
        """Where the payment is known, or all is done."""
        key = _payment_key(request, form)
        known = self._store.books.settlement(f"payment:{request.issuer_id}:{key}")
        if known is not None:
            return self._known(request, form, known)
        if not request.is_paid:
            return None
        if form.key:
            raise ConflictError(
                f"payment request {request.id} is paid already",
                key="request",
                remedy="What came beyond it is entered by itself: provd account pay",
            )
        return Confirmed(request, new=False, subscription=self._ran(request))

    def _known(self, request: PaymentRequest, form: ConfirmForm, known: Settlement) -> Confirmed:
        if form.amount is not None and form.amount != known.amount:
            raise ConflictError(
                f"the key “{form.key[:40]}” names another payment: {known.amount}",
                key="key",
                remedy="Choose another key",
            )
        return Confirmed(request, new=False, payment=known, subscription=self._ran(request))

    def _ran(self, request: PaymentRequest) -> Subscription | None:
        id_ = request.ran.subscription_id if request.ran else None
        return self._store.books.subscription(id_) if id_ is not None else None

    def _pay(self, actor: Actor, request: PaymentRequest, form: ConfirmForm) -> Settlement:
        entered = PaymentForm(
            amount=form.amount or request.rest,
            method=form.method,
            reference=request.reference,
            received_on=form.received_on,
            note=form.note,
            key=_payment_key(request, form),
        )
        if entered.amount.currency != request.paper.currency:
            raise InputError(
                f"it is to be paid in {request.paper.currency}, not in {entered.amount.currency}",
                key="amount",
            )
        paid = self._desk.payments.pay_request(actor, request.debtor_id, entered).settlement
        self._store.books.add_request_event(
            request.id,
            RequestEvent(
                RequestFact.PAYMENT,
                self._clock(),
                actor.name,
                transaction_id=paid.transaction_id,
                amount=paid.amount,
            ),
        )
        return paid

    def _run(self, actor: Actor, request: PaymentRequest) -> Confirmed:
        if request.rest.amount > 0:
            return Confirmed(request, new=True)
        self._store.books.drop_request_mails(request.id)
        if isinstance(request.what, Advance):
            return Confirmed(request, new=True)
        now = self._clock()
        one = self._desk.paid.run(actor, request)
        event = RequestEvent(RequestFact.RAN, now, actor.name, subscription_id=one.id)
        self._store.books.add_request_event(request.id, event)
        self._store.after_commit(
            lambda: log.info("request_ran", request=request.id, subscription=one.id, by=actor.name)
        )
        # Of a renewal, what was due before was charged before.
        since = None if isinstance(request.what, Start) else now
        charges = self._store.books.charges(subscription_id=one.id, since=since)
        shown = tuple(charge for charge in charges if charge.debtor_id == request.debtor_id)
        return Confirmed(self._store.books.request(request.id), True, None, one, shown)

    def _owed(self, debtor: Debtor) -> Money:
        return self._store.books.credit_standing(debtor.account.id).owed


def _payment_key(request: PaymentRequest, form: ConfirmForm) -> str:
    """Without one of its own, each payment of a request is another."""
    count = sum(one.fact is RequestFact.PAYMENT for one in request.events)
    return f"request-{request.id}:{form.key or f'no-{count + 1}'}"
