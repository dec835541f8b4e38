"""What can happen in a scenario. Each event of the file is a moment and one of these, by its name.

A phone that is registered with a plan, a leased item and a subscription that is added are all
called by the name that the event gives them.
"""

from __future__ import annotations

from typing import Literal

from provd.scenario.parts import Count, Moment, Name, Part


class Register(Part):
    """A phone at a site ("Customer/Site", or the customer's name where it has one site). With an
    `order` it goes through the fulfilment house."""

    phone: Name
    site: Name
    plan: str = ""
    order: str = ""
    vendor: str = ""
    model: str = ""
    mac: str = ""


class Ship(Part):
    """All phones of an order boot on the bench, are staged, and leave."""

    order: Name


class Boot(Part):
    """The phone gets its whole configuration. What is given of `file` and `bytes` is the last
    file's; the others are as its vendor names them. `arrived`: it is booked later than it was
    delivered."""

    phone: Name
    file: str = ""
    bytes: Count = 4096
    address: str = "192.0.2.10"
    transport: Literal["tftp", "http", "https"] = "https"
    place: Literal["site", "bench"] = "site"
    arrived: Moment | None = None


class Bill(Part):
    """A billing run up to `until`, else up to the moment itself. With `every` it is repeated at the
    same time of day, for the last time at `until` or before."""

    until: Moment | None = None
    every: Literal["day", "week"] | None = None


class Unpark(Part):
    customer: Name


EVENTS: dict[str, type[Part]] = {
    "register": Register,
    "ship": Ship,
    "boot": Boot,
    "bill": Bill,
    "unpark": Unpark,
}
"""By the key of the file."""
