"""The mail that an invoice goes by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from provd.billing.invoice import InvoiceKind
from provd.devices.account import Brand
from provd.documents.mail import _COVER, _SUBJECT, Attachment, Envelope, invoice_message
from provd.documents.words import LANGUAGES
from provd.errors import InputError
from tests.billing.invoices import invoice, line

ENVELOPE = Envelope(
    "no-reply@provd.example",
    "office@moeller.example",
    "<4711@provd.example>",
    datetime(2027, 2, 1, 9, tzinfo=UTC),
)
PDF = Attachment("Invoice-2027-00001.pdf", "application/pdf", b"%PDF-1.7\n\x00\xff")
INVOICE = invoice(line(1, "10.00"))


def read(message: EmailMessage) -> EmailMessage:
    """As the recipient's program reads the octets."""
    return message_from_bytes(bytes(message), policy=default)


def test_it_comes_in_the_issuers_name_and_answers_go_to_the_issuer() -> None:
    mail = read(invoice_message(INVOICE, ENVELOPE, [PDF]))
    assert str(mail["From"]) == "Nordfon <no-reply@provd.example>"
    assert str(mail["Reply-To"]) == "Nordfon GmbH <billing@nordfon.example>"
    assert str(mail["To"]) == "office@moeller.example"
    assert str(mail["Subject"]) == "Invoice 2027-00001 from Nordfon"
    assert str(mail["Message-ID"]) == "<4711@provd.example>"
    assert str(mail["Date"]) == "Mon, 01 Feb 2027 09:00:00 +0000"


def test_it_tells_what_to_pay_and_brings_the_documents() -> None:
    mail = read(invoice_message(INVOICE, ENVELOPE, [PDF]))
    body = mail.get_body()
    assert body is not None
    text = body.get_content()
    assert "Invoice 2027-00001 of 1 Feb 2027 over EUR 11.90 is attached." in text
    assert "Please transfer EUR 11.90 by 15 Feb 2027." in text
    assert "Reference: 2027-00001" in text
    assert "DE02 1203 0000 0000 2020 51" in text
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "Invoice-2027-00001.pdf"
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content() == PDF.content


def test_a_credit_note_asks_for_nothing() -> None:
    note = replace(INVOICE, kind=InvoiceKind.CREDIT_NOTE, number="CN-1")
    mail = read(invoice_message(note, ENVELOPE, []))
    body = mail.get_body()
    assert body is not None
    assert "Credit note CN-1" in body.get_content()
    assert "Please" not in body.get_content()


def test_letters_of_all_kinds_arrive() -> None:
    made = replace(INVOICE, brand=Brand("Телефон «Nörd», Inc."), debtor=INVOICE.debtor)
    message = invoice_message(made, ENVELOPE, [PDF])
    assert bytes(message).isascii()
    mail = read(message)
    assert mail["From"].addresses[0].display_name == "Телефон «Nörd», Inc."
    body = mail.get_body()
    assert body is not None
    assert body.get_content().startswith("Bäckerei Möller & Söhne,")


def test_it_is_in_the_readers_language() -> None:
    mail = read(invoice_message(INVOICE, ENVELOPE, [], "de"))
    assert str(mail["Subject"]) == "Rechnung 2027-00001 von Nordfon"
    body = mail.get_body()
    assert body is not None
    assert "Rechnung 2027-00001 vom 01.02.2027 über 11,90 EUR." in body.get_content()
    assert set(_SUBJECT) == set(_COVER) == set(LANGUAGES)
    with pytest.raises(InputError):
        invoice_message(INVOICE, ENVELOPE, [], "tlh")
