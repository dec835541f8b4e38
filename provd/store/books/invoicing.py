"""All that invoices are kept by, behind one name."""

from provd.store.books.billable import Billable, InvoiceSummary, Wanted
from provd.store.books.invoice_audit import InvoiceAuditing
from provd.store.books.invoice_documents import InvoiceDocuments
from provd.store.books.issued_invoices import IssuedInvoices
from provd.store.books.mails import Mail, Mails, MailState
from provd.store.books.open_invoices import OpenInvoices
from provd.store.books.profiles import Profiles

__all__ = ["InvoiceSummary", "Invoicing", "Mail", "MailState", "Wanted"]


class Invoicing(
    Profiles, IssuedInvoices, Billable, OpenInvoices, Mails, InvoiceDocuments, InvoiceAuditing
):
    """Profiles and rates, invoices, and the charges that are on none yet."""
