"""The QR code with which a bank's app fills in a transfer (EPC069-12, version 3.1).

It is for euro alone, to an account of the SEPA area. Other currencies get none: theirs are other
codes, Switzerland's a payment slip of its own (see swiss.py).
"""

from __future__ import annotations

import io

import segno
from segno import helpers

from provd.billing.invoice import Invoice, InvoiceKind, InvoiceStatus
from provd.billing.money import Money
from provd.billing.party import Bank
from provd.billing.reference import is_creditor_reference
from provd.documents.text import clean, first_seen

_SEPA_AREA = """
    AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL
    NO PL PT RO RS SE SI SK SM VA
"""
_SEPA = frozenset(_SEPA_AREA.split())
"""Whose IBANs a SEPA credit transfer reaches (EPC409-09)."""
_LONGEST_NAME = 70
_LONGEST_TEXT = 140
_QUIET_MODULES = 4  # ISO/IEC 18004: the white around it, without which scanners miss it


def payment_code(bank: Bank, creditor: str, amount: Money, reference: str) -> segno.QRCode | None:
    """The code for one transfer, or None where EPC069-12 has none: another currency, an account
    outside of SEPA, an amount that is not from 0.01 to 999999999.99, more text than it holds.

    `creditor` is cut at 70 characters. `reference` is what the transfer should name, up to 140
    characters; one that ISO 11649 could have issued (RF18...) goes in as structured reference.
    Error correction is M, the version at most 13, the text UTF-8.
    """
    text = clean(reference)
    if amount.currency != "EUR" or bank.iban[:2] not in _SEPA or not 0 < len(text) <= _LONGEST_TEXT:
        return None
    structured = is_creditor_reference(text)
    try:
        return helpers.make_epc_qr(
            name=clean(creditor)[:_LONGEST_NAME].rstrip(),
            iban=bank.iban,
            amount=amount.amount,
            text=None if structured else text,
            reference=text.replace(" ", "") if structured else None,
            bic=bank.bic or None,
            encoding="utf-8",
        )
    except ValueError:  # an amount, or a number of bytes, that the standard does not allow
        return None


def invoice_code(invoice: Invoice) -> segno.QRCode | None:
    """The code that pays what is left of a final invoice; None where there is nothing to pay."""
    payable = invoice.kind is InvoiceKind.INVOICE and invoice.status is InvoiceStatus.FINAL
    if not payable or invoice.bank is None:
        return None
    creditor = first_seen(invoice.bank.holder, invoice.issuer.name)
    reference = first_seen(invoice.reference, invoice.number)
    return payment_code(invoice.bank, creditor, invoice.payable, reference)


def png(code: segno.QRCode, pixels_per_module: int = 8) -> bytes:
    """The code in black and white, with the white border that scanners need."""
    image = io.BytesIO()
    code.save(image, kind="png", scale=pixels_per_module, border=_QUIET_MODULES)
    return image.getvalue()
