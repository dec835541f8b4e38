"""All that is done with payment requests, in one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from provd.operations.consequences import Hook
from provd.operations.debtors import Debtors
from provd.operations.invoicing import Invoicing
from provd.operations.paid_subscriptions import PaidSubscriptions
from provd.operations.payment_requests import PaymentRequests
from provd.operations.payments import Payments
from provd.operations.renewals import Renewals
from provd.operations.request_drafting import RequestDrafting
from provd.operations.request_papers import RequestPapers
from provd.operations.request_reading import RequestReader
from provd.operations.request_steps import RequestDesk
from provd.store import Store


@dataclass(frozen=True, slots=True)
class Requesting:
    """`steps` ask, confirm and withdraw, `reading` shows and prints them, `renewals` ask by
    themselves, `subscriptions` are those that are renewed by payment."""

    steps: PaymentRequests
    reading: RequestReader
    renewals: Renewals
    subscriptions: PaidSubscriptions


def requesting(
    store: Store,
    debtors: Debtors,
    payments: Payments,
    hook: Hook,
    invoicing: Invoicing,
    clock: Callable[[], datetime],
) -> Requesting:
    """Wired."""
    paid = PaidSubscriptions(store, hook, clock)
    drafting = RequestDrafting(store, debtors, paid, clock)
    desk = RequestDesk(debtors, drafting, paid, payments, hook, invoicing.mails)
    steps = PaymentRequests(store, desk, clock)
    return Requesting(
        steps=steps,
        reading=RequestReader(store, RequestPapers(store, invoicing.papers), clock),
        renewals=Renewals(store, desk, steps, clock),
        subscriptions=paid,
    )
