"""The queue that invoices are mailed by."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from provd.devices.account import Scope
from provd.store.books.invoice_scope import seen
from provd.store.books.invoice_tables import Invoice, InvoiceMail
from provd.store.database import Row
from provd.store.repository import Repository


class MailState(enum.StrEnum):
    """QUEUED waits for its first attempt, FAILED for the next one; DEAD waits for a person."""

    QUEUED = "queued"
    FAILED = "failed"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Mail:
    """An invoice on its way to one recipient. `error` is what the last attempt met with."""

    id: int
    invoice_id: int
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
        self, invoice_id: int, recipient: str, message_id: str, at: datetime, by: str
    ) -> int:
        """Due at once."""
        return self._database.insert(
            InvoiceMail.insert(
                invoice_id=invoice_id,
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
        waiting = InvoiceMail.state.in_([MailState.QUEUED, MailState.FAILED])
        query = InvoiceMail.select().where(waiting & (InvoiceMail.next_at <= at))
        ordered = query.order_by(InvoiceMail.next_at, InvoiceMail.id).limit(size)
        return [_mail(row) for row in self._database.rows(ordered)]

    def hold_mail(self, mail: Mail, until: datetime) -> bool:
        """Nobody else gets it before then. False when somebody else has it."""
        unchanged = (
            (InvoiceMail.id == mail.id)
            & (InvoiceMail.state == mail.state)
            & (InvoiceMail.next_at == mail.next_at)
        )
        return bool(self._database.write(InvoiceMail.update(next_at=until).where(unchanged)))

    def mail_sent(self, mail_id: int, at: datetime) -> None:
        change = InvoiceMail.update(
            state=MailState.SENT, sent_at=at, error="", attempts=InvoiceMail.attempts + 1
        )
        self._database.write(change.where(InvoiceMail.id == mail_id))

    def mail_failed(self, mail_id: int, error: str, next_at: datetime | None) -> None:
        """`next_at` None: there will be no further attempt."""
        change = InvoiceMail.update(
            state=MailState.FAILED if next_at else MailState.DEAD,
            error=error,
            attempts=InvoiceMail.attempts + 1,
            **({"next_at": next_at} if next_at else {}),
        )
        not_sent = InvoiceMail.state != MailState.SENT
        self._database.write(change.where((InvoiceMail.id == mail_id) & not_sent))

    def mail_again(self, mail_id: int, at: datetime) -> bool:
        """A person has looked at a dead one. False where it is not dead."""
        change = InvoiceMail.update(state=MailState.QUEUED, next_at=at, attempts=0)
        dead = (InvoiceMail.id == mail_id) & (InvoiceMail.state == MailState.DEAD)
        return bool(self._database.write(change.where(dead)))

    def mails(
        self, scope: Scope, *, invoice_id: int | None = None, waiting: bool = False
    ) -> Sequence[Mail]:
        """Of the invoices in the scope, the latest first; `waiting` leaves out what was sent."""
        query = InvoiceMail.select(InvoiceMail).where(
            InvoiceMail.invoice_id.in_(seen(self._database, Invoice.select(Invoice.id), scope))
        )
        if invoice_id is not None:
            query = query.where(InvoiceMail.invoice_id == invoice_id)
        if waiting:
            query = query.where(InvoiceMail.state != MailState.SENT)
        rows = self._database.rows(query.order_by(InvoiceMail.id.desc()))
        return [_mail(row) for row in rows]

    def was_mailed(self, invoice_id: int) -> bool:
        """Whether it may have reached somebody: sent, or tried."""
        query = InvoiceMail.select(InvoiceMail.id).where(
            (InvoiceMail.invoice_id == invoice_id) & (InvoiceMail.state != MailState.QUEUED)
        )
        return self._database.value(query.limit(1)) is not None

    def drop_mails(self, invoice_id: int) -> None:
        """Those that nobody has tried to send."""
        gone = (InvoiceMail.invoice_id == invoice_id) & (InvoiceMail.state == MailState.QUEUED)
        self._database.write(InvoiceMail.delete().where(gone))


def _mail(row: Row) -> Mail:
    return Mail(**{**row, "state": MailState(row["state"])})
