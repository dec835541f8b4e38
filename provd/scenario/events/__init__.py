"""What can happen in a scenario. Each event of the file is a moment and one of these, by its name.

A phone that is registered with a plan, a leased item and a subscription that is added are all
called by the name that the event gives them.
"""

from __future__ import annotations

from provd.scenario.events import invoices, leases, money, phones, requests, runs, subscriptions
from provd.scenario.parts import Part

EVENTS: dict[str, type[Part]] = {
    **phones.EVENTS,
    **subscriptions.EVENTS,
    **leases.EVENTS,
    **runs.EVENTS,
    **requests.EVENTS,
    **money.EVENTS,
    **invoices.EVENTS,
}
"""By the key of the file."""
