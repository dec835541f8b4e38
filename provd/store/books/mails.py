"""The queue that invoices and payment requests are mailed by."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from provd.devices.account import Scope
from provd.store.books.invoice_scope import seen
from provd.store.books.invoice_tables import Invoice, QueuedMail
from provd.store.books.request_tables import PaymentRequest
from provd.store.database import Row
from provd.store.repository import Repository
from provd.store.scope import within
from provd.store.tables import Account


class MailState(enum.StrEnum):
    """QUEUED waits for its first attempt, FAILED for the next one; DEAD waits for a person."""

    QUEUED = "queued"
    FAILED = "failed"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Mail:
    """An invoice or a payment request on its way to one recipient; the other one's id is None.
    `error` is what the last attempt met with."""

    id: int
    invoice_id: int | None
    request_id: int | None
    recipient: str
    message_id: str
    state: MailState
    attempts: int
    next_at: datetime
    error: str
    queued_at: datetime
    queued_by: str
    sent_at: datetime | None


class Mails(Repository):
    """Each mail keeps its Message-ID for good, so that a recipient who gets it twice can tell."""

    def queue_mail(
        self,
        recipient: str,
        message_id: str,
        at: datetime,
        by: str,
        *,
        invoice_id: int | None = None,
        request_id: int | None = None,
    ) -> int:
        """Due at once. It brings one of the two."""
        return self._database.insert(
            QueuedMail.insert(
                invoice_id=invoice_id,
                request_id=request_id,
                recipient=recipient,
                message_id=message_id,
                state=MailState.QUEUED,
                attempts=0,
                next_at=at,
                error="",
                queued_at=at,
                queued_by=by,
            )
        )

    def mails_due(self, at: datetime, size: int = 20) -> Sequence[Mail]:
        """Those whose time has come, the longest waiting first."""
        waiting = QueuedMail.state.in_([MailState.QUEUED, MailState.FAILED])
        query = QueuedMail.select().where(waiting & (QueuedMail.next_at <= at))
        ordered = query.order_by(QueuedMail.next_at, QueuedMail.id).limit(size)
        return [_mail(row) for row in self._database.rows(ordered)]

    def hold_mail(self, mail: Mail, until: datetime) -> bool:
        """Nobody else gets it before then. False when somebody else has it."""
        unchanged = (
            (QueuedMail.id == mail.id)
            & (QueuedMail.state == mail.state)
            & (QueuedMail.next_at == mail.next_at)
        )
        return bool(self._database.write(QueuedMail.update(next_at=until).where(unchanged)))

    def mail_sent(self, mail_id: int, at: datetime) -> None:
        change = QueuedMail.update(
            state=MailState.SENT, sent_at=at, error="", attempts=QueuedMail.attempts + 1
        )
        self._database.write(change.where(QueuedMail.id == mail_id))

    def mail_failed(self, mail_id: int, error: str, next_at: datetime | None) -> None:
        """`next_at` None: there will be no further attempt."""
        change = QueuedMail.update(
            state=MailState.FAILED if next_at else MailState.DEAD,
            error=error,
            attempts=QueuedMail.attempts + 1,
            **({"next_at": next_at} if next_at else {}),
        )
        not_sent = QueuedMail.state != MailState.SENT
        self._database.write(change.where((QueuedMail.id == mail_id) & not_sent))

    def mail_again(self, mail_id: int, at: datetime) -> bool:
        """A person has looked at a dead one. False where it is not dead."""
        change = QueuedMail.update(state=MailState.QUEUED, next_at=at, attempts=0)
        dead = (QueuedMail.id == mail_id) & (QueuedMail.state == MailState.DEAD)
        return bool(self._database.write(change.where(dead)))

    def mails(
        self,
        scope: Scope,
        *,
        invoice_id: int | None = None,
        request_id: int | None = None,
        waiting: bool = False,
    ) -> Sequence[Mail]:
        """Of the invoices and requests in the scope, the latest first; `waiting` leaves out what
        was sent."""
        debtors = Account.select(Account.id).where(within(self._database, scope, Account.path))
        requests = PaymentRequest.select(PaymentRequest.id).where(
            PaymentRequest.debtor_id.in_(debtors)
        )
        query = QueuedMail.select(QueuedMail).where(
            QueuedMail.invoice_id.in_(seen(self._database, Invoice.select(Invoice.id), scope))
            | QueuedMail.request_id.in_(requests)
        )
        if invoice_id is not None:
            query = query.where(QueuedMail.invoice_id == invoice_id)
        if request_id is not None:
            query = query.where(QueuedMail.request_id == request_id)
        if waiting:
            query = query.where(QueuedMail.state != MailState.SENT)
        rows = self._database.rows(query.order_by(QueuedMail.id.desc()))
        return [_mail(row) for row in rows]

    def was_mailed(self, invoice_id: int) -> bool:
        """Whether it may have reached somebody: sent, or tried."""
        query = QueuedMail.select(QueuedMail.id).where(
            (QueuedMail.invoice_id == invoice_id) & (QueuedMail.state != MailState.QUEUED)
        )
        return self._database.value(query.limit(1)) is not None

    def drop_mails(self, invoice_id: int) -> None:
        """Those that nobody has tried to send."""
        gone = (QueuedMail.invoice_id == invoice_id) & (QueuedMail.state == MailState.QUEUED)
        self._database.write(QueuedMail.delete().where(gone))

    def drop_request_mails(self, request_id: int) -> None:
        """Those that were not taken yet: nobody is to pay what is paid or withdrawn."""
        gone = (QueuedMail.request_id == request_id) & (QueuedMail.state != MailState.SENT)
        self._database.write(QueuedMail.delete().where(gone))


def _mail(row: Row) -> Mail:
    return Mail(**{**row, "state": MailState(row["state"])})
