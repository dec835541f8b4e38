"""The document around parties and lines, its elements in the order that UBL's schema asks for."""

from __future__ import annotations

from provd.billing.invoice import Invoice, InvoiceKind
from provd.billing.party import Bank
from provd.billing.period import Period
from provd.billing.tax import TaxCode
from provd.documents.text import first_seen
from provd.documents.ubl import codes
from provd.documents.ubl.lines import write_lines, write_period, write_taxes
from provd.documents.ubl.parties import has_address, write_buyer, write_seller
from provd.documents.ubl.tree import Element, amount, branch, leaf, root, written

_NO_REFERENCE = "n/a"
_ON_RECEIPT = "Payable on receipt"
_CREDITED = "Credited to your account"


def document(invoice: Invoice) -> bytes:
    """What `check` has let pass."""
    tree = root("Invoice" if _asks(invoice) else "CreditNote")
    taxable = all(row.taxation.code is not TaxCode.OUT_OF_SCOPE for row in invoice.taxes)
    _write_head(tree, invoice)
    write_seller(tree, invoice.issuer, taxable=taxable)
    write_buyer(tree, invoice.debtor, taxable=taxable)
    if invoice.bank and _asks(invoice):
        _write_payment(tree, invoice, invoice.bank)
    _write_terms(tree, invoice)
    write_taxes(tree, invoice)
    _write_totals(tree, invoice)
    write_lines(tree, invoice)
    return written(tree)


def _asks(invoice: Invoice) -> bool:
    return invoice.kind is InvoiceKind.INVOICE


def _write_head(tree: Element, invoice: Invoice) -> None:
    peppol = has_address(invoice.issuer) and has_address(invoice.debtor)
    leaf(tree, "CustomizationID", codes.PEPPOL if peppol else codes.EN_16931)
    if peppol:
        leaf(tree, "ProfileID", codes.PEPPOL_PROCESS)
    leaf(tree, "ID", invoice.number)
    leaf(tree, "IssueDate", invoice.issued_on.isoformat() if invoice.issued_on else "")
    if _asks(invoice):
        leaf(tree, "DueDate", invoice.due_on.isoformat() if invoice.due_on else "")
        leaf(tree, "InvoiceTypeCode", codes.INVOICE)
    else:
        leaf(tree, "CreditNoteTypeCode", codes.CREDIT_NOTE)
    leaf(tree, "Note", " ".join(invoice.notes))  # Peppol has room for one
    leaf(tree, "DocumentCurrencyCode", invoice.currency)
    leaf(
        tree, "BuyerReference", first_seen(invoice.buyer_reference, _NO_REFERENCE if peppol else "")
    )
    period = _period(invoice)
    if period:
        write_period(tree, period)
    for other in invoice.refers_to:
        reference = branch(branch(tree, "BillingReference"), "InvoiceDocumentReference")
        leaf(reference, "ID", other.number)
        leaf(reference, "IssueDate", other.issued_on.isoformat())


def _period(invoice: Invoice) -> Period | None:
    """The time that the lines cover: no line's may lie outside of it (Peppol's R110 and R111), and
    what is charged in advance, or late, is not of the month that the invoice was drawn up for."""
    periods = [line.period for line in invoice.lines if line.period]
    if not periods:
        return invoice.period
    return Period(min(one.start for one in periods), max(one.end for one in periods))


def _write_payment(tree: Element, invoice: Invoice, bank: Bank) -> None:
    element = branch(tree, "PaymentMeans")
    sepa = invoice.currency == "EUR"
    leaf(element, "PaymentMeansCode", codes.SEPA_TRANSFER if sepa else codes.TRANSFER)
    leaf(element, "PaymentID", first_seen(invoice.reference, invoice.number))
    account = branch(element, "PayeeFinancialAccount")
    leaf(account, "ID", bank.iban)
    leaf(account, "Name", first_seen(bank.holder, invoice.issuer.name))
    if bank.bic:
        leaf(branch(account, "FinancialInstitutionBranch"), "ID", bank.bic)


def _write_terms(tree: Element, invoice: Invoice) -> None:
    """Where there is no day, words (BR-CO-25)."""
    if not _asks(invoice):
        leaf(branch(tree, "PaymentTerms"), "Note", _CREDITED)
    elif not invoice.due_on:
        leaf(branch(tree, "PaymentTerms"), "Note", _ON_RECEIPT)


def _write_totals(tree: Element, invoice: Invoice) -> None:
    element = branch(tree, "LegalMonetaryTotal")
    amount(element, "LineExtensionAmount", invoice.net)
    amount(element, "TaxExclusiveAmount", invoice.net)
    amount(element, "TaxInclusiveAmount", invoice.gross)
    if invoice.paid.amount:
        amount(element, "PrepaidAmount", invoice.paid)
    amount(element, "PayableAmount", invoice.payable)
