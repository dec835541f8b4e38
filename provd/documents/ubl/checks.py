"""What EN 16931 asks of an invoice's data, told before a document is made that nobody accepts."""

from __future__ import annotations

from provd.billing.country import COUNTRIES
from provd.billing.currency import minor_digits
from provd.billing.invoice import Invoice, InvoiceStatus
from provd.billing.party import Party
from provd.billing.tax import TaxCode
from provd.documents.text import clean, first_seen
from provd.documents.ubl.codes import UNKNOWN_CURRENCIES
from provd.errors import InputError

_MOST_DIGITS = 2  # BR-DEC-09 and its like


def check(invoice: Invoice) -> None:
    """Raises InputError for the first thing that keeps it from being a valid document."""
    _check_status(invoice)
    _check_currency(invoice.currency)
    for party in (invoice.issuer, invoice.debtor):
        _check_party(party)
    _check_issuer(invoice.issuer)
    codes = {row.taxation.code for row in invoice.taxes}
    if TaxCode.OUT_OF_SCOPE in codes and len(codes) > 1:
        raise InputError(
            "what is not subject to VAT can't share an electronic invoice with what is (BR-O-11)",
            key="tax",
            remedy="Invoice it apart",
        )
    if codes - {TaxCode.OUT_OF_SCOPE} and not first_seen(
        invoice.issuer.vat_id, invoice.issuer.tax_number
    ):
        raise InputError(
            f"{invoice.issuer.name} has neither VAT id nor tax number (BR-S-02)", key="vat_id"
        )
    if TaxCode.REVERSE_CHARGE in codes and not first_seen(
        invoice.debtor.vat_id, invoice.debtor.registration
    ):
        raise InputError(
            f"{invoice.debtor.name} owes the tax, but has neither VAT id nor registration "
            "(BR-AE-02)",
            key="vat_id",
        )


def _check_status(invoice: Invoice) -> None:
    if invoice.status is not InvoiceStatus.FINAL or not clean(invoice.number):
        raise InputError(
            "only a final invoice can be sent as an electronic one",
            key="status",
            remedy="Issue it first" if invoice.status is InvoiceStatus.DRAFT else "",
        )
    if not invoice.lines:
        raise InputError("an electronic invoice needs a line (BR-16)", key="lines")


def _check_currency(currency: str) -> None:
    if currency in UNKNOWN_CURRENCIES:
        raise InputError(f"EN 16931 does not know the currency {currency}", key="currency")
    if minor_digits(currency) > _MOST_DIGITS:
        raise InputError(
            f"EN 16931 has amounts of two decimals; {currency} has {minor_digits(currency)}",
            key="currency",
        )


def _check_party(party: Party) -> None:
    if not clean(party.name):
        raise InputError("a party's name can't be seen", key="name")
    if party.vat_id and party.vat_id[:2] not in COUNTRIES | {"EL", "XI"}:
        raise InputError(
            f"the VAT id “{party.vat_id}” of {party.name} does not begin with a country (BR-CO-09)",
            key="vat_id",
            remedy="It looks like DE123456789",
        )


def _check_issuer(issuer: Party) -> None:
    if not first_seen(issuer.vat_id, issuer.registration, issuer.tax_number):
        raise InputError(
            f"{issuer.name} has no VAT id, no tax number and no registration (BR-CO-26)",
            key="vat_id",
            remedy="Enter one of them in the issuer's billing profile",
        )
