"""All that invoices are kept by, behind one name."""

from provd.store.books.billable import Billable, InvoiceSummary, Wanted
from provd.store.books.invoices import Invoices
from provd.store.books.profiles import Profiles

__all__ = ["InvoiceSummary", "Invoicing", "Wanted"]


class Invoicing(Profiles, Invoices, Billable):
    """Profiles and rates, invoices, and the charges that are on none yet."""
