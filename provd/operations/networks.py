"""Networks as people type them."""

from __future__ import annotations

import ipaddress

from provd.devices.account import IPNetwork
from provd.errors import InputError

BROADEST = {4: 16, 6: 32}
"""By IP version, the shortest prefix of a network that a reseller may give a site. Strangers who
ask from a site's network are shown to its reseller, and none that sweeps from there is silenced: a
part of the Internet must not be a site."""


def networks_from(text: str, *, of_any_size: bool = False) -> tuple[IPNetwork, ...]:
    """Separated by commas, blanks or line ends. Raises InputError that names the part that is no
    network, or too large a one."""
    parts = text.replace(",", " ").split()
    networks = tuple(_network(part) for part in parts)
    if not of_any_size:
        for network in networks:
            _check_size(network)
    return networks


def _network(text: str) -> IPNetwork:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise InputError(
            f"“{text[:60]}” is not a network", key="networks", remedy=_remedy(text)
        ) from None
    if network.prefixlen == 0:
        raise InputError(
            f"{network} is everybody", key="networks", remedy="Name the site's own addresses"
        )
    return network


def _check_size(network: IPNetwork) -> None:
    broadest = BROADEST[network.version]
    if network.prefixlen < broadest:
        raise InputError(
            f"{network} is too large for a site",
            key="networks",
            remedy=f"Name the site's own addresses, /{broadest} at most, or ask your provider",
        )


def _remedy(text: str) -> str:
    try:
        return f"Did you mean {ipaddress.ip_network(text, strict=False)}?"
    except ValueError:
        return "Write it as 192.0.2.0/24, or 192.0.2.7 for one address"
