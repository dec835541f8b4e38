"""What is on the paper, read back by another library. Whether it looks well is for eyes."""

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from provd.billing.invoice import Invoice, InvoiceKind, InvoiceStatus, Reference
from provd.billing.money import Money
from provd.billing.tax import Taxation, TaxCode
from provd.billing.tax_category import TaxCategory
from provd.devices.account import Brand
from provd.documents.pdf import invoice_pdf
from provd.errors import InputError
from tests.billing.invoices import BANK, DEBTOR, REDUCED, REVERSE, ZERO, invoice, line
from tests.documents.test_epc import scanned

ONE = invoice(line(1, "49.90", detail="Reception"))


def read(made: Invoice, **how: object) -> PdfReader:
    return PdfReader(io.BytesIO(invoice_pdf(made, **how)))  # type: ignore[arg-type]


@cache
def text_of(made: Invoice, **how: object) -> str:
    """All pages; blanks at which no line breaks read like others."""
    pages = [page.extract_text() for page in read(made, **how).pages]
    return " ".join("\n".join(pages).split())


def image(size: tuple[int, int] = (300, 80), mode: str = "RGB", form: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, 200).save(file, form)
    return file.getvalue()


def test_it_says_who_asks_whom_for_what_and_when() -> None:
    text = text_of(ONE)
    for part in (
        "Nordfon GmbH", "Hafenstraße 7", "20457 Hamburg", "VAT ID DE123456789",
        "Register HRB 1234", "+49 40 123456", "billing@nordfon.example",
        "Bäckerei Möller & Söhne", "Am Markt 3", "21073 Hamburg",
        "Invoice 2027-00001", "1 Feb 2027", "15 Feb 2027", "1 Jan \u2013 31 Jan 2027",
        "Hardware lease 1", "Reception · 1 Jan \u2013 31 Jan 2027", "Net EUR 49.90",
        "VAT 19 % on EUR 49.90", "EUR 9.48", "Total EUR 59.38",
        "Please transfer EUR 59.38 by 15 Feb 2027.", "DE02 1203 0000 0000 2020 51",
        "BYLADEM1001", "Page 1 of 1",
    ):  # fmt: skip
        assert part in text, part


def test_it_speaks_german() -> None:
    text = text_of(invoice(line(1, "1234.50")), language="de")
    for part in (
        "Rechnung 2027-00001", "Rechnungsdatum 01.02.2027", "Zahlbar bis 15.02.2027",
        "01.01. \u2013 31.01.2027", "Netto 1.234,50 EUR", "USt. 19 % auf 1.234,50 EUR",
        "Gesamtbetrag 1.469,06 EUR", "Verwendungszweck 2027-00001", "Seite 1 von 1",
    ):  # fmt: skip
        assert part in text, part


def test_it_speaks_no_language_that_it_was_not_taught() -> None:
    with pytest.raises(InputError, match="Choose de, en"):
        invoice_pdf(ONE, language="xx")


def test_the_same_invoice_is_the_same_bytes() -> None:
    assert invoice_pdf(ONE, logo=image()) == invoice_pdf(ONE, logo=image())


def test_its_metadata_are_the_invoices_and_bear_its_day() -> None:
    document = read(ONE, language="de")
    told = document.xmp_metadata
    assert told
    assert told.dc_title == {"x-default": "Rechnung 2027-00001"}
    assert told.dc_creator == ["Nordfon GmbH"]
    xmp = document.trailer["/Root"]["/Metadata"].get_data().decode()  # type: ignore[index]
    assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>" in xmp
    assert xmp.count("2027-02-01T00:00:00+00:00") == 3
    assert document.trailer["/Root"]["/Lang"] == "de"  # type: ignore[index]


def test_all_its_fonts_are_embedded() -> None:
    fonts = read(ONE).pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    assert len(fonts) == 2
    for font in fonts.values():
        inner = font.get_object()["/DescendantFonts"][0].get_object()
        assert "/FontFile2" in inner["/FontDescriptor"].get_object()


def test_the_code_on_the_paper_pays_the_invoice() -> None:
    (found,) = read(ONE).pages[0].images
    assert scanned(found.data)[5:] == [
        "Nordfon GmbH", "DE02120300000000202051", "EUR59.38", "", "", "2027-00001"
    ]  # fmt: skip


def test_head_and_numbers_are_on_each_of_many_pages() -> None:
    many = invoice(*(line(i, "1.00", text=f"Lease of phone {i}") for i in range(1, 91)))
    pages = [" ".join(page.extract_text().split()) for page in read(many).pages]
    assert 3 <= len(pages) <= 6
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert ("No. Description Quantity Price VAT Amount EUR" in page) == ("Lease" in page)
        assert "Invoice 2027-00001" in page
        assert "VAT ID DE123456789" in page
    for i in range(1, 91):
        assert sum(f"Lease of phone {i} " in page for page in pages) == 1


def test_a_line_longer_than_a_page_goes_on_on_the_next() -> None:
    words = [f"word{i}" for i in range(800)]
    made = invoice(line(1, "1.00", text=" ".join(words)))
    assert len(read(made).pages) > 2
    assert set(words) <= set(text_of(made).split())


def test_a_long_name_and_address_are_whole() -> None:
    name = "Gesellschaft für die Verwaltung von Fernmeldeanlagen und deren Nutzung mbH & Co. KG"
    where = ("c/o Empfang", "Hinterhaus", "Stiege 4", "Tür 12", "Donaustraße 1")
    made = replace(ONE, debtor=replace(DEBTOR, name=name, country="AT", address_lines=where))
    text = text_of(made)
    assert f"{name} {' '.join(where)} 21073 Hamburg AT" in text
    assert text.index("Donaustraße 1") < text.index("Invoice 2027-00001")


def test_no_figure_is_cut_however_long_it_is() -> None:
    made = invoice(line(1, "123456789012345.67"), paid=Money(Decimal("0.01"), "EUR"))
    assert text_of(made).count("123,456,789,012,345.67") == 4  # price, amount, net, base of VAT
    assert "…" not in text_of(made)


def test_an_issuer_abroad_says_from_where() -> None:
    lines = ("Hafenstraße 7", "Haus 2", "3. Stock")
    made = replace(ONE, issuer=replace(ONE.issuer, address_lines=lines))
    assert "Hafenstraße 7, Haus 2, 3. Stock 20457 Hamburg +49" in text_of(made)
    made = replace(made, debtor=replace(DEBTOR, country="AT"))
    assert "Hafenstraße 7, Haus 2, 3. Stock 20457 Hamburg, DE +49" in text_of(made)


def test_an_issuers_long_name_is_whole_in_the_foot() -> None:
    name = "Norddeutsche Gesellschaft für Fernsprechanlagen mit beschränkter Haftung"
    made = replace(ONE, issuer=replace(ONE.issuer, name=name), bank=None)
    assert f"{name} Hafenstraße 7 20457 Hamburg +49" in text_of(made)


def test_greek_and_cyrillic_are_written_and_what_the_font_lacks_is_a_box() -> None:
    text = text_of(invoice(line(1, "1", text="Αθήνα Москва Łódź"), line(2, "1", text="東京 Tokyo")))
    assert "Αθήνα Москва Łódź" in text
    assert "□□ Tokyo" in text


@pytest.mark.parametrize(
    ("status", "stamp"), [(InvoiceStatus.DRAFT, "DRAFT"), (InvoiceStatus.VOID, "VOID")]
)
def test_a_draft_and_a_void_say_so_and_ask_nobody_to_pay(status: InvoiceStatus, stamp: str) -> None:
    document = read(replace(ONE, status=status, number="", issued_on=None, due_on=None))
    text = document.pages[0].extract_text()
    assert text.count(stamp) == 2  # across the page, and in its heading
    assert "transfer" not in text
    assert list(document.pages[0].images) == []


def test_a_credit_note_names_what_it_corrects_and_asks_for_nothing() -> None:
    note = invoice(
        line(1, "10.00"),
        kind=InvoiceKind.CREDIT_NOTE,
        number="CN-1",
        refers_to=(Reference("2027-00001", date(2027, 2, 1)),),
    )
    text = text_of(note)
    assert "Credit note CN-1 Corrects invoice 2027-00001 of 1 Feb 2027" in text
    assert "The amount is credited to your account." in text
    assert "Due" not in text
    # In German law a "Gutschrift" is something else: an invoice that the buyer writes.
    assert "Rechnungskorrektur CN-1" in text_of(note, language="de")


def test_reverse_charge_is_said_in_the_words_that_the_law_wants() -> None:
    made = invoice(line(1, "10.00", REVERSE))
    assert "Reverse charge: the recipient of the service owes the VAT." in text_of(made)
    assert "Steuerschuldnerschaft des Leistungsempfängers" in text_of(made, language="de")


def test_each_rate_has_its_row_and_what_is_exempt_its_reason() -> None:
    exempt = Taxation(
        TaxCategory.EXEMPT, TaxCode.EXEMPT, Decimal(0), "Insurance", "VATEX-EU-135-1-A"
    )
    made = invoice(
        line(1, "10.00"), line(2, "20.00", REDUCED), line(3, "5.00", ZERO), line(4, "7.00", exempt)
    )
    text = text_of(made)
    for part in (
        "VAT 19 % on EUR 10.00 EUR 1.90", "VAT 7 % on EUR 20.00 EUR 1.40",
        "VAT 0 % on EUR 5.00 EUR 0.00", "Exempt from VAT: EUR 7.00", "Exempt from VAT: Insurance",
    ):  # fmt: skip
        assert part in " ".join(text.split()), part


def test_a_currency_without_coins_has_none_and_no_code() -> None:
    yen = invoice(line(1, "123456", currency="JPY"), currency="JPY")
    assert "Total JPY 146,913" in text_of(yen)
    assert list(read(yen).pages[0].images) == []


def test_what_was_paid_is_taken_off() -> None:
    text = text_of(replace(ONE, paid=Money(Decimal("9.38"), "EUR")))
    assert "Paid \u2212EUR 9.38 Amount due EUR 50.00" in text
    assert "Nothing is left to pay." in text_of(replace(ONE, paid=ONE.gross))


def test_an_issuer_without_a_bank_account_is_still_named_a_reference_for() -> None:
    text = text_of(replace(ONE, bank=None))
    assert "Please transfer EUR 59.38" in text
    assert "Reference 2027-00001" in text
    assert "IBAN" not in text


def test_the_logo_stands_in_the_place_of_the_title_and_says_whose_it_is() -> None:
    document = read(ONE, logo=image())
    assert len(document.pages[0].images) == 2
    assert "Nordfon\n" not in document.pages[0].extract_text().split("Hafenstraße")[0]
    assert read(ONE).pages[0].extract_text().startswith("Nordfon")


@pytest.mark.parametrize(
    ("mode", "form"), [("CMYK", "JPEG"), ("P", "PNG"), ("I;16", "PNG"), ("LA", "PNG"), ("1", "PNG")]
)
def test_a_logo_of_any_kind_is_printed_in_colours_that_archives_take(mode: str, form: str) -> None:
    objects = read(ONE, logo=image((2_400, 100), mode, form)).pages[0]["/Resources"]["/XObject"]  # type: ignore[index]
    (logo,) = [one.get_object() for one in objects.values() if one.get_object()["/Width"] == 1_200]
    assert logo["/ColorSpace"] in ("/DeviceRGB", "/DeviceGray")


@pytest.mark.parametrize("broken", [b"", b"<svg/>", image()[:60]])
def test_it_refuses_a_logo_that_is_no_image(broken: bytes) -> None:
    with pytest.raises(InputError, match="logo"):
        invoice_pdf(ONE, logo=broken)


def test_it_refuses_a_colour_that_is_none() -> None:
    with pytest.raises(InputError, match="colour"):
        invoice_pdf(replace(ONE, brand=Brand("Nordfon", "green")))


@settings(max_examples=5, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=3), st.text(min_size=1, max_size=80))
def test_no_text_keeps_an_invoice_from_being_printed(texts: list[str], note: str) -> None:
    made = invoice(*(line(i, "1", text=text) for i, text in enumerate(texts, 1)), notes=(note,))
    assert invoice_pdf(replace(made, bank=BANK)).startswith(b"%PDF-1.7")
