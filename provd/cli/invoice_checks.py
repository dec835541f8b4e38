"""What `provd check` looks at in invoices: numbers without gaps, sums, the ledger."""

from __future__ import annotations

from provd.cli.checks import Findings
from provd.cli.ledger_checks import audited
from provd.configuration import Configuration


def invoices(configuration: Configuration) -> Findings:
    """That there is no database, or not a good one, is told by the steps before."""
    return audited(
        configuration,
        lambda books: books.audit_invoices(),
        lambda found: f"numbers have no gaps and all add up ({found.invoices})",
    )
