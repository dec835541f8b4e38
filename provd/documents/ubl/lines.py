"""Lines (BG-25) and what of them is taxed how (BG-23)."""

from __future__ import annotations

from decimal import Decimal

from provd.billing.invoice import Invoice, InvoiceKind, InvoiceLine
from provd.billing.period import Period
from provd.billing.tax import Taxation, TaxCode, TaxRow
from provd.documents.text import first_seen
from provd.documents.ubl.codes import PIECE, VAT, reason, reason_code
from provd.documents.ubl.tree import Element, amount, branch, leaf, number

_CENT = Decimal("0.01")


def write_taxes(parent: Element, invoice: Invoice) -> None:
    """One total, one breakdown for each category and rate."""
    total = branch(parent, "TaxTotal")
    amount(total, "TaxAmount", invoice.tax)
    for row in invoice.taxes:
        _write_tax(branch(total, "TaxSubtotal"), row)


def _write_tax(element: Element, row: TaxRow) -> None:
    amount(element, "TaxableAmount", row.base)
    amount(element, "TaxAmount", row.tax)
    category = branch(element, "TaxCategory")
    _write_category(category, row.taxation)
    leaf(category, "TaxExemptionReasonCode", reason_code(row.taxation))
    leaf(category, "TaxExemptionReason", reason(row.taxation))
    leaf(branch(category, "TaxScheme"), "ID", VAT)


def _write_category(element: Element, taxation: Taxation) -> None:
    leaf(element, "ID", taxation.code)
    if taxation.code is not TaxCode.OUT_OF_SCOPE:  # BR-O-05: where no VAT is, no rate is
        leaf(element, "Percent", number(taxation.percent))


def write_lines(parent: Element, invoice: Invoice) -> None:
    invoiced = invoice.kind is InvoiceKind.INVOICE
    for line in invoice.lines:
        element = branch(parent, "InvoiceLine" if invoiced else "CreditNoteLine")
        leaf(element, "ID", str(line.position))
        quantity = "InvoicedQuantity" if invoiced else "CreditedQuantity"
        leaf(element, quantity, number(line.quantity), unitCode=PIECE)
        amount(element, "LineExtensionAmount", line.amount)
        if line.period:
            write_period(element, line.period)
        _write_item(element, line)


def _write_item(parent: Element, line: InvoiceLine) -> None:
    item = branch(parent, "Item")
    leaf(item, "Description", line.detail)
    leaf(item, "Name", first_seen(line.text, line.kind.value))
    category = branch(item, "ClassifiedTaxCategory")
    _write_category(category, line.taxation)
    leaf(branch(category, "TaxScheme"), "ID", VAT)
    _write_price(branch(parent, "Price"), line)


def _write_price(element: Element, line: InvoiceLine) -> None:
    """For one piece. Where the line was rounded by more than a cent (JPY), whoever multiplies would
    find another amount (Peppol's R120): there it is the price of all pieces."""
    rounded = line.amount - line.unit_price * line.quantity
    if abs(rounded.amount) <= _CENT:
        amount(element, "PriceAmount", line.unit_price)
        return
    whole = line.amount if line.amount.amount >= 0 else -line.amount
    amount(element, "PriceAmount", whole)
    leaf(element, "BaseQuantity", number(abs(line.quantity)), unitCode=PIECE)


def write_period(parent: Element, period: Period) -> None:
    """First and last day."""
    element = branch(parent, "InvoicePeriod")
    leaf(element, "StartDate", period.start.isoformat())
    leaf(element, "EndDate", period.last_day.isoformat())
