"""Who may have a file that names a MAC.

A MAC is no secret, so knowing one proves nothing. The ways to be trusted, strongest first:

1. the phone's factory certificate, when it proves that very MAC;
2. the user name and password that its first configuration delivered, over HTTPS;
3. the device's token in the URL, over HTTPS only (elsewhere it would be seen on the wire);
4. the enrolment window: the first HTTPS address that asks within it is trusted until the whole
   configuration has arrived, which closes it;
5. an address in the bench's or the site's networks, over any transport.

Where a network is trusted already no window is pinned, or staging a phone on the bench would lock
it out at its customer's. Which ways are open says the setting `trust.ways`; the bench is ours, and
always is.

Pure: values in, a decision out. Each way is one function of the table `WAYS`.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
from collections.abc import Callable, Collection, Sequence

from provd.devices.account import IPNetwork
from provd.devices.lifecycle import SERVED, Place
from provd.devices.standing import Standing, TrustWay
from provd.exchange import Reason, Request, Transport
from provd.frozen import frozen
from provd.provisioning.digest import Proof


class Way(enum.StrEnum):
    """How a device came to be trusted."""

    CERTIFICATE = "client certificate"
    CREDENTIALS = "user name and password"
    TOKEN = "token"  # noqa: S105  a name, not a secret
    ENROLMENT = "enrolment window"
    BENCH = "bench network"
    SITE = "site network"


LASTING = frozenset({Way.TOKEN, Way.BENCH, Way.SITE})
"""Neither time nor the connection has a part in these: they hold as long as nothing in the database
changes (provisioning.lasting)."""


@frozen
class Grant:
    """The file may go out. `pin` asks the caller to bind the enrolment window to the address
    first, and to refuse when somebody else was faster."""

    way: Way
    place: Place
    pin: bool = False


Decision = Grant | Reason


@frozen
class Asking:
    """All that a decision rests on. `ways` are those open to the device; `suspect` tells that too
    many MACs were tried from that neighbourhood for a window to open to it."""

    request: Request
    standing: Standing
    token: str
    bench: Sequence[IPNetwork]
    ways: Collection[TrustWay] = frozenset(TrustWay)
    certificate: Proof = Proof.NONE
    credentials: Proof = Proof.NONE
    suspect: bool = False

    @property
    def place(self) -> Place:
        return place_of(self.request, self.bench)

    @property
    def over_https(self) -> bool:
        return self.request.transport is Transport.HTTPS

    @property
    def at_site(self) -> bool:
        return any(self.request.address in network for network in self.standing.networks)


def _by_certificate(asking: Asking) -> Grant | None:
    return Grant(Way.CERTIFICATE, asking.place) if asking.certificate is Proof.RIGHT else None


def _by_credentials(asking: Asking) -> Grant | None:
    return Grant(Way.CREDENTIALS, asking.place) if asking.credentials is Proof.RIGHT else None


def _by_token(asking: Asking) -> Grant | None:
    digest = hashlib.sha256(asking.token.encode()).hexdigest()
    is_right = hmac.compare_digest(digest, asking.standing.token_digest)
    if asking.over_https and asking.token and is_right:
        return Grant(Way.TOKEN, asking.place)
    return None


def _by_enrolment(asking: Asking) -> Grant | None:
    standing, request = asking.standing, asking.request
    if not asking.over_https or not _window_open(asking) or _by_network(asking):
        return None
    if asking.certificate is Proof.WRONG:
        return None  # it has proved to be another phone
    if not standing.first_address:
        return None if asking.suspect else Grant(Way.ENROLMENT, Place.SITE, pin=True)
    if standing.first_address == str(request.address):
        return Grant(Way.ENROLMENT, Place.SITE)
    return None


def _by_network(asking: Asking) -> Grant | None:
    if asking.place is Place.BENCH:
        return Grant(Way.BENCH, Place.BENCH)
    if asking.at_site and TrustWay.NETWORK in asking.ways:
        return Grant(Way.SITE, Place.SITE)
    return None


WAYS: tuple[tuple[TrustWay, Callable[[Asking], Grant | None]], ...] = (
    (TrustWay.CERTIFICATE, _by_certificate),
    (TrustWay.CREDENTIALS, _by_credentials),
    (TrustWay.TOKEN, _by_token),
    (TrustWay.ENROLMENT, _by_enrolment),
)


def decide(asking: Asking) -> Decision:
    """A Grant, or the reason for the journal (the phone is told the same whatever it is)."""
    # Every way is tried before any counts: who is refused early must not be answered early.
    tried = [(way, granted(asking)) for way, granted in WAYS]
    if asking.standing.state not in SERVED:
        return Reason.WRONG_STATE
    grants = [grant for way, grant in tried if grant and way in asking.ways]
    return grants[0] if grants else _by_network(asking) or _why_not(asking)


def place_of(request: Request, bench: Sequence[IPNetwork]) -> Place:
    """The bench is where our own networks say so; everything else is the customer's."""
    return Place.BENCH if any(request.address in network for network in bench) else Place.SITE


def _window_open(asking: Asking) -> bool:
    open_until = asking.standing.open_until
    return open_until is not None and asking.request.received_at < open_until


def _why_not(asking: Asking) -> Reason:
    if not asking.over_https:
        return Reason.PLAIN_TRANSPORT
    if asking.certificate is Proof.WRONG:
        return Reason.WRONG_CERTIFICATE
    if asking.credentials is Proof.STALE:
        return Reason.STALE_CREDENTIALS
    if asking.credentials is Proof.WRONG:
        return Reason.WRONG_CREDENTIALS
    if asking.token:
        return Reason.NOT_TRUSTED
    unpinned = _window_open(asking) and not asking.standing.first_address
    return Reason.SUSPECT if unpinned and asking.suspect else Reason.WINDOW_CLOSED
