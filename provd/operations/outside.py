"""Where a server that a reseller or a customer named may be: not on this host, and not in a network
that is the operator's own. Whoever names one could otherwise look into these through provd."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import ip_address

from provd.devices.account import IPNetwork


def all_addresses(address: str) -> bool:
    """For servers that the operator named."""
    return bool(address)


def outside(management: Sequence[IPNetwork]) -> Callable[[str], bool]:
    """For all others: asked with the address that a name turned out to mean."""

    def admits(text: str) -> bool:
        address = ip_address(text.partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        closed = (
            address.is_loopback
            or address.is_link_local
            or address.is_multicast
            or address.is_unspecified
        )
        return not closed and not any(address in network for network in management)

    return admits
