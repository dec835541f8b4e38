import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.billing import export_quickbooks, export_xero
from provd.billing.export_invoices import DateForm, ImportFile, ImportMapping, priced
from provd.billing.export_quickbooks import quickbooks_files
from provd.billing.export_xero import xero_files
from provd.billing.invoice import Invoice, InvoiceKind, InvoiceStatus
from provd.billing.money import Money
from provd.errors import InputError
from tests.billing.invoices import DEBTOR, REDUCED, REVERSE, invoice, line

MAPPING = ImportMapping(
    accounts={"lease": "210", "": "200"},
    items={"lease": "Lease:Phones"},
    tax_types={"19": "19% (VAT on Income)", "7": "7% VAT", "reverse-charge": "Reverse Charge"},
)
Files = Callable[[Iterable[Invoice], ImportMapping], Iterator[ImportFile]]
BOTH: list[Files] = [xero_files, quickbooks_files]


def rows(file: ImportFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.text, newline="")))


def only(files: Iterator[ImportFile]) -> list[dict[str, str]]:
    (file,) = files
    return rows(file)


def many(count: int, lines: int = 1) -> list[Invoice]:
    made = invoice(*(line(i, "1.00") for i in range(1, lines + 1)))
    return [replace(made, number=f"2027-{at:05}") for at in range(count)]


def test_the_headers_are_those_of_the_programs() -> None:
    (xero,) = xero_files([invoice(line(1, "1"))], MAPPING)
    assert xero.text.split("\r\n")[0] == (
        "*ContactName,EmailAddress,POAddressLine1,POAddressLine2,POAddressLine3,POAddressLine4,"
        "POCity,PORegion,POPostalCode,POCountry,*InvoiceNumber,Reference,*InvoiceDate,*DueDate,"
        "InventoryItemCode,*Description,*Quantity,*UnitAmount,Discount,*AccountCode,*TaxType,"
        "TrackingName1,TrackingOption1,TrackingName2,TrackingOption2,Currency,BrandingTheme"
    )
    (quickbooks,) = quickbooks_files([invoice(line(1, "1"))], MAPPING)
    assert quickbooks.text.split("\r\n")[0] == (
        "*InvoiceNo,*Customer,*InvoiceDate,*DueDate,Terms,Location,Memo,Item(Product/Service),"
        "ItemDescription,ItemQuantity,ItemRate,*ItemAmount,Service Date"
    )


def test_a_line_in_xeros_words() -> None:
    made = invoice(line(1, "49.90"), buyer_reference="PO 4711")
    (row,) = only(xero_files([made], MAPPING))
    assert {name: cell for name, cell in row.items() if cell} == {
        "*ContactName": "Bäckerei Möller & Söhne",
        "EmailAddress": "office@moeller.example",
        "POAddressLine1": "Am Markt 3",
        "POCity": "Hamburg",
        "POPostalCode": "21073",
        "POCountry": "DE",
        "*InvoiceNumber": "2027-00001",
        "Reference": "PO 4711",
        "*InvoiceDate": "01/02/2027",
        "*DueDate": "15/02/2027",
        "*Description": "Hardware lease 1, reception, 2027-01-01 to 2027-01-31",
        "*Quantity": "1",
        "*UnitAmount": "49.90",
        "*AccountCode": "210",
        "*TaxType": "19% (VAT on Income)",
        "Currency": "EUR",
    }


def test_a_line_in_quickbooks_words() -> None:
    (row,) = only(quickbooks_files([invoice(line(1, "49.90"))], MAPPING))
    assert {name: cell for name, cell in row.items() if cell} == {
        "*InvoiceNo": "2027-00001",
        "*Customer": "Bäckerei Möller & Söhne",
        "*InvoiceDate": "2027-02-01",
        "*DueDate": "2027-02-15",
        "Item(Product/Service)": "Lease:Phones",
        "ItemDescription": "Hardware lease 1, reception, 2027-01-01 to 2027-01-31",
        "ItemQuantity": "1",
        "ItemRate": "49.90",
        "*ItemAmount": "49.90",
        "Service Date": "2027-01-01",
    }


@pytest.mark.parametrize(
    ("form", "day"),
    [
        (DateForm.ISO, "2027-02-15"),
        (DateForm.DAY_FIRST, "15/02/2027"),
        (DateForm.MONTH_FIRST, "02/15/2027"),
    ],
)
def test_days_are_written_as_the_mapping_says(form: DateForm, day: str) -> None:
    for made in BOTH:
        (row,) = only(made([invoice(line(1, "1"))], replace(MAPPING, dates=form)))
        assert row["*DueDate"] == day


def test_an_invoice_without_a_day_to_pay_is_due_on_its_own() -> None:
    for made in BOTH:
        (row,) = only(made([invoice(line(1, "1"), due_on=None)], MAPPING))
        assert row["*DueDate"] == row["*InvoiceDate"]


def test_accounts_and_taxes_are_mapped_and_what_is_not_mapped_is_told() -> None:
    made = invoice(line(1, "1", REDUCED), line(2, "1", REVERSE), debtor=DEBTOR)
    assert [row["*TaxType"] for row in only(xero_files([made], MAPPING))] == [
        "7% VAT",
        "Reverse Charge",
    ]
    with pytest.raises(InputError, match=r'tax_types: .* Add tax_types: \{"7": NAME\}'):
        list(xero_files([made], replace(MAPPING, tax_types={"19": "x"})))
    with pytest.raises(InputError, match=r'Add accounts: \{"lease": NAME\}'):
        list(xero_files([made], replace(MAPPING, accounts={})))


def test_a_credit_note_is_negative_for_xero_and_a_file_of_its_own_for_quickbooks() -> None:
    note = invoice(line(1, "10.00"), line(2, "-2.00"), kind=InvoiceKind.CREDIT_NOTE, number="CN-1")
    found = only(xero_files([note], MAPPING))
    assert [(row["*Quantity"], row["*UnitAmount"]) for row in found] == [
        ("1", "-10.00"),
        ("-1", "-2.00"),
    ]
    assert [(file.name, file.invoices) for file in quickbooks_files([*many(1), note], MAPPING)] == [
        ("quickbooks-invoices-EUR-1.csv", ("2027-00000",)),
        ("quickbooks-credit-notes-by-hand-EUR-1.csv", ("CN-1",)),
    ]


def test_quickbooks_gets_no_negative_amount_to_import() -> None:
    mixed = invoice(line(1, "10.00"), line(2, "-2.00"), number="2027-7")
    note = invoice(line(1, "10.00"), kind=InvoiceKind.CREDIT_NOTE, number="CN-1")
    found = list(quickbooks_files([mixed, *many(1), note], MAPPING))
    assert [(file.name, file.invoices) for file in found] == [
        ("quickbooks-invoices-EUR-1.csv", ("2027-00000",)),
        ("quickbooks-invoices-by-hand-EUR-1.csv", ("2027-7",)),
        ("quickbooks-credit-notes-EUR-1.csv", ("CN-1",)),
    ]
    for file in (found[0], found[2]):
        assert all(not row["*ItemAmount"].startswith("-") for row in rows(file))


def test_xero_gets_500_invoices_a_file() -> None:
    found = list(xero_files(many(1_001), MAPPING))
    assert [(file.name, len(file.invoices)) for file in found] == [
        ("xero-invoices-1.csv", 500),
        ("xero-invoices-2.csv", 500),
        ("xero-invoices-3.csv", 1),
    ]
    numbers = [row["*InvoiceNumber"] for file in found for row in rows(file)]
    assert numbers == [one.number for one in many(1_001)]


def test_quickbooks_gets_100_invoices_or_1000_rows_a_file_and_no_invoice_in_two() -> None:
    assert [len(file.invoices) for file in quickbooks_files(many(101), MAPPING)] == [100, 1]
    assert [len(rows(file)) for file in quickbooks_files(many(3, 400), MAPPING)] == [800, 400]
    assert [len(rows(file)) for file in quickbooks_files(many(2, 1_001), MAPPING)] == [1_001] * 2


def test_quickbooks_gets_each_currency_in_files_of_its_own() -> None:
    dollars = invoice(line(1, "1", currency="USD"), currency="USD")
    assert [file.name for file in quickbooks_files([dollars, *many(1)], MAPPING)] == [
        "quickbooks-invoices-EUR-1.csv",
        "quickbooks-invoices-USD-1.csv",
    ]


def test_quickbooks_takes_no_longer_number_than_21_characters() -> None:
    with pytest.raises(InputError, match="21 characters"):
        list(quickbooks_files([replace(many(1)[0], number="R" * 22)], MAPPING))


def test_no_draft_and_no_void_gets_into_the_books() -> None:
    for status in (InvoiceStatus.DRAFT, InvoiceStatus.VOID):
        for made in BOTH:
            with pytest.raises(InputError, match="not final"):
                list(made([replace(many(1)[0], status=status)], MAPPING))


def test_nothing_to_export_is_no_file() -> None:
    for made in BOTH:
        assert list(made([], MAPPING)) == []


def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe_and_numbers_do_not() -> None:
    bad = invoice(line(1, "-5.00", text="=1+1"), debtor=replace(DEBTOR, name="@SUM(A1)"))
    (row,) = only(xero_files([bad], MAPPING))
    assert row["*ContactName"] == "'@SUM(A1)"
    assert row["*Description"].startswith("'=1+1")
    assert (row["*Quantity"], row["*UnitAmount"]) == ("-1", "5.00")


def test_five_lines_of_address_are_four() -> None:
    long = replace(DEBTOR, address_lines=("1", "2", "3", "4", "5"))
    (row,) = only(xero_files([invoice(line(1, "1"), debtor=long)], MAPPING))
    assert row["POAddressLine4"] == "4, 5"


def test_a_price_that_a_program_would_round_otherwise_is_given_as_one_piece() -> None:
    odd = replace(
        line(1, "0"),
        quantity=Decimal(3),
        unit_price=Money(Decimal("0.335"), "EUR"),
        amount=Money(Decimal("1.01"), "EUR"),
    )
    (row,) = only(quickbooks_files([invoice(odd)], MAPPING))
    assert (row["ItemQuantity"], row["ItemRate"], row["*ItemAmount"]) == ("1", "1.01", "1.01")
    assert row["ItemDescription"].endswith(" - 3 x 0.335")


@given(st.decimals("-99", 99, places=3), st.decimals(0, 9_999, places=6))
def test_quantity_times_price_is_the_amount_however_it_is_rounded(
    quantity: Decimal, price: Decimal
) -> None:
    unit_price = Money(price, "EUR")
    amount = (unit_price * quantity).rounded()
    one = priced(replace(line(1, "0"), quantity=quantity, unit_price=unit_price, amount=amount))
    for how in (ROUND_DOWN, ROUND_UP, ROUND_HALF_UP, ROUND_HALF_EVEN):
        product = (one.quantity * one.price.amount).quantize(Decimal("0.01"), how)
        assert product == amount.amount
    assert one.price.amount >= 0


def test_the_limits_are_those_of_the_programs() -> None:
    assert export_xero.MOST_INVOICES == 500
    assert (export_quickbooks.MOST_INVOICES, export_quickbooks.MOST_ROWS) == (100, 1_000)
