"""Who is at the other end, as the kernel writes it: the octets of a socket address.

    sockaddr_in   family port address zeros                ip(7)      16 octets
    sockaddr_in6  family port flow    address scope        ipv6(7)    28 octets

recvmmsg(2) hands them out and sendmmsg(2) takes them back, so between a phone's acknowledgement and
our next block nobody writes an address as text or reads one. This module opens no socket.
"""

from __future__ import annotations

import functools
import socket
import struct
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from provd.exchange import IPAddress

Peer = bytes
PEER_OCTETS = {socket.AF_INET: 16, socket.AF_INET6: 28}
_V4 = struct.Struct("=H2s4s8x")
_V6 = struct.Struct("=H2sI16sI")
_MAPPED = bytes(10) + b"\xff\xff"


def peer_of(name: tuple[Any, ...]) -> Peer:
    """From what Python's recvfrom names a sender by."""
    port = int(name[1]).to_bytes(2, "big")
    if len(name) == 2:
        return _V4.pack(socket.AF_INET, port, socket.inet_aton(name[0]))
    address = socket.inet_pton(socket.AF_INET6, name[0].partition("%")[0])
    return _V6.pack(socket.AF_INET6, port, socket.htonl(name[2]), address, name[3])


@functools.lru_cache(maxsize=8192)
def name_of(peer: Peer) -> tuple[Any, ...]:
    """What Python's sendto takes."""
    if len(peer) == 16:
        return socket.inet_ntoa(peer[4:8]), port_of(peer)
    _, _, flow, address, scope = _V6.unpack(peer)
    text = socket.inet_ntop(socket.AF_INET6, address)
    return text, port_of(peer), socket.ntohl(flow), scope


def port_of(peer: Peer) -> int:
    return int.from_bytes(peer[2:4], "big")


def address_of(peer: Peer) -> IPAddress:
    """A scope is no part of it."""
    return _address(peer[4:8] if len(peer) == 16 else peer[8:24])


def as_itself(peer: Peer) -> Peer:
    """IPv4 that came through an IPv6 socket as what it is; what answers it is a socket of IPv4."""
    if len(peer) == 28 and peer[8:20] == _MAPPED:
        return _V4.pack(socket.AF_INET, peer[2:4], peer[20:24])
    return peer


def neighbourhood_of(peer: Peer) -> bytes:
    """The octets that it shares with its neighbours: IPv4's first three, IPv6's first six."""
    return peer[4:7] if len(peer) == 16 else peer[8:14]


def household_of(peer: Peer) -> bytes:
    """What is counted as one address: of IPv6 a /64, which any subscriber has to himself."""
    return peer[4:8] if len(peer) == 16 else peer[8:16]


@functools.lru_cache(maxsize=8192)
def _address(octets: bytes) -> IPAddress:
    return IPv4Address(octets) if len(octets) == 4 else IPv6Address(octets)
