"""An invoice for the buyer's program: UBL 2.1 as EN 16931 has it, and as Peppol BIS Billing 3 where
both ends have an address in that network.

The numbers in brackets (BT-..., BG-...) are the standard's names of business terms, those in the
tests (BR-...) its rules.
"""

from __future__ import annotations

from provd.billing.invoice import Invoice
from provd.documents.ubl.checks import check


def invoice_ubl(invoice: Invoice) -> bytes:
    """An Invoice or CreditNote document, UTF-8, the same bytes each time.

    Raises InputError, with what is missing as key and where to enter it as remedy, for what the
    standard has no document for: a draft, a void, an issuer whom no number identifies, a currency
    with thousandths, reverse charge without the buyer's VAT id.
    """
    check(invoice)
    # lxml is loaded by those who write one.
    from provd.documents.ubl.document import document

    return document(invoice)
