"""The descriptors of the TFTP server: one per listening address, and a few for all transfers.

A transfer's port (its TID, RFC 1350, 4) is one of a small pool shared by all phones and told apart
by the phone's own address: a socket per transfer costs ten times a packet, and thirty-two
unanswered requests a second would use up every descriptor. Answers leave from the address that was
asked, so each local address has a pool of its own, made when it is first asked.

This module knows no packet format. Batched sends (sendmmsg, UDP_SEGMENT) belong into `send`.
"""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from provd.servers.listening import datagram_socket
from provd.servers.tftp.session import Packets

Peer = tuple[Any, ...]  # what recvfrom names a sender by, and sendto takes
_LONGEST_REQUEST_OCTETS = 2048
_LONGEST_TRANSFER_OCTETS = 600  # ACK is 4, ERROR at most what a text takes
_MOST_POOLS = 64
_IP_PKTINFO, _IP_MTU, _IPV6_MTU = 8, 14, 24  # Linux <bits/in.h>; Python's socket lacks the names
_PACKET_INFO_OCTETS = socket.CMSG_SPACE(20)
_WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 (compared with, not bound to)


class RequestSocket:
    """Where requests come in, on one interface address or a wildcard."""

    def __init__(self, opened: socket.socket, interface: str) -> None:
        self._socket = opened
        self._interface = interface
        self._wildcard = interface in _WILDCARDS
        if self._wildcard and opened.family == socket.AF_INET:
            opened.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        elif self._wildcard:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def receive(self) -> tuple[bytes, Peer, str]:
        """A datagram, its sender, and the local address it was sent to ("" for a broadcast,
        which RFC 1123, 4.2.3.4 leaves unanswered). Raises BlockingIOError when there is none."""
        if not self._wildcard:
            datagram, peer = self._socket.recvfrom(_LONGEST_REQUEST_OCTETS)
            return datagram, peer, self._interface
        datagram, notes, _, peer = self._socket.recvmsg(
            _LONGEST_REQUEST_OCTETS, _PACKET_INFO_OCTETS
        )
        return datagram, peer, _asked_address(notes)


def _asked_address(notes: list[tuple[int, int, bytes]]) -> str:
    """From in_pktinfo (ip(7)) or in6_pktinfo (RFC 3542, 6)."""
    for level, kind, data in notes:
        if level == socket.IPPROTO_IP and kind == _IP_PKTINFO:
            _, local, asked = struct.unpack("=i4s4s", data[:12])
            return socket.inet_ntop(socket.AF_INET, local) if local == asked else ""
        if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
            return _scoped(IPv6Address(data[:16]), int.from_bytes(data[16:20], "little"))
    return ""


def _scoped(address: IPv6Address, interface: int) -> str:
    if address.is_multicast:
        return ""
    if address.ipv4_mapped is not None:
        return f"::ffff:{address.ipv4_mapped}"
    return f"{address}%{interface}" if address.is_link_local else str(address)


class TransferSocket:
    """One transfer port. Sending never raises: what the kernel can't take is as lost on the way.

    `catch_up` takes in what has arrived; whoever reads the socket sets it.
    """

    __slots__ = ("_socket", "catch_up")

    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened
        self.catch_up: Callable[[], None] = lambda: None

    def receive(self) -> tuple[bytes, Peer]:
        """A datagram and its sender. Raises BlockingIOError when there is none."""
        return self._socket.recvfrom(_LONGEST_TRANSFER_OCTETS)

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def send(self, packets: Packets, peer: Peer) -> None:
        try:
            for packet in packets:
                self._socket.sendto(packet, peer)
        except OSError:
            return  # a full buffer, no route, a host that went: the back-off repeats it


class TransferPools:
    """A pool of `size` transfer sockets per local address; `opened` and `closing` are told."""

    def __init__(
        self,
        size: int,
        receive_buffer_octets: int,
        opened: Callable[[TransferSocket], None],
        closing: Callable[[TransferSocket], None],
    ) -> None:
        self._size = size
        self._receive_buffer_octets = receive_buffer_octets
        self._opened = opened
        self._closing = closing
        self._pools: dict[str, list[TransferSocket]] = {}

    def pick(self, local: str) -> TransferSocket:
        """A socket bound to `local`, at random: a forger must guess which. Raises
        ConfigurationError when the address is gone or the descriptors are."""
        pool = self._pools.get(local)
        if pool is None:
            pool = self._open(local)
        return pool[secrets.randbelow(len(pool))]

    def close(self) -> None:
        for local in list(self._pools):
            self._drop(local)

    def _open(self, local: str) -> list[TransferSocket]:
        """A host has few addresses, but 127.0.0.0/8 is large: the oldest pool makes room."""
        if len(self._pools) >= _MOST_POOLS:
            self._drop(next(iter(self._pools)))
        pool = self._pools[local] = []
        for _ in range(self._size):
            made = TransferSocket(
                datagram_socket(
                    local,
                    0,
                    setting="tftp.interfaces",
                    receive_buffer_octets=self._receive_buffer_octets,
                )
            )
            self._opened(made)
            pool.append(made)
        return pool

    def _drop(self, local: str) -> None:
        for each in self._pools.pop(local):
            self._closing(each)
            each.close()


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
