"""All that is done with invoices, in one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from provd.operations.billing_profiles import BillingProfiles
from provd.operations.credit import Settle
from provd.operations.invoice_issue import InvoiceIssue
from provd.operations.invoice_mails import InvoiceMails, Send
from provd.operations.invoice_papers import InvoicePapers
from provd.operations.invoice_runs import InvoiceRuns
from provd.operations.invoices import Invoices
from provd.operations.request_papers import RequestPapers
from provd.store import Store


@dataclass(frozen=True, slots=True)
class Invoicing:
    """`reading` shows them, `issue` makes them final, void or credited, `papers` are their
    documents, `mails` bring them to whom they are for."""

    profiles: BillingProfiles
    runs: InvoiceRuns
    reading: Invoices
    issue: InvoiceIssue
    papers: InvoicePapers
    mails: InvoiceMails


def invoicing(
    store: Store,
    clock: Callable[[], datetime],
    settle: Settle = lambda debtor_ids, by: None,
    *,
    send: Send | None = None,
    sender: str = "",
) -> Invoicing:
    """Wired. Without `send` nothing is mailed."""
    papers = InvoicePapers(store, clock)
    return Invoicing(
        profiles=BillingProfiles(store),
        runs=InvoiceRuns(store, clock),
        reading=Invoices(store, clock),
        issue=InvoiceIssue(store, clock, settle),
        papers=papers,
        mails=InvoiceMails(store, clock, papers, send, sender, RequestPapers(store, papers)),
    )
