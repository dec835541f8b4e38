"""Whether an address lies in one of many networks."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

from provd.devices.account import IPNetwork


class Networks:
    """Many networks, asked in constant time whether they hold an address."""

    def __init__(self, networks: Iterable[IPNetwork]) -> None:
        self._starts: dict[tuple[int, int], set[int]] = {}
        for network in networks:
            host_bits = network.max_prefixlen - network.prefixlen
            key = (network.version, host_bits)
            self._starts.setdefault(key, set()).add(int(network.network_address) >> host_bits)

    def __contains__(self, address: IPv4Address | IPv6Address) -> bool:
        if not self._starts:
            return False
        version, number = address.version, int(address)
        for (of_version, host_bits), starts in self._starts.items():
            if of_version == version and number >> host_bits in starts:
                return True
        return False


@functools.lru_cache(maxsize=4096)
def networks_of(networks: tuple[IPNetwork, ...]) -> Networks:
    """The same for all phones of a site."""
    return Networks(networks)
