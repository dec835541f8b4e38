"""A change that is tried, as it would be kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from provd.billing.plan import Side
from provd.billing.subscription import Change, Subscription
from provd.store.books import NewChange

_MOMENT = timedelta(microseconds=1)


def as_known(one: Subscription, new: NewChange) -> Change:
    """The change as it would be kept now."""
    return Change(0, new.kind, new.effective_at, _known_at(one, new.at), new.cause, new.device_id)


def _known_at(one: Subscription, at: datetime) -> datetime:
    closed = [until for side in Side if (until := one.billed_until(side)) is not None]
    told = [change.known_at for change in one.changes]
    return max([at, *told, *(until + _MOMENT for until in closed)])
