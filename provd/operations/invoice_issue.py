"""Making invoices final, void, or good again by a credit note: each with its ledger transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import structlog

from provd.billing.crediting import Asked, credit_note, lines_left
from provd.billing.days import local_date, zone_named
from provd.billing.invoice import Invoice, InvoiceKind, InvoiceStatus
from provd.billing.ledger import Transaction, debtors_of
from provd.billing.money import Money
from provd.billing.posting import post_invoice, reverse_invoice
from provd.billing.profile import BillingProfile
from provd.devices.account import Account
from provd.devices.text import one_line
from provd.errors import ConflictError, InputError
from provd.operations.actor import Actor
from provd.operations.credit import Settle
from provd.operations.invoice_drafts import desk, redrawn, same
from provd.operations.issuing import issuer, issuing_profile_of
from provd.store import Store

log = structlog.get_logger()


class InvoiceIssue:
    """For whoever may act in the issuer's name. Each method is one transaction: number, status and
    ledger come together or not at all."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        settle: Settle = lambda debtor_ids, by: None,
    ) -> None:
        """`settle` suspends those whose credit the taxes have used up."""
        self._store = store
        self._clock = clock
        self._settle = settle

    def finalise(self, actor: Actor, invoice_id: int, on: date | None = None) -> Invoice:
        """Gives a draft its number and its days: issued `on`, today where the issuer is unless
        given, and due by the terms agreed.

        Raises InputError where profiles or rates have changed since it was drafted, for a day to
        come, and for one before the last that was issued.
        """
        with self._store.transaction():
            draft = self._held(actor, invoice_id, InvoiceStatus.DRAFT)
            self._store.accounts.get(draft.debtor_id).must_be_open("invoice")
            account = issuer(self._store, actor, draft.issuer_id)
            self._check_fresh(account, draft)
            return self._issue(actor, account, draft, on)

    def void(self, actor: Actor, invoice_id: int, reason: str) -> Invoice | None:
        """A draft is gone, and None returned. A final one keeps its number, is taken out of the
        ledger, and its charges are free again.

        Raises InputError where something of a final one has been paid, credited or sent: then only
        a credit note corrects it; and where its debtor's account is closed.
        """
        with self._store.transaction():
            invoice = self._store.books.invoice(invoice_id, actor.scope)
            issuer(self._store, actor, invoice.issuer_id)
            if invoice.status is InvoiceStatus.DRAFT:
                self._store.books.discard(invoice_id)
                return None
            # Who pays it, or credits it, meanwhile, waits.
            self._store.books.hold_to_post(invoice.debtor_id)
            self._store.accounts.get(invoice.debtor_id).must_be_open("invoice")
            self._check_voidable(invoice)
            self._store.books.drop_mails(invoice_id)
            self._store.books.void(invoice_id, self._clock(), actor.name, _reason(reason))
            self._post(reverse_invoice(invoice, self._clock()), actor.name)
        log.info("invoice_void", invoice=invoice.number, issuer=invoice.issuer_id, by=actor.name)
        return replace(invoice, status=InvoiceStatus.VOID)

    def preview_credit(
        self, actor: Actor, invoice_id: int, reason: str, asked: Asked | None = None
    ) -> Invoice:
        """The credit note that `credit` would issue. Raises what it would raise."""
        invoice = self._store.books.invoice(invoice_id, actor.scope)
        issuer(self._store, actor, invoice.issuer_id)
        self._store.accounts.get(invoice.debtor_id).must_be_open("invoice")
        earlier = self._store.books.credit_notes_of(invoice_id)
        elsewhere = self._store.books.given_back_elsewhere(invoice)
        return credit_note(invoice, earlier, _reason(reason), asked, elsewhere)

    def credit(
        self,
        actor: Actor,
        invoice_id: int,
        reason: str,
        asked: Asked | None = None,
        *,
        left: Mapping[int, Money] | None = None,
    ) -> Invoice:
        """Issues a credit note for what is asked of a final invoice, or for all that is left of it.
        Raises InputError as `credit_note` does, and where its debtor's account is closed;
        ConflictError where something else is `left` of its lines than somebody was shown, so that
        a form that is sent twice gives back once."""
        with self._store.transaction():
            # Who else credits the same invoice waits here, and then finds what we have done.
            self._store.books.hold_to_post(
                self._store.books.invoice(invoice_id, actor.scope).debtor_id
            )
            if left is not None and self._left(actor, invoice_id) != left:
                raise ConflictError(
                    "something of it was credited meanwhile", key="line", remedy="Look at it again"
                )
            note = self.preview_credit(actor, invoice_id, reason, asked)
            account = issuer(self._store, actor, note.issuer_id)
            id_ = self._store.books.save_draft(note, self._clock(), actor.name, invoice_id)
            return self._issue(actor, account, replace(note, id=id_), None)

    def _left(self, actor: Actor, invoice_id: int) -> dict[int, Money]:
        books = self._store.books
        invoice, notes = books.invoice(invoice_id, actor.scope), books.credit_notes_of(invoice_id)
        return lines_left(invoice, notes, books.given_back_elsewhere(invoice))

    def _held(self, actor: Actor, invoice_id: int, status: InvoiceStatus) -> Invoice:
        """Nobody else drafts for the debtor meanwhile."""
        invoice = self._store.books.invoice(invoice_id, actor.scope)
        self._store.books.hold_to_post(invoice.debtor_id)
        invoice = self._store.books.invoice(invoice_id, actor.scope)
        if invoice.status is not status:
            raise InputError(f"invoice {invoice.number} is {invoice.status} already", key="invoice")
        return invoice

    def _check_fresh(self, account: Account, draft: Invoice) -> None:
        period = draft.period
        if period is None:
            return
        if not same(draft, redrawn(self._store, desk(self._store, account, period), draft)):
            raise InputError(
                f"a profile or a tax rate has changed since #{draft.id} was drafted",
                key="invoice",
                remedy=f"Draft it again: provd invoice run --month {period.start:%Y-%m} --issuer "
                f'"{account.name}"',
            )

    def _check_voidable(self, invoice: Invoice) -> None:
        books = self._store.books
        if invoice.status is InvoiceStatus.VOID:
            raise InputError(f"invoice {invoice.number} is void already", key="invoice")
        if invoice.kind is InvoiceKind.INVOICE:
            rests = books.open_invoices(invoice.issuer_id, invoice.debtor_id, invoice.currency)
            if books.credit_notes_of(invoice.id):
                raise _not_void(invoice, "it has been credited")
            if rests[invoice.id] != invoice.gross:
                raise _not_void(invoice, "something of it has been paid")
        elif later := self._later_notes(invoice):
            raise InputError(
                f"credit note {invoice.number} can't be made void: what {later[-1].number} gives "
                "back was computed after it",
                key="invoice",
                remedy=f"Make {later[-1].number} void first",
            )
        if books.was_mailed(invoice.id):
            raise _not_void(invoice, "it has been sent")

    def _later_notes(self, note: Invoice) -> list[Invoice]:
        """Of the same invoice: each one's tax is what the notes before it left."""
        corrected = self._store.books.credited_id(note.id)
        notes = self._store.books.credit_notes_of(corrected) if corrected else []
        return [one for one in notes if one.id > note.id]

    def _issue(self, actor: Actor, account: Account, draft: Invoice, on: date | None) -> Invoice:
        now = self._clock()
        today = local_date(now, zone_named(account.time_zone))
        day = on or today
        if day > today:
            raise InputError(f"{day} is still to come", key="date", remedy="Issue it then")
        profile = issuing_profile_of(self._store, account)
        self._store.books.finalise(
            draft.id,
            number=(number := self._number(profile, draft.kind, day)),
            issued_on=day,
            due_on=self._due_on(profile, draft, day),
            reference=number if draft.kind is InvoiceKind.INVOICE else "",
            at=now,
            by=actor.name,
        )
        made = self._store.books.invoice(draft.id)
        self._post(post_invoice(made, now), actor.name)
        log.info("invoice_final", invoice=number, issuer=made.issuer_id, by=actor.name)
        return made

    def _number(self, profile: BillingProfile, kind: InvoiceKind, day: date) -> str:
        note = kind is InvoiceKind.CREDIT_NOTE
        pattern = profile.credit_note_numbers if note else profile.invoice_numbers
        year = day.year if pattern.by_year else 0
        return pattern.number(
            self._store.books.next_number(profile.account_id, kind, year, day), day.year
        )

    def _due_on(self, profile: BillingProfile, draft: Invoice, day: date) -> date | None:
        """None where nothing is to be paid."""
        if draft.kind is InvoiceKind.CREDIT_NOTE:
            return None
        debtor = self._store.books.profile(draft.debtor_id)
        agreed = debtor.terms.days if debtor else None
        return day + timedelta(days=profile.days if agreed is None else agreed)

    def _post(self, transaction: Transaction | None, by: str) -> None:
        if transaction is not None:
            self._store.books.post(transaction)
            self._settle(debtors_of(transaction), by)


def _reason(text: str) -> str:
    reason = one_line(text, "reason")
    if not reason:
        raise InputError("somebody will ask why", key="reason", remedy="Give a reason")
    return reason


def _not_void(invoice: Invoice, why: str) -> InputError:
    return InputError(
        f"invoice {invoice.number} can't be made void: {why}",
        key="invoice",
        remedy=f"Correct it: provd invoice credit {invoice.number}",
    )
