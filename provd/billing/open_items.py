"""What is still to be paid of each invoice: payments settle the oldest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from provd.billing.money import Money


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A final invoice; `rest` is its total without its own credit notes."""

    invoice_id: int
    rest: Money


def open_amounts(oldest_first: Iterable[OpenItem], owed: Money) -> dict[int, Money]:
    """By invoice. `owed` is what the debtor owes of all that was invoiced; less than nothing is
    owed where it has paid in advance, and then nothing is open."""
    left = owed if owed.amount > 0 else Money.zero(owed.currency)
    found = {}
    for item in reversed(list(oldest_first)):
        enough = (left - item.rest).amount >= 0
        found[item.invoice_id] = item.rest if enough else left
        left = left - found[item.invoice_id]
    return found
