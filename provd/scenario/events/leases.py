"""Leased things that provd does not boot; what is bought."""

from __future__ import annotations

from provd.billing.subscription import ItemKind
from provd.scenario.parts import Day, Name, Part


class Lease(Part):
    """A router, switch or other thing at a site, leased from `day`, or from now."""

    name: Name
    site: Name
    plan: Name
    item: ItemKind = ItemKind.ROUTER
    model: str = ""
    serial: str = ""
    day: Day | None = None


class ReplaceItem(Part):
    """`returned`: the old one is back already."""

    name: Name
    serial: Name
    model: str = ""
    returned: bool = False
    reason: str = ""


class TakeBack(Part):
    """What is awaited has come back, or what is there, which ends its lease."""

    name: Name
    reason: str = ""


class EndLease(Part):
    name: Name
    day: Day | None = None
    reason: str = ""


class BuyOut(Part):
    """The customer keeps a leased phone or item; its lease fee ends, other fees go on."""

    name: Name
    reason: str = ""


EVENTS: dict[str, type[Part]] = {
    "lease": Lease,
    "replace_item": ReplaceItem,
    "take_back": TakeBack,
    "end_lease": EndLease,
    "buy_out": BuyOut,
}
