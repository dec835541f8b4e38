"""Seller and buyer (BG-4 to BG-9)."""

from __future__ import annotations

from provd.billing.party import Party
from provd.documents.text import clean, first_seen
from provd.documents.ubl.codes import ADDRESS_SCHEMES, OTHER_TAX_NUMBER, VAT
from provd.documents.ubl.tree import Element, branch, leaf


def has_address(party: Party) -> bool:
    """Whether it can be reached through Peppol."""
    return party.peppol_id.partition(":")[0] in ADDRESS_SCHEMES


def write_seller(parent: Element, party: Party, *, taxable: bool) -> None:
    """`taxable` is whether VAT has anything to do with it: where it has not, no VAT id may be shown
    (BR-O-02), and the seller is known by it as by any number."""
    known = first_seen(party.registration, party.vat_id if taxable else "")
    _write(
        branch(branch(parent, "AccountingSupplierParty"), "Party"),
        party,
        identification="" if known else first_seen(party.tax_number, party.vat_id),
        vat_id=party.vat_id if taxable else "",
        tax_number=party.tax_number,
    )


def write_buyer(parent: Element, party: Party, *, taxable: bool) -> None:
    _write(
        branch(branch(parent, "AccountingCustomerParty"), "Party"),
        party,
        vat_id=party.vat_id if taxable else "",
    )


def _write(
    element: Element, party: Party, *, vat_id: str, identification: str = "", tax_number: str = ""
) -> None:
    if has_address(party):
        scheme, _, address = party.peppol_id.partition(":")
        leaf(element, "EndpointID", address, schemeID=scheme)
    if identification:
        leaf(branch(element, "PartyIdentification"), "ID", identification)
    _write_address(branch(element, "PostalAddress"), party)
    for number, scheme in ((vat_id, VAT), (tax_number, OTHER_TAX_NUMBER)):
        if clean(number):
            tax = branch(element, "PartyTaxScheme")
            leaf(tax, "CompanyID", number)
            leaf(branch(tax, "TaxScheme"), "ID", scheme)
    legal = branch(element, "PartyLegalEntity")
    leaf(legal, "RegistrationName", party.name)
    leaf(legal, "CompanyID", party.registration)
    _write_contact(element, party)


def _write_address(element: Element, party: Party) -> None:
    """There is room for three lines: what is more shares the third."""
    first, second, *rest = (*party.address_lines, "", "")
    leaf(element, "StreetName", first)
    leaf(element, "AdditionalStreetName", second)
    leaf(element, "CityName", party.city)
    leaf(element, "PostalZone", party.postcode)
    leaf(element, "CountrySubentity", party.region)
    third = ", ".join(line for line in map(clean, rest) if line)
    if third:
        leaf(branch(element, "AddressLine"), "Line", third)
    leaf(branch(element, "Country"), "IdentificationCode", party.country)


def _write_contact(element: Element, party: Party) -> None:
    if party.phone or party.email:
        contact = branch(element, "Contact")
        leaf(contact, "Name", party.name)
        leaf(contact, "Telephone", party.phone)
        leaf(contact, "ElectronicMail", party.email)
