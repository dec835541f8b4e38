"""What `provd check` looks at in invoices: numbers without gaps, sums, the ledger."""

from __future__ import annotations

from provd.cli.checks import Findings, ok, problem
from provd.cli.ledger_checks import REMEDY, Nothing, read
from provd.configuration import Configuration


def invoices(configuration: Configuration) -> Findings:
    """That there is no database, or not a good one, is told by the steps before."""
    found = read(configuration, lambda books: books.audit_invoices())
    if isinstance(found, Nothing):
        yield found.told
        return
    for wrong in found.problems:
        yield problem(f"{wrong}. {REMEDY}")
    if not found.problems:
        yield ok(f"numbers have no gaps and all add up ({found.invoices})")
