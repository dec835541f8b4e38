"""Which of the sites' networks an address lies in."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

from provd.devices.account import IPNetwork
from provd.store.discovered import Place


class Whereabouts:
    """Tells which sites name an address."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._by_network: dict[tuple[int, int, int], list[Place]] = {}
        self._lengths: set[tuple[int, int]] = set()
        for place in places:
            for network in place.networks:
                key = _network_key(int(network.network_address), network)
                self._by_network.setdefault(key, []).append(place)
                self._lengths.add((network.version, network.max_prefixlen - network.prefixlen))

    def at(self, address: str) -> list[Place]:
        if not address:
            return []
        parsed = ip_address(address)
        keys = (
            (version, host_bits, int(parsed) >> host_bits)
            for version, host_bits in self._lengths
            if version == parsed.version
        )
        return [place for key in keys for place in self._by_network.get(key, ())]

    def are_own(self, address: str) -> bool:
        """Whether there is such a site, and nobody else's."""
        places = self.at(address)
        return bool(places) and all(place.own for place in places)

    def of(self, address: str) -> Place | None:
        """The one site; None where there are several, or none."""
        places = {place.site_id: place for place in self.at(address) if place.own}
        return next(iter(places.values())) if len(places) == 1 else None


def _network_key(address: int, network: IPNetwork) -> tuple[int, int, int]:
    host_bits = network.max_prefixlen - network.prefixlen
    return network.version, host_bits, address >> host_bits
