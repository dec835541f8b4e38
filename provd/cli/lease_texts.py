"""Leases in words, as tables and pages have them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from provd.billing.money import Money
from provd.billing.plan import Side
from provd.operations.lease_views import LeaseRow


def state_of(row: LeaseRow) -> str:
    """What has become of it, and what is awaited."""
    states = []
    if row.since is None:
        states.append("not started")
    if row.bought:
        states.append("bought")
    elif row.until is not None:
        states.append(f"ends {row.until}")
    elif row.since is not None:
        states.append("suspended" if row.suspended else "leased")
    states += [f"due back by {one.by}" if one.by else "due back" for one in row.due_back]
    return ", ".join(states)


def fee_of(row: LeaseRow) -> str:
    """What it costs as long as it is leased."""
    if row.bought:
        return ""
    fees = amounts(row.fees)
    return f"{fees} a {row.interval}" if fees else ""


def amounts(given: Mapping[Side, Money]) -> str:
    """Retail first, wholesale in brackets."""
    retail, wholesale = given.get(Side.RETAIL), given.get(Side.WHOLESALE)
    if retail is None:
        return f"(wholesale {wholesale})" if wholesale else ""
    return f"{retail} (wholesale {wholesale})" if wholesale else str(retail)


def day(one: date | None) -> str:
    """Empty where there is none."""
    return str(one) if one else ""
