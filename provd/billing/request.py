"""A payment request: what a customer is asked to pay before something runs, and what came of it.

It is no invoice and books nothing. Once it is paid, what it is for runs, and that is charged and
invoiced as everything else.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import date, datetime

from provd.billing.invoice import Invoice, InvoiceStatus
from provd.billing.money import Money
from provd.billing.reference import creditor_reference
from provd.billing.subscription import SetupFee, Subject


class Purpose(enum.StrEnum):
    """What runs once it is paid: a new subscription, the next time of one that there is, or
    nothing: the money stands to the debtor's credit."""

    START = "start"
    RENEWAL = "renewal"
    ADVANCE = "advance"


class RequestState(enum.StrEnum):
    """It is EXPIRED once its last day is over, and WITHDRAWN by whoever asked. When all of it is
    paid, what it is for runs in the same step: then it is PAID."""

    OPEN = "open"
    EXPIRED = "expired"
    PAID = "paid"
    WITHDRAWN = "withdrawn"


class RequestFact(enum.StrEnum):
    """What became of it."""

    PAYMENT = "payment"
    RAN = "ran"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Start:
    """The subscription that is to be made. `starts` None: when it is paid, or when the plan says,
    where that comes later."""

    plan_id: int
    subject: Subject
    starts: date | None = None
    setup: SetupFee = SetupFee.NOW


@dataclass(frozen=True, slots=True)
class Renewal:
    """The subscription whose end `ends_at` moves to the beginning of the day `until`."""

    subscription_id: int
    ends_at: datetime
    until: date


@dataclass(frozen=True, slots=True)
class Advance:
    """Money in advance, of a hard account, say. `text` is what its one line says."""

    text: str


What = Start | Renewal | Advance
_PURPOSES: dict[type, Purpose] = {
    Start: Purpose.START,
    Renewal: Purpose.RENEWAL,
    Advance: Purpose.ADVANCE,
}


@dataclass(frozen=True, slots=True)
class RequestEvent:
    """`transaction_id` is a payment's in the ledger, `amount` what it came to. `subscription_id` is
    what ran. `taken_back`: the payment was reversed."""

    fact: RequestFact
    at: datetime
    actor: str
    reason: str = ""
    transaction_id: str = ""
    amount: Money | None = None
    subscription_id: int | None = None
    taken_back: bool = False


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """`paper` is what the debtor reads: lines, taxes, who asks and where to pay. `periods` is how
    many of the plan's a start may reach at most, and of a renewal how many were asked for.

    `key` is unique: asking twice for the same asks once. `pay_by` is the last day, where the issuer
    is, on which it runs when it is paid.
    """

    id: int
    key: str
    what: What
    periods: int
    paper: Invoice
    issued_on: date
    pay_by: date
    requested_at: datetime
    requested_by: str
    reason: str = ""
    events: tuple[RequestEvent, ...] = ()

    @property
    def purpose(self) -> Purpose:
        return _PURPOSES[type(self.what)]

    @property
    def issuer_id(self) -> int:
        return self.paper.issuer_id

    @property
    def debtor_id(self) -> int:
        return self.paper.debtor_id

    @property
    def reference(self) -> str:
        """What the payment is to name (ISO 11649)."""
        return creditor_reference(self.id)

    @property
    def total(self) -> Money:
        """Tax included."""
        return self.paper.gross

    @property
    def received(self) -> Money:
        """Without payments that were taken back."""
        paid = (one.amount for one in self.events if one.amount and not one.taken_back)
        return Money.sum(paid, self.paper.currency)

    @property
    def rest(self) -> Money:
        """What is left to pay; less than nothing where more came."""
        return self.total - self.received

    @property
    def ran(self) -> RequestEvent | None:
        return next((one for one in self.events if one.fact is RequestFact.RAN), None)

    @property
    def is_paid(self) -> bool:
        """An advance is no more, if its payment is taken back; what runs goes on running."""
        if isinstance(self.what, Advance):
            return self.rest.amount <= 0
        return self.ran is not None

    @property
    def withdrawn(self) -> bool:
        return any(one.fact is RequestFact.WITHDRAWN for one in self.events)

    @property
    def subscription_id(self) -> int | None:
        """The one that is renewed, or that the payment made."""
        if isinstance(self.what, Renewal):
            return self.what.subscription_id
        return self.ran.subscription_id if self.ran else None

    def state(self, today: date) -> RequestState:
        """On that day where the issuer is."""
        if self.is_paid:
            return RequestState.PAID
        if self.withdrawn:
            return RequestState.WITHDRAWN
        return RequestState.EXPIRED if today > self.pay_by else RequestState.OPEN

    @property
    def document(self) -> Invoice:
        """As it is printed: numbered by its reference, due on its last day; void where it was
        withdrawn, so that nobody is asked to pay."""
        return replace(
            self.paper,
            id=self.id,
            status=InvoiceStatus.VOID if self.withdrawn else InvoiceStatus.FINAL,
            number=self.reference,
            reference=self.reference,
            issued_on=self.issued_on,
            due_on=self.pay_by,
            paid=self.received,
        )
