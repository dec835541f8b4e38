"""Who may have a file that names a MAC.

A MAC is no secret, so knowing one proves nothing. The ways to be trusted, strongest first:

1. the device's token in the URL, over HTTPS only (elsewhere it would be seen on the wire);
2. an address in the bench's or the site's networks, over any transport;
3. the enrolment window: the first HTTPS address that asks within it is trusted until the whole
   configuration has arrived, which closes it.

Pure: values in, a decision out. Each way is one function of the table `WAYS`, so that client
certificates and digest credentials find their place in it.
"""

from __future__ import annotations

import enum
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from provd.devices.account import IPNetwork
from provd.devices.lifecycle import SERVED, Place
from provd.devices.placement import Placement
from provd.exchange import Reason, Request, Transport


class Way(enum.StrEnum):
    """How a device came to be trusted."""

    TOKEN = "token"  # noqa: S105  a name, not a secret
    BENCH = "bench network"
    SITE = "site network"
    ENROLMENT = "enrolment window"


@dataclass(frozen=True, slots=True)
class Grant:
    """The file may go out. `pin` asks the caller to bind the enrolment window to the address
    first, and to refuse when somebody else was faster."""

    way: Way
    place: Place
    pin: bool = False


Decision = Grant | Reason


@dataclass(frozen=True, slots=True)
class Asking:
    """All that a decision rests on."""

    request: Request
    placement: Placement
    token: str
    bench: Sequence[IPNetwork]


def _by_token(asking: Asking) -> Grant | None:
    if asking.request.transport is not Transport.HTTPS or not asking.token:
        return None
    if hmac.compare_digest(asking.token, asking.placement.enrolment.token.reveal()):
        return Grant(Way.TOKEN, place_of(asking.request, asking.bench))
    return None


def _by_bench(asking: Asking) -> Grant | None:
    on_bench = place_of(asking.request, asking.bench) is Place.BENCH
    return Grant(Way.BENCH, Place.BENCH) if on_bench else None


def _by_site(asking: Asking) -> Grant | None:
    at_site = asking.placement.site.contains(asking.request.address)
    return Grant(Way.SITE, Place.SITE) if at_site else None


def _by_enrolment(asking: Asking) -> Grant | None:
    enrolment, request = asking.placement.enrolment, asking.request
    if request.transport is not Transport.HTTPS or enrolment.open_until is None:
        return None
    if request.received_at >= enrolment.open_until:
        return None
    if not enrolment.first_address:
        return Grant(Way.ENROLMENT, Place.SITE, pin=True)
    if enrolment.first_address == str(request.address):
        return Grant(Way.ENROLMENT, Place.SITE)
    return None


WAYS: tuple[Callable[[Asking], Grant | None], ...] = (_by_token, _by_bench, _by_site, _by_enrolment)


def decide(asking: Asking) -> Decision:
    """A Grant, or the reason for the journal (the phone is told the same whatever it is)."""
    if asking.placement.device.state not in SERVED:
        return Reason.WRONG_STATE
    for way in WAYS:
        grant = way(asking)
        if grant is not None:
            return grant
    return _why_not(asking)


def place_of(request: Request, bench: Sequence[IPNetwork]) -> Place:
    """The bench is where our own networks say so; everything else is the customer's."""
    return Place.BENCH if any(request.address in network for network in bench) else Place.SITE


def _why_not(asking: Asking) -> Reason:
    if asking.request.transport is not Transport.HTTPS:
        return Reason.PLAIN_TRANSPORT
    if asking.token:
        return Reason.NOT_TRUSTED
    return Reason.WINDOW_CLOSED
