"""The code is read back by another library than the one that draws it."""

import io
from dataclasses import replace
from decimal import Decimal

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from provd.billing.invoice import InvoiceKind, InvoiceStatus
from provd.billing.money import Money
from provd.billing.party import Bank
from provd.documents.epc import invoice_code, payment_code, png
from tests.billing.invoices import BANK, invoice, line


def euro(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def scanned(image: bytes) -> list[str]:
    """The lines that a phone's camera sees."""
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(image)).convert("L"))
    assert found.ec_level == "M"
    text: bytes = found.bytes
    return text.decode().split("\n")


def test_a_bank_app_reads_whom_to_pay_how_much_and_for_what() -> None:
    code = payment_code(BANK, "Nordfon GmbH", euro("1234.50"), "2027-00001")
    assert code
    assert scanned(png(code)) == [
        "BCD", "002", "1", "SCT", "BYLADEM1001", "Nordfon GmbH", "DE02120300000000202051",
        "EUR1234.5", "", "", "2027-00001",
    ]  # fmt: skip


def test_a_bic_may_be_left_out() -> None:
    code = payment_code(replace(BANK, bic=""), "Nordfon", euro("1"), "1")
    assert code
    assert scanned(png(code))[4:8] == ["", "Nordfon", "DE02120300000000202051", "EUR1"]


def test_a_creditor_reference_is_given_as_one() -> None:
    code = payment_code(BANK, "Nordfon", euro("1"), "RF18 5390 0754 7034")
    assert code
    assert scanned(png(code))[9:] == ["RF18539007547034"]


@pytest.mark.parametrize("wrong", ["RF19 5390 0754 7034", "RF18", "2027-1", "RF18" + "0" * 22])
def test_what_only_looks_like_a_creditor_reference_is_text(wrong: str) -> None:
    code = payment_code(BANK, "Nordfon", euro("1"), wrong)
    assert code
    assert scanned(png(code))[9:] == ["", wrong]


def test_a_line_break_in_a_name_starts_no_new_element() -> None:
    code = payment_code(BANK, "Nord\nfon\x00", euro("1"), "1\n2")
    assert code
    assert scanned(png(code))[5:] == ["Nord fon", "DE02120300000000202051", "EUR1", "", "", "1 2"]


def test_umlauts_are_utf_8_and_long_names_are_cut_at_70_characters() -> None:
    code = payment_code(BANK, "Ä" * 80, euro("1"), "ß" * 60)
    assert code
    assert scanned(png(code))[5] == "Ä" * 70


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("0", "EUR"), ("-1", "EUR"), ("1000000000", "EUR"), ("10", "CHF"), ("10", "USD")],
)
def test_there_is_no_code_for_what_the_standard_has_none_for(amount: str, currency: str) -> None:
    assert payment_code(BANK, "Nordfon", Money(Decimal(amount), currency), "1") is None


def test_there_is_no_code_for_an_account_outside_of_sepa() -> None:
    turkish = Bank("TR330006100519786457841326")
    assert payment_code(turkish, "Nordfon", euro("1"), "1") is None


def test_there_is_no_code_for_more_text_than_it_holds() -> None:
    assert payment_code(BANK, "Nordfon", euro("1"), "x" * 141) is None
    assert payment_code(BANK, "諾" * 70, euro("1"), "諾" * 60) is None
    assert payment_code(BANK, "Nordfon", euro("1"), "") is None


@settings(max_examples=25, deadline=None)
@given(
    st.decimals("0.01", "999999999.99", places=2),
    st.text(min_size=1, max_size=70).filter(str.strip),
    st.from_regex(r"[A-Z0-9-]{1,30}", fullmatch=True),
)
def test_whatever_is_owed_to_whomever_can_be_scanned(
    amount: Decimal, name: str, reference: str
) -> None:
    code = payment_code(BANK, name, Money(amount, "EUR"), reference)
    if code is None:  # a name that has no visible character, or too many bytes
        return
    assert int(code.version) <= 13
    read = scanned(png(code, 3))
    assert read[0] == "BCD"
    assert Decimal(read[7].removeprefix("EUR")) == amount
    assert reference in read[9:]


def test_an_invoices_code_asks_for_what_is_left_to_pay() -> None:
    code = invoice_code(invoice(line(1, "10.00"), paid=euro("4.00")))
    assert code
    assert scanned(png(code))[7:] == ["EUR7.9", "", "", "2027-00001"]


def test_the_account_holder_is_named_where_he_is_another() -> None:
    code = invoice_code(invoice(line(1, "10.00"), bank=replace(BANK, holder="Nordfon Treuhand")))
    assert code
    assert scanned(png(code))[5] == "Nordfon Treuhand"


def test_nobody_is_asked_to_pay_a_draft_a_void_a_credit_note_or_what_is_paid() -> None:
    due = invoice(line(1, "10.00"))
    for other in (
        replace(due, status=InvoiceStatus.DRAFT),
        replace(due, status=InvoiceStatus.VOID),
        replace(due, kind=InvoiceKind.CREDIT_NOTE),
        replace(due, paid=due.gross),
        replace(due, bank=None),
    ):
        assert invoice_code(other) is None
