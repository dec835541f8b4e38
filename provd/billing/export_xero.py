"""Sales invoices for Xero's import (Business > Invoices > Import), amounts exclusive of tax.

Credit notes go along: Xero makes one of what has a negative total. It computes the tax itself, of
each line by its tax type.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from provd.billing.export_invoices import (
    DateForm,
    ImportFile,
    ImportMapping,
    due,
    files,
    is_credit,
    plain,
    priced,
    row,
    told,
)
from provd.billing.export_records import record
from provd.billing.invoice import Invoice, InvoiceLine

_NAMES = (
    "*ContactName,EmailAddress,POAddressLine1,POAddressLine2,POAddressLine3,POAddressLine4,"
    "POCity,PORegion,POPostalCode,POCountry,*InvoiceNumber,Reference,*InvoiceDate,*DueDate,"
    "InventoryItemCode,*Description,*Quantity,*UnitAmount,Discount,*AccountCode,*TaxType,"
    "TrackingName1,TrackingOption1,TrackingName2,TrackingOption2,Currency,BrandingTheme"
)
HEADER = _NAMES.split(",")
MOST_INVOICES = 500
_ADDRESS_LINES = 4


def xero_files(invoices: Iterable[Invoice], mapping: ImportMapping) -> Iterator[ImportFile]:
    """At most 500 invoices each. Days are DD/MM/YYYY unless the mapping says otherwise.

    Raises InputError for an invoice that is not final, and for an account or a tax type that the
    mapping lacks.
    """
    return files(
        invoices,
        stem="xero-invoices",
        header=record(HEADER),
        rows=lambda invoice: [_row(invoice, line, mapping) for line in invoice.lines],
        most_invoices=MOST_INVOICES,
    )


def _row(invoice: Invoice, line: InvoiceLine, mapping: ImportMapping) -> str:
    piece, days = priced(line), mapping.dates or DateForm.DAY_FIRST
    price = -piece.price if is_credit(invoice) else piece.price
    texts = {
        **_contact(invoice),
        "*InvoiceNumber": invoice.number,
        "Reference": invoice.buyer_reference,
        "*Description": told(line, piece),
        "*AccountCode": mapping.account(line),
        "*TaxType": mapping.tax_type(line.taxation),
        "Currency": invoice.currency,
    }
    figures = {
        "*InvoiceDate": days.written(invoice.issued_on or due(invoice)),
        "*DueDate": days.written(due(invoice)),
        "*Quantity": plain(piece.quantity),
        "*UnitAmount": price.figures,
    }
    return row(HEADER, texts, figures)


def _contact(invoice: Invoice) -> dict[str, str]:
    """Xero finds the contact by its name, and makes one where there is none."""
    party = invoice.debtor
    lines = list(party.address_lines)
    if len(lines) > _ADDRESS_LINES:
        lines[_ADDRESS_LINES - 1 :] = [", ".join(lines[_ADDRESS_LINES - 1 :])]
    return {
        "*ContactName": party.name,
        "EmailAddress": party.email,
        **{f"POAddressLine{at}": line for at, line in enumerate(lines, 1)},
        "POCity": party.city,
        "PORegion": party.region,
        "POPostalCode": party.postcode,
        "POCountry": party.country,
    }
