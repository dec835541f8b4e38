"""The Swiss QR-bill: its code is read back from the paper by another library than draws it."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from pypdf import PageObject

from provd.billing.invoice import Invoice, InvoiceKind, InvoiceStatus
from provd.billing.money import Money
from provd.billing.party import Bank, Party
from provd.billing.qr_reference import is_qr_iban, is_qr_reference, qr_reference
from provd.documents.epc import invoice_code
from provd.documents.swiss import swiss_bill
from tests.billing.invoices import ZERO, invoice, line
from tests.documents.test_pdf import read, text_of

SELLER = Party(
    "Alpentelefon AG", "CH", ("Postfach", "Bahnhofstrasse 12a"), "8001", "Zürich",
    vat_id="CHE123456789", email="rechnung@alpentelefon.example",
)  # fmt: skip
BUYER = Party("Bäckerei Łukasz Żak", "LI", ("Am Markt 3-5",), "9490", "Vaduz")
PLAIN, QR = Bank("CH9300762011623852957"), Bank("CH4431999123000889012")
DUE = invoice(
    line(1, "1234.50", currency="CHF"),
    currency="CHF", issuer=SELLER, debtor=BUYER, bank=PLAIN,
)  # fmt: skip


def elements(made: Invoice) -> list[str]:
    bill = swiss_bill(made)
    assert bill is not None
    return bill.payload.split("\n")


def test_the_code_says_whom_to_pay_who_pays_how_much_and_for_what() -> None:
    assert elements(DUE) == [
        "SPC", "0200", "1", "CH9300762011623852957",
        "S", "Alpentelefon AG", "Bahnhofstrasse", "12a", "8001", "Zürich", "CH",
        "", "", "", "", "", "", "",
        "1469.06", "CHF",
        "S", "Bäckerei Łukasz Żak", "Am Markt", "3-5", "9490", "Vaduz", "LI",
        "NON", "", "2027-00001", "EPD",
    ]  # fmt: skip


def test_a_creditor_reference_goes_with_an_iban_and_a_qr_reference_with_a_qr_iban() -> None:
    structured = replace(DUE, reference="RF18 5390 0754 7034")
    assert elements(structured)[27:] == ["SCOR", "RF18539007547034", "", "EPD"]
    assert elements(replace(structured, bank=QR))[27:] == [
        "QRR", "000000000000185390075470340"[:26] + qr_reference("18539007547034")[-1],
        "RF18 5390 0754 7034", "EPD",
    ]  # fmt: skip
    own = "210000000003139471430009017"
    assert elements(replace(DUE, bank=QR, reference=own))[27:] == ["QRR", own, "", "EPD"]
    made = elements(replace(DUE, bank=QR))
    assert (made[27], made[28][:26].lstrip("0"), made[29]) == ("QRR", "202700001", "2027-00001")
    assert is_qr_reference(made[28])


def test_the_standards_own_examples_are_references() -> None:
    assert is_qr_iban(QR.iban)
    assert not is_qr_iban(PLAIN.iban)
    assert is_qr_reference("21 00000 00003 13947 14300 09017")
    assert not is_qr_reference("21 00000 00003 13947 14300 09018")
    assert qr_reference("no digits") == qr_reference("1" * 27) == ""


@given(st.integers(1, 10**26 - 1), st.integers(0, 25), st.integers(1, 9))
def test_a_wrong_digit_in_a_qr_reference_is_found(number: int, at: int, more: int) -> None:
    made = qr_reference(str(number))
    assert is_qr_reference(made)
    wrong = made[:at] + str((int(made[at]) + more) % 10) + made[at + 1 :]
    assert not is_qr_reference(wrong)


def test_a_payer_whose_address_is_not_whole_writes_it_by_hand() -> None:
    made = replace(DUE, debtor=replace(BUYER, postcode=""))
    assert elements(made)[20:27] == [""] * 7
    assert "Payable by (name/address)" in text_of(made)


def test_what_the_standard_has_no_letter_for_is_its_base_letter_or_a_dot() -> None:
    made = elements(replace(DUE, debtor=replace(BUYER, name="Nguyễn \u0412 Ș€" + "x" * 80)))
    assert made[21] == ("Nguyen . Ș€" + "x" * 80)[:70]
    assert len(made) == 31


@pytest.mark.parametrize(
    "change",
    [
        {"bank": Bank("DE02120300000000202051")},
        {"bank": None},
        {"issuer": replace(SELLER, postcode="")},
        {"status": InvoiceStatus.DRAFT},
        {"status": InvoiceStatus.VOID},
        {"kind": InvoiceKind.CREDIT_NOTE},
        {"paid": DUE.gross},
        {"bank": QR, "reference": "none"},
    ],
)
def test_there_is_no_slip_for_what_has_no_qr_bill(change: dict[str, object]) -> None:
    assert swiss_bill(replace(DUE, **change)) is None  # type: ignore[arg-type]


def test_an_invoice_without_a_qr_bill_has_no_page_for_it() -> None:
    assert len(read(replace(DUE, bank=None)).pages) == 1


def test_other_currencies_have_no_slip_and_euro_has_both_codes() -> None:
    dollars = invoice(line(1, "5", currency="USD"), currency="USD", issuer=SELLER, bank=PLAIN)
    assert swiss_bill(dollars) is None
    euro = invoice(line(1, "5.00"), issuer=SELLER, debtor=BUYER, bank=PLAIN)
    assert elements(euro)[18:20] == ["5.95", "EUR"]
    assert invoice_code(euro)


@settings(max_examples=8, deadline=None)
@given(
    st.decimals("0.01", "999999999.99", places=2),
    st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=90),
    st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=90),
)
def test_whatever_is_owed_the_code_holds_its_elements(
    amount: Decimal, name: str, street: str
) -> None:
    issuer = replace(SELLER, name=name, address_lines=(street,))
    made = invoice(line(1, str(amount), ZERO, "CHF"), currency="CHF", issuer=issuer, bank=PLAIN)
    bill = swiss_bill(made)
    if bill is None:
        assert not name.strip()
        return
    held = bill.payload.split("\n")
    assert (len(held), Decimal(held[18])) == (31, amount)
    assert len(bill.payload) <= 997


@pytest.mark.parametrize(("bank", "heads"), [(PLAIN, "Account / Payable to"), (QR, "Reference")])
def test_the_paper_has_it_in_print_and_the_code_is_read_from_it_under_its_cross(
    bank: Bank, heads: str
) -> None:
    made = replace(DUE, bank=bank)
    text = text_of(made)
    for part in ("Receipt", "Payment part", heads, "Acceptance point", "1 469.06", "9490 Vaduz"):
        assert part in text, part
    assert "Invoice 2027-00001" in read(made).pages[1].extract_text()
    (found,) = zxingcpp.read_barcodes(squares(read(made).pages[1]))
    assert found.ec_level == "M"
    assert found.bytes.decode().split("\n") == elements(made)


def squares(page: PageObject) -> Image.Image:
    """What is filled on a page, at 10 dots to the millimetre."""
    scale, height = 10 * 25.4 / 72, float(page.mediabox.height)
    picture, dark = Image.new("L", (2100, 2970), 255), True
    draw, content = ImageDraw.Draw(picture), page.get_contents()
    assert content is not None
    for step in content.get_data().decode("latin-1").splitlines():
        if ink := re.fullmatch(r"([\d.]+) (?:g|[\d.]+ [\d.]+ rg)", step):
            dark = float(ink[1]) < 0.5
        elif box := re.fullmatch(r"([\d.-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+) re f", step):
            x, y, width, tall = (float(number) for number in box.groups())
            low, high = sorted((height - y, height - y - tall))
            corners = (x, low, x + width, high)
            draw.rectangle([round(one * scale) for one in corners], fill=0 if dark else 255)
    return picture


def test_it_speaks_german() -> None:
    text = text_of(DUE, language="de")
    for part in ("Empfangsschein", "Zahlteil", "Konto / Zahlbar an", "Zusätzliche Informationen"):
        assert part in text, part


def test_an_amount_of_nothing_has_no_slip() -> None:
    assert swiss_bill(replace(DUE, paid=DUE.gross + Money(Decimal(1), "CHF"))) is None
