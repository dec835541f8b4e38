"""Where a SIP server is, when only its name is known: SRV records (RFC 3263, 4.2). A name with a
port, and an address, are looked up by nobody.

NAPTR records are not asked for: who may choose the transport tries UDP, TCP and TLS, in this order.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from provd.sip.carrying import Carrier, Connection, Peer

MOST_TRIED = 6
"""So many servers of a name: one with many that are silent must not hold up a thread for long."""
_SERVICES = {Carrier.UDP: "_sip._udp", Carrier.TCP: "_sip._tcp", Carrier.TLS: "_sips._tcp"}


@dataclass(frozen=True, slots=True)
class Service:
    """One SRV record (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str


Lookup = Callable[[str], Sequence[Service]]
"""The SRV records of a name; none where there are none, or where nobody answers."""


def locate(peer: Peer, lookup: Lookup, *, any_carrier: bool = False) -> list[Peer]:
    """Where to try, in this order; never empty. With `any_carrier` the DNS says how, too."""
    if peer.port or _is_address(peer.host):
        return [peer]
    carriers = tuple(Carrier) if any_carrier else (peer.carrier,)
    found = [one for carrier in carriers for one in _records(peer, carrier, lookup)]
    return found[:MOST_TRIED] or [peer]


def reach(
    peer: Peer,
    connect: Callable[[Peer], Connection],
    lookup: Lookup,
    *,
    any_carrier: bool = False,
) -> Connection:
    """The first that can be reached. Raises the last one's OSError where none can."""
    *others, last = locate(peer, lookup, any_carrier=any_carrier)
    for one in others:
        with suppress(OSError):
            return connect(one)
    return connect(last)


def _records(peer: Peer, carrier: Carrier, lookup: Lookup) -> list[Peer]:
    records = [one for one in lookup(f"{_SERVICES[carrier]}.{peer.host}") if one.target != "."]
    ordered = sorted(records, key=lambda one: (one.priority, -one.weight))
    located = [
        Peer(carrier, one.target.rstrip("."), one.port, name=peer.host)
        for one in ordered
        if one.port
    ]
    return [replace(one, name="") if one.host == peer.host else one for one in located]


def _is_address(host: str) -> bool:
    with suppress(ValueError):
        return bool(ipaddress.ip_address(host))
    return False
