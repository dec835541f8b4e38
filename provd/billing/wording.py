"""Lines and periods as people say them, in English."""

from __future__ import annotations

from provd.billing.invoice import InvoiceLine
from provd.billing.period import Period

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)


def in_words(period: Period) -> str:
    """1 to 31 January 2027; what both ends share is said once."""
    first, last = period.start, period.last_day
    end = f"{last.day} {_MONTHS[last.month - 1]} {last.year}"
    if first == last:
        return end
    start = str(first.day)
    if (first.year, first.month) != (last.year, last.month):
        start += f" {_MONTHS[first.month - 1]}"
    if first.year != last.year:
        start += f" {first.year}"
    return f"{start} to {end}"


def readable(line: InvoiceLine) -> str:
    """Hardware lease T46U, reception, 1 to 31 January 2027."""
    days = in_words(line.period) if line.period else ""
    return ", ".join(part for part in (line.text, line.detail, days) if part)
