"""Who sent it, as one kind of address whichever socket it came through."""

from __future__ import annotations

import functools
from ipaddress import ip_address

from provd.exchange import IPAddress


@functools.lru_cache(maxsize=8192)
def caller(text: str) -> tuple[IPAddress, int]:
    """A socket's peer, and whom it counts for. IPv4 seen through an IPv6 socket is IPv4, and a
    scope is no part of an address."""
    seen = ip_address(text.split("%", 1)[0])
    address = getattr(seen, "ipv4_mapped", None) or seen
    return address, household(address)


def household(address: IPAddress) -> int:
    """What is counted as one address: of IPv6 a /64, which any subscriber has to himself."""
    return int(address) if address.version == 4 else -(int(address) >> 64)
