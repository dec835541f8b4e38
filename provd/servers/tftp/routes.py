"""What one packet to a phone carries. This module knows no packet format but the headers' sizes."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address

_IP_MTU, _IPV6_MTU = 14, 24  # Linux <bits/in.h>; Python's socket lacks the names


class RouteMtu:
    """What one packet to a phone carries, by the kernel's route to it (ip(7), IP_MTU)."""

    def __init__(self) -> None:
        self._probes: dict[int, socket.socket] = {}

    def largest_block(self, address: IPv4Address | IPv6Address) -> int:
        """Octets of DATA that fit one packet; 512 when the route is unknown."""
        v6 = address.version == 6
        try:
            probe = self._probe(socket.AF_INET6 if v6 else socket.AF_INET)
            probe.connect((str(address), 9))
            level, option = (socket.IPPROTO_IPV6, _IPV6_MTU) if v6 else (socket.IPPROTO_IP, _IP_MTU)
            mtu = probe.getsockopt(level, option)
        except OSError:
            return 512
        return mtu - (40 if v6 else 20) - 8 - 4  # IP, UDP and TFTP headers

    def close(self) -> None:
        for probe in self._probes.values():
            probe.close()
        self._probes.clear()

    def _probe(self, family: int) -> socket.socket:
        if family not in self._probes:
            self._probes[family] = socket.socket(family, socket.SOCK_DGRAM)
        return self._probes[family]
