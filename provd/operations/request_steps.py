"""What all steps with payment requests share: finding one, and whether it is still open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from provd.billing.request import PaymentRequest, RequestState
from provd.errors import ConflictError, InputError
from provd.operations.actor import Actor
from provd.operations.consequences import Hook
from provd.operations.debtors import READERS, Debtor, Debtors
from provd.operations.invoice_mails import InvoiceMails
from provd.operations.paid_subscriptions import PaidSubscriptions
from provd.operations.payments import Payments
from provd.operations.request_drafting import RequestDrafting
from provd.store import Store


@dataclass(frozen=True, slots=True)
class RequestDesk:
    """What requests are made with, paid by and sent by."""

    debtors: Debtors
    drafting: RequestDrafting
    paid: PaidSubscriptions
    payments: Payments
    hook: Hook
    mails: InvoiceMails


class RequestSteps:
    """For a request's issuer alone."""

    def __init__(self, store: Store, desk: RequestDesk, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock

    def _kept(self, actor: Actor, number: int) -> tuple[PaymentRequest, Debtor]:
        actor.must_be(*READERS)
        request = self._store.books.request(number, actor.scope)
        return request, self._desk.debtors.posting(actor, request.debtor_id)

    def _check_open(self, request: PaymentRequest, today: date, *, late: bool) -> None:
        state = request.state(today)
        if state in {RequestState.PAID, RequestState.WITHDRAWN}:
            raise ConflictError(f"payment request {request.id} is {state}", key="request")
        if state is RequestState.EXPIRED and not late:
            raise InputError(
                f"payment request {request.id} expired on {request.pay_by}",
                key="request",
                remedy="Confirm it as late, or withdraw it and ask anew",
            )
