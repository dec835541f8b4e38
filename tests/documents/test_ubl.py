"""Documents are held against the official rules, by the official rules' own files."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree

from provd.billing.country import COUNTRIES
from provd.billing.crediting import credit_note
from provd.billing.currency import MINOR_DIGITS
from provd.billing.invoice import Invoice, InvoiceKind, InvoiceStatus, Reference
from provd.billing.money import Money
from provd.billing.period import Period
from provd.billing.tax import Taxation, TaxCode
from provd.billing.tax_category import TaxCategory
from provd.documents.ubl import codes, invoice_ubl
from provd.errors import InputError
from tests.billing.invoices import (
    DEBTOR,
    ISSUER,
    REDUCED,
    REVERSE,
    ZERO,
    invoice,
    line,
)
from tests.documents.any_invoice import OUT, invoices
from tests.documents.rules import broken, known_codes

FIRST = date(2027, 2, 1)
ONE = invoice(line(1, "49.90"))
PEPPOL_ISSUER = replace(ISSUER, peppol_id="9930:DE123456789")
PEPPOL_DEBTOR = replace(DEBTOR, peppol_id="0088:4006381333931", vat_id="DE987654321", phone="+49 1")


def tree_of(made: Invoice) -> etree._Element:
    return etree.fromstring(invoice_ubl(made))


def texts(made: Invoice, path: str) -> list[str | None]:
    """Of all elements at a path of local names."""
    steps = "/".join(f"*[local-name()='{step}']" for step in path.split("/"))
    found = tree_of(made).xpath(steps)
    assert isinstance(found, list)
    return [one.text for one in found if isinstance(one, etree._Element)]


def test_it_is_a_valid_invoice() -> None:
    assert broken(invoice_ubl(ONE)) == []


def test_credit_notes_of_amounts_are_valid() -> None:
    made = invoice(line(1, "0.13"), line(2, "9.99", REDUCED), line(3, "0.20"), line(4, "-0.05"))
    notes: list[Invoice] = []
    for asked in ({1: "0.05", 2: "3.33"}, {3: "0.07", 4: "0.02"}, None):
        some = {at: Money(Decimal(text), "EUR") for at, text in asked.items()} if asked else None
        note = credit_note(made, notes, "Late", some)
        notes.append(replace(note, status=InvoiceStatus.FINAL, number="CN-1", issued_on=FIRST))
        assert broken(invoice_ubl(notes[-1])) == []
    assert Money.sum((one.gross for one in notes), "EUR") == made.gross


def test_it_is_the_same_bytes_each_time() -> None:
    assert invoice_ubl(ONE) == invoice_ubl(ONE)


def test_each_kind_of_tax_is_valid_beside_the_others() -> None:
    exempt = Taxation(
        TaxCategory.EXEMPT, TaxCode.EXEMPT, Decimal(0), "Insurance", "VATEX-EU-132-1A"
    )
    made = invoice(
        line(1, "10.00"), line(2, "20.00", REDUCED), line(3, "5.00", ZERO), line(4, "7.00", exempt)
    )
    assert broken(invoice_ubl(made)) == []
    codes = "TaxTotal/TaxSubtotal/TaxCategory"
    assert texts(made, f"{codes}/ID") == ["S", "S", "Z", "E"]
    assert texts(made, f"{codes}/TaxExemptionReasonCode") == ["VATEX-EU-132-1A"]


def test_reverse_charge_is_valid_with_the_buyers_vat_id_and_refused_without() -> None:
    made = invoice(line(1, "10.00", REVERSE), debtor=replace(DEBTOR, vat_id="ATU12345678"))
    assert broken(invoice_ubl(made)) == []
    with pytest.raises(InputError, match="BR-AE-02"):
        invoice_ubl(replace(made, debtor=DEBTOR))


def test_what_is_not_subject_to_vat_shows_no_vat_id_and_shares_no_invoice_with_what_is() -> None:
    swiss = replace(DEBTOR, country="CH", vat_id="CHE123456789")
    made = invoice(line(1, "10.00", OUT), debtor=swiss, issuer=replace(ISSUER, registration=""))
    assert broken(invoice_ubl(made)) == []
    assert b"<cbc:Percent>" not in invoice_ubl(made)
    assert texts(made, "AccountingSupplierParty/Party/PartyTaxScheme/CompanyID") == []
    with pytest.raises(InputError, match="BR-O-11"):
        invoice_ubl(invoice(line(1, "10.00", OUT), line(2, "1.00")))


def test_a_credit_note_is_valid_and_names_the_invoices_that_it_corrects() -> None:
    note = invoice(
        line(1, "10.00"),
        line(2, "-2.00"),
        kind=InvoiceKind.CREDIT_NOTE,
        number="CN-1",
        refers_to=(Reference("2027-00001", date(2027, 2, 1)), Reference("2", date(2027, 2, 2))),
    )
    assert broken(invoice_ubl(note)) == []
    assert tree_of(note).tag.endswith("}CreditNote")
    assert texts(note, "CreditNoteTypeCode") == ["381"]
    assert texts(note, "BillingReference/InvoiceDocumentReference/ID") == ["2027-00001", "2"]


def test_between_two_addresses_of_peppol_it_keeps_peppols_rules() -> None:
    made = replace(ONE, issuer=PEPPOL_ISSUER, debtor=PEPPOL_DEBTOR, notes=("One.", "Two."))
    assert b"poacc:billing:3.0" in invoice_ubl(made)
    assert broken(invoice_ubl(made)) == []
    note = replace(made, kind=InvoiceKind.CREDIT_NOTE)
    assert broken(invoice_ubl(note)) == []


def test_without_two_addresses_it_does_not_claim_to_be_peppols() -> None:
    for debtor in (DEBTOR, replace(DEBTOR, peppol_id="1234:567")):
        made = replace(ONE, issuer=PEPPOL_ISSUER, debtor=debtor)
        assert b"poacc" not in invoice_ubl(made)
        assert broken(invoice_ubl(made)) == []
    assert texts(made, "AccountingCustomerParty/Party/EndpointID") == []


def test_what_is_charged_in_advance_lies_in_the_invoices_period() -> None:
    march = Period(date(2027, 3, 1), date(2027, 4, 1))
    made = invoice(
        line(1, "1.00"), line(2, "1.00", period=march), issuer=PEPPOL_ISSUER, debtor=PEPPOL_DEBTOR
    )
    assert texts(made, "InvoicePeriod/StartDate") == ["2027-01-01"]
    assert texts(made, "InvoicePeriod/EndDate") == ["2027-03-31"]
    assert broken(invoice_ubl(made)) == []


def test_a_transfer_is_sepas_in_euro_alone() -> None:
    assert texts(ONE, "PaymentMeans/PaymentMeansCode") == ["58"]
    assert texts(ONE, "PaymentMeans/PaymentID") == ["2027-00001"]
    francs = invoice(line(1, "10.00", currency="CHF"), currency="CHF")
    assert texts(francs, "PaymentMeans/PaymentMeansCode") == ["30"]
    assert texts(replace(ONE, bank=None), "PaymentMeans/PaymentMeansCode") == []
    for made in (francs, replace(ONE, bank=None)):
        assert broken(invoice_ubl(made)) == []


def test_an_invoice_without_a_day_says_in_words_when_to_pay() -> None:
    made = replace(ONE, due_on=None)
    assert texts(made, "PaymentTerms/Note") == ["Payable on receipt"]
    assert broken(invoice_ubl(made)) == []


def test_what_has_been_paid_is_taken_off() -> None:
    made = replace(ONE, paid=Money(Decimal("9.38"), "EUR"))
    assert texts(made, "LegalMonetaryTotal/PrepaidAmount") == ["9.38"]
    assert texts(made, "LegalMonetaryTotal/PayableAmount") == ["50.00"]
    assert broken(invoice_ubl(made)) == []


def test_an_issuer_without_vat_id_is_known_by_its_tax_number() -> None:
    small = replace(ISSUER, vat_id="", registration="", tax_number="22/123/45678")
    made = replace(ONE, issuer=small)
    assert broken(invoice_ubl(made)) == []
    party = "AccountingSupplierParty/Party"
    assert texts(made, f"{party}/PartyIdentification/ID") == ["22/123/45678"]
    assert texts(made, f"{party}/PartyTaxScheme/TaxScheme/ID") == ["FC"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"status": InvoiceStatus.DRAFT}, "Issue it first"),
        ({"status": InvoiceStatus.VOID}, "only a final invoice"),
        ({"lines": (), "taxes": ()}, "BR-16"),
        ({"issuer": replace(ISSUER, vat_id="", registration="")}, "BR-CO-26"),
        ({"issuer": replace(ISSUER, vat_id="")}, "BR-S-02"),
        ({"issuer": replace(ISSUER, vat_id="ZZ123456789")}, "BR-CO-09"),
        ({"number": "\u200b"}, "only a final invoice"),
    ],
)
def test_it_says_what_is_missing_rather_than_write_what_nobody_takes(
    change: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        invoice_ubl(replace(ONE, **change))


def test_each_currency_that_the_rules_know_is_written_and_no_other() -> None:
    refused = set()
    for currency in MINOR_DIGITS:
        try:
            invoice_ubl(invoice(line(1, "120", currency=currency), currency=currency))
        except InputError:
            refused.add(currency)
    assert set(MINOR_DIGITS) - known_codes("BR-CL-04") == {"ANG", "BGN", "STN"}
    assert refused == {"ANG", "BGN", "STN", "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}


def test_the_code_lists_are_the_rules_own() -> None:
    assert known_codes("BR-CL-14") >= COUNTRIES
    assert known_codes("BR-CL-25") >= codes.ADDRESS_SCHEMES
    for code, reasons in codes.REASON_CODES.items():
        assert known_codes("BR-CL-22") >= reasons, code


def mutation(path: str, to: str | None) -> Callable[[etree._Element], None]:
    """Takes an element away, or writes something else into it."""
    steps = "//" + "/".join(f"*[local-name()='{step}']" for step in path.split("/"))

    def mutate(tree: etree._Element) -> None:
        found = tree.xpath(steps)
        assert isinstance(found, list)
        element = found[0]
        assert isinstance(element, etree._Element)
        if to is not None:
            element.text = to
            return
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return mutate


@pytest.mark.parametrize(
    ("rule", "path", "to"),
    [
        ("schema", "ID", None),
        ("BR-01", "CustomizationID", None),
        ("BR-09", "AccountingSupplierParty/Party/PostalAddress/Country", None),
        ("BR-27", "InvoiceLine/Price/PriceAmount", "-49.90"),
        ("BR-61", "PaymentMeans/PayeeFinancialAccount", None),
        ("BR-CO-10", "LegalMonetaryTotal/LineExtensionAmount", "49.91"),
        ("BR-CL-04", "DocumentCurrencyCode", "EUX"),
        ("BR-DEC-14", "LegalMonetaryTotal/TaxInclusiveAmount", "59.381"),
        ("BR-S-08", "TaxSubtotal/TaxableAmount", "40.00"),
        ("PEPPOL-EN16931-R003", "BuyerReference", None),
    ],
)
def test_the_rules_find_what_is_wrong(rule: str, path: str, to: str | None) -> None:
    tree = tree_of(replace(ONE, issuer=PEPPOL_ISSUER, debtor=PEPPOL_DEBTOR))
    mutation(path, to)(tree)
    assert any(one.startswith(rule) for one in broken(etree.tostring(tree)))


@settings(max_examples=25, deadline=None)
@given(invoices())
def test_any_invoice_makes_a_valid_document(made: Invoice) -> None:
    national = ("DE-R-", "NL-R-", "DK-R-", "SE-R-", "NO-R-", "IT-R-", "GR-", "IS-R-")
    assert [one for one in broken(invoice_ubl(made)) if not one.startswith(national)] == []
