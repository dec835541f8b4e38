"""Whether a quote that somebody agreed to is still the one that holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from provd.billing.charge import Charge
from provd.billing.quote import Quote
from provd.billing.request import PaymentRequest

CHANGED = "Prices have changed since the quote. Please look at the new one."


def identity(quote: Quote | None) -> str:
    """The same for the same prices, whoever computes it when; empty for no plan at all."""
    if quote is None:
        return ""
    return _digest(f"{line.side} {line.text} {line.amount} {line.when}" for line in quote.lines)


def identity_of(charges: Iterable[Charge]) -> str:
    """Of what a step would charge."""
    return _digest(f"{one.side} {one.text} {one.amount}" for one in charges)


def identity_of_paper(drafted: PaymentRequest) -> str:
    """Of what would be asked for."""
    lines = [f"{one.text} {one.period} {one.amount}" for one in drafted.paper.lines]
    return _digest([*lines, f"{drafted.total} by {drafted.pay_by}"])


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
