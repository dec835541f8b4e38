"""Whether an address lies in one of many networks."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

from provd.devices.account import IPNetwork


class Networks:
    """Many networks, asked in constant time whether they hold an address."""

    def __init__(self, networks: Iterable[IPNetwork]) -> None:
        found: dict[int, dict[int, set[int]]] = {4: {}, 6: {}}
        for network in networks:
            host_bits = network.max_prefixlen - network.prefixlen
            starts = found[network.version].setdefault(host_bits, set())
            starts.add(int(network.network_address) >> host_bits)
        self._v4, self._v6 = tuple(found[4].items()), tuple(found[6].items())

    def __contains__(self, address: IPv4Address | IPv6Address) -> bool:
        networks = self._v4 if isinstance(address, IPv4Address) else self._v6
        if not networks:
            return False
        number = int(address)
        for host_bits, starts in networks:  # noqa: SIM110  any() costs as much as all the rest
            if number >> host_bits in starts:
                return True
        return False


@functools.lru_cache(maxsize=4096)
def networks_of(networks: tuple[IPNetwork, ...]) -> Networks:
    """The same for all phones of a site."""
    return Networks(networks)
