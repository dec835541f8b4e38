"""All that is done with invoices, in one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from provd.operations.billing_profiles import BillingProfiles
from provd.operations.credit import Settle
from provd.operations.invoice_issue import InvoiceIssue
from provd.operations.invoice_papers import InvoicePapers
from provd.operations.invoice_runs import InvoiceRuns
from provd.operations.invoices import Invoices
from provd.store import Store


@dataclass(frozen=True, slots=True)
class Invoicing:
    """`reading` shows them, `issue` makes them final, void or credited, `papers` are their
    documents."""

    profiles: BillingProfiles
    runs: InvoiceRuns
    reading: Invoices
    issue: InvoiceIssue
    papers: InvoicePapers


def invoicing(
    store: Store,
    clock: Callable[[], datetime],
    settle: Settle = lambda debtor_ids, by: None,
) -> Invoicing:
    """Wired."""
    reading = Invoices(store)
    return Invoicing(
        profiles=BillingProfiles(store),
        runs=InvoiceRuns(store, clock),
        reading=reading,
        issue=InvoiceIssue(store, clock, settle),
        papers=InvoicePapers(store, clock),
    )
