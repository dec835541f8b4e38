"""What happens to phones and other leased things."""

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


class Step(Part):
    """A step in a phone's life: it is suspended, resumed, returned, or retired."""

    phone: Name
    reason: str = ""


class Replace(Part):
    """Another phone, called `by`, in the place of one. `returned`: the old one is back already."""

    phone: Name
    by: Name
    vendor: str = ""
    model: str = ""
    mac: str = ""
    returned: bool = False
    reason: str = ""


class Move(Part):
    """To another site; to one of another customer with that plan, which may be none."""

    phone: Name
    to: Name
    plan: str = ""
    reason: str = ""


EVENTS: dict[str, type[Part]] = {
    "register": Register,
    "ship": Ship,
    "boot": Boot,
    "suspend": Step,
    "resume": Step,
    "return": Step,
    "retire": Step,
    "replace": Replace,
    "move": Move,
}
