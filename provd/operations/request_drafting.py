"""Payment requests as they would be made now: what is asked for, taxed as its invoice will be."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from provd.billing.days import local_date
from provd.billing.drafting import Item, draft
from provd.billing.invoice import Invoice, InvoiceKind, InvoiceLine, taxed
from provd.billing.money import Money
from provd.billing.period import Period
from provd.billing.plan import FeeKind
from provd.billing.request import Advance, PaymentRequest, Renewal, Start, What
from provd.billing.tax import Taxation, TaxCode, tax_rows
from provd.billing.tax_category import TaxCategory
from provd.devices.text import one_line
from provd.errors import InputError
from provd.operations.actor import Actor
from provd.operations.debtors import Debtor, Debtors
from provd.operations.invoice_drafts import desk
from provd.operations.issuing import issuing_profile_of, profile_of
from provd.operations.paid_subscriptions import Asked, PaidSubscriptions
from provd.store import Store

_LONGEST_REASON = 200
_MOST_PERIODS = 60
_LONGEST = 365
_ADVANCE = "Payment in advance"


@dataclass(frozen=True, slots=True)
class AskForm:
    """`pay_by` None: after the days that the debtor has for its invoices, for a renewal at the
    latest on the last day that is paid. `periods`: how many of the plan's are paid at once.
    `reason` is for whoever reads the books. `key` names this entry: the same again asks nothing."""

    pay_by: date | None = None
    periods: int = 1
    reason: str = ""
    key: str = ""


class RequestDrafting:
    """For the issuer's people alone. Raises NotFoundError, InputError with the remedy where a
    profile, a tax rate or a price is missing."""

    def __init__(
        self,
        store: Store,
        debtors: Debtors,
        paid: PaidSubscriptions,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._debtors = debtors
        self._paid = paid
        self._clock = clock

    def start(self, actor: Actor, what: Start, form: AskForm) -> PaymentRequest:
        """Not kept: its id is 0."""
        customer_id = self._paid.customer_of(actor, what.subject)
        debtor = self._debtors.posting(actor, customer_id)
        today = self.today(debtor)
        pay_by = _payable(form.pay_by or today + timedelta(days=self.days(debtor)), today)
        asked = self._paid.asked_start(actor, what, pay_by, _count(form.periods))
        return self._drafted(actor, debtor, asked, form, pay_by, today)

    def renewal(self, actor: Actor, subscription_id: int, form: AskForm) -> PaymentRequest:
        """As `start`."""
        asked = self._paid.asked_renewal(actor, subscription_id, _count(form.periods))
        debtor = self._debtors.posting(actor, asked.found.customer.id)
        today = self.today(debtor)
        usual = today + timedelta(days=max(1, self.days(debtor)))
        last = asked.first - timedelta(days=1)
        if today <= last < usual:
            usual = last
        pay_by = _payable(form.pay_by or usual, today)
        return self._drafted(actor, debtor, asked, form, pay_by, today)

    def advance(
        self, actor: Actor, account_id: int, what: Advance, amount: Money, form: AskForm
    ) -> PaymentRequest:
        """Of a customer or a reseller, by whom it owes to. As `start`."""
        debtor = self._debtors.posting(actor, account_id)
        today = self.today(debtor)
        return PaymentRequest(
            id=0,
            key=form.key or secrets.token_hex(8),
            what=Advance(one_line(what.text, "text", longest=_LONGEST_REASON) or _ADVANCE),
            periods=1,
            paper=self._advance_paper(debtor, what.text or _ADVANCE, amount),
            issued_on=today,
            pay_by=_payable(form.pay_by or today + timedelta(days=self.days(debtor)), today),
            requested_at=self._clock(),
            requested_by=actor.name,
            reason=one_line(form.reason, "reason", longest=_LONGEST_REASON),
        )

    def _advance_paper(self, debtor: Debtor, text: str, amount: Money) -> Invoice:
        """What is paid on account is taxed by the invoices that it pays."""
        if amount.amount <= 0 or amount.rounded() != amount:
            raise InputError(f"{amount} can't be paid", key="amount", remedy="Write 12.50")
        today = self.today(debtor)
        line = InvoiceLine(
            position=1,
            text=text,
            detail="",
            kind=FeeKind.MANUAL,
            period=None,
            quantity=Decimal(1),
            unit_price=amount,
            amount=amount,
            taxation=Taxation(TaxCategory.ZERO, TaxCode.ZERO, Decimal(0)),
        )
        at = desk(self._store, debtor.issuer, Period(today, today + timedelta(days=1)))
        blank = draft([], at.sheet(profile_of(self._store, debtor.account)), amount.currency)
        taxes = tax_rows(taxed([line]), amount.currency)
        return replace(blank, lines=(line,), taxes=taxes, period=None)

    def today(self, debtor: Debtor) -> date:
        """Where its issuer is."""
        return local_date(self._clock(), debtor.zone)

    def days(self, debtor: Debtor) -> int:
        """How long it has for paying an invoice."""
        agreed = profile_of(self._store, debtor.account).terms.days
        return issuing_profile_of(self._store, debtor.issuer).days if agreed is None else agreed

    def _drafted(
        self,
        actor: Actor,
        debtor: Debtor,
        asked: Asked,
        form: AskForm,
        pay_by: date,
        today: date,
    ) -> PaymentRequest:
        return PaymentRequest(
            id=0,
            key=form.key or _key(asked.what),
            what=asked.what,
            periods=asked.periods,
            paper=self._paper(debtor, asked),
            issued_on=today,
            pay_by=pay_by,
            requested_at=self._clock(),
            requested_by=actor.name,
            reason=one_line(form.reason, "reason", longest=_LONGEST_REASON),
        )

    def _paper(self, debtor: Debtor, asked: Asked) -> Invoice:
        """Raises InputError where there is nothing to pay."""
        period = Period(asked.first, asked.until)
        at = desk(self._store, debtor.issuer, period)
        sheet = at.sheet(profile_of(self._store, debtor.account))
        currency = self._store.books.plan(self._plan_id(asked)).currency
        paper = draft(list(self._items(asked)), sheet, currency)
        if paper.kind is InvoiceKind.CREDIT_NOTE or not paper.gross.amount:
            raise InputError("there is nothing to pay for it", key="request")
        lines = tuple(replace(line, charge_keys=()) for line in paper.lines)
        return replace(paper, lines=lines, period=None if asked.waits else period)

    def _plan_id(self, asked: Asked) -> int:
        if isinstance(asked.what, Start):
            return asked.what.plan_id
        return self._store.books.subscription(asked.what.subscription_id).plan_id

    def _items(self, asked: Asked) -> Iterator[Item]:
        found = asked.found
        slot = found.slot.name if found.slot else str(found.device.mac) if found.device else ""
        site = self._store.sites.get(found.slot.site_id).name if found.slot else ""
        for charge in asked.charges:
            yield Item(charge, slot, site)


def renewal_key(subscription_id: int, ends_at: datetime) -> str:
    """Once for each end of a subscription."""
    return f"renewal:{subscription_id}:{ends_at.isoformat()}"


def _key(what: What) -> str:
    if isinstance(what, Renewal):
        return renewal_key(what.subscription_id, what.ends_at)
    return secrets.token_hex(8)


def _count(periods: int) -> int:
    if not 1 <= periods <= _MOST_PERIODS:
        raise InputError(f"{periods} is not from 1 to {_MOST_PERIODS}", key="periods")
    return periods


def _payable(pay_by: date, today: date) -> date:
    if not today <= pay_by <= today + timedelta(days=_LONGEST):
        raise InputError(
            f"{pay_by} is not within a year from today", key="pay_by", remedy="Write a day to come"
        )
    return pay_by
