"""The mail that an invoice or a payment request goes by: who writes to whom, and what is
attached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from provd.billing.invoice import Invoice, InvoiceKind
from provd.billing.request import PaymentRequest
from provd.documents.words import Words, request_words, words
from provd.errors import InputError


@dataclass(frozen=True, slots=True)
class Envelope:
    """`sender` is the address that the mail server lets provd write from; the issuer's own is where
    answers go. `message_id` and `written_at` stay the same whenever it is sent again."""

    sender: str
    recipient: str
    message_id: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """`media_type` as in application/pdf."""

    name: str
    media_type: str
    content: bytes


_ASCII = SMTP.clone(cte_type="7bit")
"""For servers that don't offer 8BITMIME (RFC 6152)."""

_SUBJECT = {"en": "{} {} from {}", "de": "{} {} von {}"}
_COVER = {
    "en": "{} {} of {} over {} is attached.",
    "de": "Im Anhang finden Sie: {} {} vom {} über {}.",
}


def invoice_message(
    invoice: Invoice,
    envelope: Envelope,
    attachments: Iterable[Attachment],
    language: str = "en",
) -> EmailMessage:
    """A message in the issuer's name, the same octets each time it is made of the same values but
    for the boundary between its parts. Raises InputError for an address that no header can hold,
    and for a language that provd doesn't speak."""
    return _written(invoice, envelope, attachments, words(language))


def request_message(
    request: PaymentRequest,
    envelope: Envelope,
    attachments: Iterable[Attachment],
    language: str = "en",
) -> EmailMessage:
    """As `invoice_message`: how much is to be paid by when and how, and that nothing runs
    before."""
    spoken = request_words(language, request.purpose)
    return _written(request.document, envelope, attachments, spoken, spoken.no_invoice)


def _written(
    invoice: Invoice,
    envelope: Envelope,
    attachments: Iterable[Attachment],
    spoken: Words,
    remark: str = "",
) -> EmailMessage:
    try:
        return _message(invoice, envelope, attachments, spoken, remark)
    except (ValueError, MessageError) as error:
        raise InputError(
            f"no mail can be written to {envelope.recipient}: {error}", key="email"
        ) from error


def _message(
    invoice: Invoice,
    envelope: Envelope,
    attachments: Iterable[Attachment],
    spoken: Words,
    remark: str,
) -> EmailMessage:
    message = EmailMessage(policy=_ASCII)
    subject = _SUBJECT[spoken.code]
    message["Subject"] = subject.format(_kind(invoice, spoken), invoice.number, invoice.brand.title)
    message["From"] = Address(invoice.brand.title, addr_spec=envelope.sender)
    message["To"] = Address(addr_spec=envelope.recipient)
    if invoice.issuer.email:
        message["Reply-To"] = Address(invoice.issuer.name, addr_spec=invoice.issuer.email)
    message["Date"] = envelope.written_at
    message["Message-ID"] = envelope.message_id
    # So that an answering machine does not answer (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    # Where lines may break is the reader's program's to say: no fixed blanks.
    message.set_content(_text(invoice, spoken, remark).replace("\N{NO-BREAK SPACE}", " "))
    for one in attachments:
        main, _, sub = one.media_type.partition("/")
        message.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
    return message


def _kind(invoice: Invoice, spoken: Words) -> str:
    note = invoice.kind is InvoiceKind.CREDIT_NOTE
    return spoken.credit_note if note else spoken.invoice


def _text(invoice: Invoice, spoken: Words, remark: str) -> str:
    issued = spoken.day(invoice.issued_on) if invoice.issued_on else ""
    total = spoken.money(invoice.gross)
    cover = _COVER[spoken.code]
    lines = [
        f"{invoice.debtor.name},",
        "",
        cover.format(_kind(invoice, spoken), invoice.number, issued, total),
    ]
    if invoice.kind is InvoiceKind.INVOICE and invoice.payable.amount > 0:
        lines += ["", *_payment(invoice, spoken)]
    if remark:
        lines += ["", remark]
    return "\n".join([*lines, "", *_signature(invoice), ""])


def _payment(invoice: Invoice, spoken: Words) -> Iterable[str]:
    amount = spoken.money(invoice.payable)
    if invoice.due_on:
        yield spoken.pay_by.format(amount, spoken.day(invoice.due_on))
    else:
        yield spoken.pay.format(amount)
    yield ""
    if invoice.bank is not None:
        yield f"  {spoken.holder}: {invoice.bank.holder or invoice.issuer.name}"
        yield f"  IBAN: {_grouped(invoice.bank.iban)}"
        if invoice.bank.bic:
            yield f"  BIC: {invoice.bank.bic}"
    yield f"  {spoken.reference}: {invoice.reference}"


def _grouped(iban: str) -> str:
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def _signature(invoice: Invoice) -> Iterable[str]:
    party = invoice.issuer
    yield party.name
    yield from (part for part in (party.email, party.phone) if part)
