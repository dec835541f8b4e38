"""Invoices and payment requests on their way to whom they are for: queued, tried, tried again,
given up.

A mail is held for a while before it is tried, and marked when the server has taken it. So a process
that is killed between the two sends it again, with the same Message-ID, and never not at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

import structlog

from provd.billing.invoice import Invoice, InvoiceStatus
from provd.billing.request import PaymentRequest
from provd.devices.account import Role
from provd.documents.mail import Attachment, Envelope, invoice_message
from provd.errors import InputError, MailError, NotFoundError, ProvdError, StoreError
from provd.operations.actor import Actor
from provd.operations.invoice_papers import InvoicePapers
from provd.operations.issuing import issuer
from provd.operations.request_papers import RequestPapers
from provd.store import Store
from provd.store.books import Mail

log = structlog.get_logger()

Send = Callable[[EmailMessage, str], None]
"""Gives a message to the mail server for a recipient. Raises MailError."""

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=12)
MOST_ATTEMPTS = 16
"""The last comes four days after the first."""

HELD = timedelta(minutes=15)
"""How long whoever tries a mail has it for itself; longer than any attempt takes."""


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail with what it brings: an invoice, or what a payment request is printed from."""

    mail: Mail
    invoice: Invoice


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of a round: how many mails the server took, and those that failed."""

    sent: int
    failed: int


class InvoiceMails:
    """`send` is None where no mail server is configured; `sender` is the address that it lets provd
    write from."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        papers: InvoicePapers,
        send: Send | None,
        sender: str,
        requests: RequestPapers,
    ) -> None:
        self._store = store
        self._clock = clock
        self._papers = papers
        self._send = send
        self._sender = sender
        self._requests = requests

    @property
    def configured(self) -> bool:
        """Whether there is a mail server to send by."""
        return self._send is not None

    def queue(self, actor: Actor, invoice_id: int, recipient: str = "") -> str:
        """Sends a final invoice to an address, the debtor's own unless another is given, and
        returns it. Raises InputError where there is none."""
        invoice = self._store.books.invoice(invoice_id, actor.scope)
        issuer(self._store, actor, invoice.issuer_id)
        if invoice.status is not InvoiceStatus.FINAL:
            raise InputError(f"#{invoice.id} is {invoice.status}", key="invoice")
        to = self._checked(recipient, invoice)
        self._store.books.queue_mail(
            to, self._message_id(), self._clock(), actor.name, invoice_id=invoice.id
        )
        return to

    def queue_request(self, actor: Actor, request: PaymentRequest, recipient: str = "") -> str:
        """As `queue`; whoever asks is its issuer. Raises InputError."""
        to = self._checked(recipient, request.paper)
        self._store.books.queue_mail(
            to, self._message_id(), self._clock(), actor.name, request_id=request.id
        )
        return to

    def _checked(self, recipient: str, invoice: Invoice) -> str:
        """The address, checked as a party's is: it becomes part of a message's header."""
        to = recipient or self._recipient(invoice)
        _ = type(invoice.debtor)(invoice.debtor.name, invoice.debtor.country, email=to)
        return to

    def _message_id(self) -> str:
        domain = self._sender.partition("@")[2] or "localhost"
        return f"<{uuid.uuid4().hex}@{domain}>"

    def deliver(self, enough: Callable[[], bool] = lambda: False) -> Delivered:
        """Tries all mails whose time has come, until that is `enough`. Raises StoreError; what goes
        wrong with a mail stays with that mail."""
        sent = failed = 0
        if self._send is None:
            return Delivered(0, 0)
        while not enough() and (mail := self._next()):
            if self._delivered(mail, self._send):
                sent += 1
            else:
                failed += 1
        return Delivered(sent, failed)

    def rows(
        self,
        actor: Actor,
        *,
        invoice_id: int | None = None,
        request_id: int | None = None,
        waiting: bool = False,
    ) -> list[MailRow]:
        """The latest first."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        mails = self._store.books.mails(
            actor.scope, invoice_id=invoice_id, request_id=request_id, waiting=waiting
        )
        return [MailRow(one, self._brought(one)) for one in mails]

    def _brought(self, mail: Mail) -> Invoice:
        if mail.request_id is not None:
            return self._store.books.request(mail.request_id).document
        return self._store.books.invoice(mail.invoice_id or 0)

    def again(self, actor: Actor, mail_id: int) -> None:
        """Tries a dead one anew. Raises NotFoundError."""
        for row in self.rows(actor, waiting=True):
            if row.mail.id == mail_id:
                issuer(self._store, actor, row.invoice.issuer_id)
                if self._store.books.mail_again(mail_id, self._clock()):
                    return
        raise NotFoundError(f"there is no mail {mail_id} that was given up", key="mail")

    def _next(self) -> Mail | None:
        """The next one, ours for a while."""
        now = self._clock()
        for mail in self._store.books.mails_due(now):
            if self._store.books.hold_mail(mail, now + HELD):
                return mail
        return None

    def _delivered(self, mail: Mail, send: Send) -> bool:
        try:
            send(self._message(mail), mail.recipient)
        except StoreError:
            raise
        except ProvdError as error:
            self._failed(mail, error)
            return False
        self._store.books.mail_sent(mail.id, self._clock())
        log.info("mail_sent", mail=mail.id, invoice=mail.invoice_id, request=mail.request_id)
        return True

    def _message(self, mail: Mail) -> EmailMessage:
        envelope = Envelope(self._sender, mail.recipient, mail.message_id, mail.queued_at)
        if mail.request_id is not None:
            return self._requests.message(mail.request_id, envelope)
        invoice = self._store.books.invoice(mail.invoice_id or 0)
        papers = self._papers.attachments(invoice)
        attached = [Attachment(one.name, one.media_type, one.content) for one in papers]
        return invoice_message(invoice, envelope, attached, self._papers.language(invoice))

    def _failed(self, mail: Mail, error: ProvdError) -> None:
        permanent = isinstance(error, InputError) or (
            isinstance(error, MailError) and error.permanent
        )
        last = mail.attempts + 1 >= MOST_ATTEMPTS
        next_at = None if permanent or last else self._clock() + wait_after(mail.attempts + 1)
        self._store.books.mail_failed(mail.id, str(error), next_at)
        log.warning(
            "mail_failed" if next_at else "mail_given_up",
            mail=mail.id,
            invoice=mail.invoice_id,
            request=mail.request_id,
            attempts=mail.attempts + 1,
        )

    def _recipient(self, invoice: Invoice) -> str:
        profile = self._store.books.profile(invoice.debtor_id)
        to = profile.party.email if profile else invoice.debtor.email
        if not to:
            raise InputError(
                f"{invoice.debtor.name} has no e-mail address",
                key="email",
                remedy=f'Enter it: provd profile set "{invoice.debtor.name}" --email ...',
            )
        return to


def wait_after(attempts: int) -> timedelta:
    """Until the next attempt: a minute, then twice as long each time, half a day at most."""
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(attempts - 1, 20)))
