"""A payment request on paper and by mail: how to pay, and that it is no invoice."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pypdf import PdfReader

from provd.billing.invoice import InvoiceStatus
from provd.billing.money import Money
from provd.billing.request import Advance, PaymentRequest, Renewal, RequestEvent, RequestFact
from provd.documents.epc import invoice_code
from provd.documents.mail import Envelope, request_message
from provd.documents.pdf import request_pdf
from tests.billing.invoices import invoice, line

AT = datetime(2027, 1, 4, 9, tzinfo=UTC)
PAPER = invoice(line(1, "49.90"), status=InvoiceStatus.DRAFT, number="", reference="")
ASKED = PaymentRequest(
    id=12,
    key="k",
    what=Renewal(5, AT, date(2027, 3, 1)),
    periods=1,
    paper=PAPER,
    issued_on=date(2027, 1, 4),
    pay_by=date(2027, 1, 31),
    requested_at=AT,
    requested_by="bob",
)


def text_of(made: PaymentRequest, language: str = "en") -> str:
    pages = PdfReader(io.BytesIO(request_pdf(made, language=language))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("en", ("Payment request RF6800000012", "This is not an invoice", "by 31 Jan 2027")),
        ("de", ("Zahlungsaufforderung RF6800000012", "Dies ist keine Rechnung", "31.01.2027")),
    ],
)
def test_it_says_what_it_is_and_how_to_pay(language: str, parts: tuple[str, ...]) -> None:
    text = text_of(ASKED, language)
    for part in (*parts, "DE02 1203 0000 0000 2020 51"):
        assert part in text
    assert "Rechnungsdatum" not in text
    assert "Invoice 2027" not in text


def test_what_is_left_is_asked_for_and_of_a_withdrawn_one_nothing() -> None:
    part = RequestEvent(RequestFact.PAYMENT, AT, "bob", amount=Money.from_micros(9_380_000, "EUR"))
    partly = replace(ASKED, events=(part,))
    assert str(partly.document.payable) == "50.00 EUR"
    assert invoice_code(partly.document) is not None
    gone = replace(ASKED, events=(RequestEvent(RequestFact.WITHDRAWN, AT, "bob", "left"),))
    assert invoice_code(gone.document) is None


def test_an_advance_counts_towards_invoices() -> None:
    text = text_of(replace(ASKED, what=Advance("Deposit")))
    assert "What you pay in advance counts towards your invoices." in text


def test_its_mail_names_amount_day_account_and_reference() -> None:
    envelope = Envelope("a@provider.example", "b@example.com", "<1@x>", AT)
    message = request_message(ASKED, envelope, [], "de")
    assert message["Subject"] == "Zahlungsaufforderung RF6800000012 von Nordfon"
    text = message.get_content()
    for part in (
        "59,38 EUR bis zum 31.01.2027",
        "Verwendungszweck: RF6800000012",
        "keine Rechnung",
    ):
        assert part in text
