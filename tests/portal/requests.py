"""A furnished house in which a customer is asked to pay first."""

from __future__ import annotations

from provd.operations import WantedRequests
from provd.operations.subscription_views import Standing
from tests.portal.house import House
from tests.portal.invoices import settle


def running(house: House) -> int:
    """The subscription of Alice's phone in service."""
    rows = house.operations.subscriptions.listed(house.actor("alice"), ended=True)
    return next(one.subscription.id for one in rows if one.standing is Standing.RUNNING)


def requested(house: House) -> int:
    """What Alice asks her customer for: the renewal of that one. Made once in a house."""
    requesting, alice = house.operations.requesting, house.actor("alice")
    found = requesting.reading.listed(alice, WantedRequests(closed=True))
    if found:
        return found[-1].request.id
    settle(house)
    requesting.subscriptions.make_paid(alice, running(house))
    return requesting.steps.ask(alice, running(house)).id
