"""Payments, refunds, debts given up, and taking back what was entered wrongly."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

import structlog

from provd.billing.days import local_date
from provd.billing.ledger import Transaction
from provd.billing.money import Money
from provd.billing.reference import referred_number
from provd.billing.settlement import Settlement, SettlementKind, checked_method, reverse, settle
from provd.devices.text import one_line
from provd.errors import ConflictError, InputError, NotFoundError
from provd.operations.actor import Actor
from provd.operations.credit import Credit, Effect
from provd.operations.debtors import Debtor, Debtors
from provd.store import Store
from provd.store.books import WantedRequests

log = structlog.get_logger()

LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True)
class PaymentForm:
    """What somebody enters. `received_on` None: today where the issuer is. `key` names this entry:
    the same key again changes nothing; empty: it is a new one each time."""

    amount: Money
    method: str = ""
    reference: str = ""
    received_on: date | None = None
    note: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Booked:
    """What stands in the books now, and whether it is new: False where the key was known."""

    settlement: Settlement
    new: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """`known` is what is there already, where the key was used before: nothing would be done.
    `effect` is None then, and for another currency than the account's own, which suspends
    nobody."""

    known: Settlement | None
    effect: Effect | None


class Payments:
    """For the issuer's people alone."""

    def __init__(
        self, store: Store, debtors: Debtors, credit: Credit, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._debtors = debtors
        self._credit = credit
        self._clock = clock

    def pay(self, actor: Actor, account_id: int, form: PaymentForm) -> Booked:
        """Raises InputError, also where it names a payment request that is to be confirmed: else
        it would be booked, and nothing run; ConflictError where the key names another payment."""
        self._check_asked_for_nothing(account_id, form.reference)
        return self._enter(actor, account_id, SettlementKind.PAYMENT, form)

    def pay_request(self, actor: Actor, account_id: int, form: PaymentForm) -> Booked:
        """As `pay`, by whoever runs what the payment is for."""
        return self._enter(actor, account_id, SettlementKind.PAYMENT, form)

    def refund(self, actor: Actor, account_id: int, form: PaymentForm) -> Booked:
        """Sends back what was paid in advance, and never more. As `pay`."""
        return self._enter(actor, account_id, SettlementKind.REFUND, form)

    def write_off(self, actor: Actor, account_id: int, form: PaymentForm) -> Booked:
        """Gives a debt up, and never more than is owed; the note says why. As `pay`."""
        return self._enter(actor, account_id, SettlementKind.WRITE_OFF, form)

    def reverse(self, actor: Actor, number: int, note: str) -> Booked:
        """Takes back what was entered wrongly, by another transaction; once. Raises NotFoundError,
        ConflictError where that was done already."""
        wrong, booked = self._to_reverse(actor, number)
        debtor = self._debtors.posting(actor, wrong.debtor_id)
        reversal = replace(
            wrong,
            kind=SettlementKind.REVERSAL,
            recorded_at=self._clock(),
            received_on=local_date(self._clock(), debtor.zone),
            actor=actor.name,
            note=_reason(note),
            reverses=wrong.transaction_id,
        )
        return self._book(actor, debtor, reversal, reverse(reversal, booked))

    def entered(self, actor: Actor, number: int) -> Settlement:
        """By its number. Raises NotFoundError, for what the actor may not read as well."""
        found = self._store.books.settlement_numbered(number)
        try:
            if found is not None:
                self._debtors.seen(actor, found.debtor_id)
                return found
        except NotFoundError:
            pass
        raise NotFoundError(f"there is no payment {number}", key="number")

    def preview(
        self, actor: Actor, account_id: int, kind: SettlementKind, form: PaymentForm
    ) -> Preview:
        """What a payment, refund or write-off would do. Raises what entering it would raise."""
        debtor = self._debtors.posting(actor, account_id)
        if kind is SettlementKind.PAYMENT:
            self._check_asked_for_nothing(account_id, form.reference)
        entered = self._settlement(actor, debtor, kind, form)
        settle(entered, debtor.zone)
        known = self._store.books.settlement(entered.transaction_id)
        if known:
            return Preview(_known(known, entered).settlement, None)
        self._check(debtor, entered)
        more = form.amount if kind is SettlementKind.REFUND else -form.amount
        return Preview(None, self._credit.effect(debtor.account, more))

    def preview_reversal(self, actor: Actor, number: int) -> tuple[Settlement, Preview]:
        """What `reverse` would take back, and do. Raises as it does."""
        wrong, _ = self._to_reverse(actor, number)
        debtor = self._debtors.posting(actor, wrong.debtor_id)
        more = -wrong.amount if wrong.kind is SettlementKind.REFUND else wrong.amount
        return wrong, Preview(None, self._credit.effect(debtor.account, more))

    def _check_asked_for_nothing(self, account_id: int, reference: str) -> None:
        number = referred_number(reference)
        if number is None:
            return
        asked = self._store.books.requests(WantedRequests(debtor_id=account_id), None)
        if any(one.id == number for one in asked):
            raise InputError(
                f"it pays payment request {number}",
                key="reference",
                remedy=f"Confirm that, and what it is for runs: provd request confirm {number}",
            )

    def _to_reverse(self, actor: Actor, number: int) -> tuple[Settlement, Transaction]:
        wrong = self.entered(actor, number)
        self._debtors.posting(actor, wrong.debtor_id)
        if wrong.kind is SettlementKind.REVERSAL:
            raise InputError(
                f"{number} is itself a reversal", key="number", remedy="Enter the payment anew"
            )
        booked = self._store.books.transaction(wrong.transaction_id)
        if booked is None or self._store.books.reversed_among([wrong.transaction_id]):
            raise ConflictError(f"{wrong.kind} {number} is reversed already", key="number")
        return wrong, booked

    def _enter(
        self, actor: Actor, account_id: int, kind: SettlementKind, form: PaymentForm
    ) -> Booked:
        debtor = self._debtors.posting(actor, account_id)
        entered = self._settlement(actor, debtor, kind, form)
        return self._book(actor, debtor, entered, settle(entered, debtor.zone))

    def _settlement(
        self, actor: Actor, debtor: Debtor, kind: SettlementKind, form: PaymentForm
    ) -> Settlement:
        written_off, now = kind is SettlementKind.WRITE_OFF, self._clock()
        made = Settlement(
            issuer_id=debtor.issuer.id,
            debtor_id=debtor.account.id,
            kind=kind,
            key=form.key or secrets.token_hex(8),
            amount=form.amount,
            method="" if written_off else checked_method(form.method),
            reference=one_line(form.reference, "reference"),
            received_on=form.received_on or local_date(now, debtor.zone),
            recorded_at=now,
            actor=actor.name,
            note=_reason(form.note) if written_off else _note(form.note),
        )
        known = self._store.books.settlement(made.transaction_id)
        if known and form.received_on is None:
            return replace(made, received_on=known.received_on)  # entered again on a later day
        return made

    def _book(
        self, actor: Actor, debtor: Debtor, entered: Settlement, transaction: Transaction
    ) -> Booked:
        books = self._store.books
        with self._store.transaction():
            books.hold_to_post(debtor.account.id)
            self._store.accounts.hold_open([debtor.account.id])
            known = books.settlement(entered.transaction_id)
            if known is None:
                self._check(debtor, entered)
                books.add_settlement(entered, transaction)
                self._credit.settle([debtor.account.id], actor.name)
                # Once it is so: a quote does all of this, too, and takes it back.
                self._store.after_commit(lambda: _tell(entered))
        if known is not None:
            return _known(known, entered)
        kept = books.settlement(entered.transaction_id)
        return Booked(kept or entered, new=True)

    def _check(self, debtor: Debtor, entered: Settlement) -> None:
        """While the account is held: what is sent back or given up has to be there."""
        if entered.kind not in {SettlementKind.REFUND, SettlementKind.WRITE_OFF}:
            return
        currency = entered.amount.currency
        standing = self._store.books.balance(debtor.ledger_account)
        owed = standing.get(currency, Money.zero(currency)).rounded()
        refunds = entered.kind is SettlementKind.REFUND
        most = -owed if refunds else owed
        if (most - entered.amount).amount < 0:
            there = Money.zero(currency) if most.amount < 0 else most
            what = "has paid in advance" if refunds else "owes"
            raise InputError(
                f"{debtor.account.name} {what} {there}, less than {entered.amount}", key="amount"
            )


def _tell(entered: Settlement) -> None:
    log.info(
        "settlement_booked",
        kind=entered.kind.value,
        account=entered.debtor_id,
        amount=str(entered.amount),
        by=entered.actor,
    )


def _known(known: Settlement, entered: Settlement) -> Booked:
    if entered.kind is SettlementKind.REVERSAL:
        raise ConflictError(f"{known.text} is entered already", key="number")
    if not known.same_as(entered):
        raise ConflictError(
            f"the key “{entered.key[:40]}” names another {known.kind}: "
            f"{known.amount} of {known.received_on}",
            key="key",
            remedy="Choose another key",
        )
    return Booked(known, new=False)


def _note(text: str) -> str:
    return one_line(text, "note", longest=LONGEST_NOTE)


def _reason(text: str) -> str:
    reason = _note(text)
    if not reason:
        raise InputError("say why", key="reason", remedy="Whoever reads the books will ask")
    return reason
