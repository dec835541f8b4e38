"""Payment requests: asking a customer to pay before something runs.

A request books nothing. Confirming it books the payment and runs what was asked for.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

import structlog

from provd.billing.money import Money
from provd.billing.request import (
    Advance,
    PaymentRequest,
    Renewal,
    RequestEvent,
    RequestFact,
    RequestState,
    Start,
    What,
)
from provd.devices.text import one_line
from provd.errors import ConflictError, InputError
from provd.operations.actor import Actor
from provd.operations.request_confirming import Confirming
from provd.operations.request_drafting import AskForm
from provd.store.books import WantedRequests

log = structlog.get_logger()

_LONGEST_REASON = 200
_USUAL = AskForm()


class PaymentRequests(Confirming):
    """Its issuer asks, sends, confirms and withdraws."""

    def quote(self, actor: Actor, what: Start | int, form: AskForm = _USUAL) -> PaymentRequest:
        """What would be asked: for a start, or for the renewal of a subscription by its number.
        Raises NotFoundError, InputError."""
        if isinstance(what, Start):
            return self._desk.drafting.start(actor, what, form)
        return self._desk.drafting.renewal(actor, what, form)

    def ask(self, actor: Actor, what: Start | int, form: AskForm = _USUAL) -> PaymentRequest:
        """Kept. Where the form's key is known, what was asked then. Raises as `quote`, and
        ConflictError where the same is asked for already and still open."""
        return self._asked(actor, self.quote(actor, what, form), form)

    def quote_advance(
        self, actor: Actor, account_id: int, what: Advance, amount: Money, form: AskForm = _USUAL
    ) -> PaymentRequest:
        """Money in advance, by which nothing runs, of a customer or of a reseller. As `quote`."""
        return self._desk.drafting.advance(actor, account_id, what, amount, form)

    def ask_advance(
        self, actor: Actor, account_id: int, what: Advance, amount: Money, form: AskForm = _USUAL
    ) -> PaymentRequest:
        """As `ask`."""
        drafted = self.quote_advance(actor, account_id, what, amount, form)
        return self._asked(actor, drafted, form)

    def _asked(self, actor: Actor, drafted: PaymentRequest, form: AskForm) -> PaymentRequest:
        with self._store.transaction():
            self._store.books.hold_to_post(drafted.debtor_id)
            self._store.accounts.hold_open([drafted.debtor_id])
            known = self._store.books.request_keyed(form.key) if form.key else None
            if known is not None:
                return _same(known, drafted)
            self._check_not_asked(drafted)
            id_ = self._keep(drafted)
            self._store.after_commit(lambda: log.info("asked", request=id_, by=actor.name))
        return self._store.books.request(id_)

    def send(self, actor: Actor, number: int, recipient: str = "") -> str:
        """Queues its mail, to the debtor's address unless another is given, and returns that.
        Raises InputError where there is none, or nothing is left to pay."""
        request, debtor = self._kept(actor, number)
        self._check_open(request, self._desk.drafting.today(debtor), late=True)
        return self._desk.mails.queue_request(actor, request, recipient)

    def withdraw(self, actor: Actor, number: int, reason: str) -> PaymentRequest:
        """What has been paid of it stays the debtor's credit. Raises NotFoundError, ConflictError
        where it has run or was withdrawn, InputError without a reason."""
        why = one_line(reason, "reason", longest=_LONGEST_REASON)
        if not why:
            raise InputError("say why", key="reason", remedy="Whoever reads the books will ask")
        _, debtor = self._kept(actor, number)
        with self._store.transaction():
            self._store.books.hold_to_post(debtor.account.id)
            request = self._store.books.request(number)
            self._check_open(request, request.pay_by, late=True)
            event = RequestEvent(RequestFact.WITHDRAWN, self._clock(), actor.name, why)
            self._store.books.add_request_event(number, event)
            self._store.books.drop_request_mails(number)
        log.info("request_withdrawn", request=number, by=actor.name)
        return self._store.books.request(number)

    def _check_not_asked(self, drafted: PaymentRequest) -> None:
        wanted = WantedRequests(debtor_id=drafted.debtor_id)
        for one in self._store.books.requests(wanted, None):
            if one.state(drafted.issued_on) is RequestState.OPEN and _alike(one.what, drafted.what):
                raise ConflictError(
                    f"it is asked for already, by payment request {one.id}",
                    key="request",
                    remedy=f"Confirm or withdraw it: provd request show {one.id}",
                )

    def _keep(self, drafted: PaymentRequest) -> int:
        """A renewal that was asked for before and not paid may be asked for anew, by hand."""
        kept = self._store.books.add_request(drafted)
        if kept is None:
            again = replace(drafted, key=f"{drafted.key}:{secrets.token_hex(4)}")
            kept = self._store.books.add_request(again)
        assert kept is not None  # noqa: S101  a key of 32 random bits
        return kept


def _same(known: PaymentRequest, drafted: PaymentRequest) -> PaymentRequest:
    same = (known.what, known.total) == (drafted.what, drafted.total)
    if known.debtor_id != drafted.debtor_id or not (same or _alike(known.what, drafted.what)):
        raise ConflictError(
            f"the key “{drafted.key[:40]}” names another request",
            key="key",
            remedy="Choose another key",
        )
    return known


def _alike(one: What, other: What) -> bool:
    """For the same thing, however far it reaches."""
    if isinstance(one, Renewal) and isinstance(other, Renewal):
        return one.subscription_id == other.subscription_id
    if isinstance(one, Start) and isinstance(other, Start):
        return (one.plan_id, one.subject) == (other.plan_id, other.subject)
    return False
