"""The sockets of the TFTP server: where requests come in, and where transfers run.

This module knows no packet format.
"""

from __future__ import annotations

import errno
import functools
import socket
import struct
from collections.abc import Callable
from ipaddress import IPv6Address

from provd.servers.tftp.batches import Head
from provd.servers.tftp.datagrams import DatagramWays
from provd.servers.tftp.pages import Page, Run
from provd.servers.tftp.peers import Peer, as_itself, name_of

_IP_PKTINFO = 8  # Linux <bits/in.h>; Python's socket lacks the name
_WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 (compared with, not bound to)
_UDP_SEGMENT = 103  # Linux <linux/udp.h>
_MOST_SEGMENTS = 64
_LONGEST_SEGMENTED_OCTETS = 65_000  # with headers, what an IP packet may announce
_NOT_IN_SEGMENTS = {errno.EMSGSIZE, errno.EINVAL, errno.EIO, errno.EOPNOTSUPP}


class RequestSocket:
    """Where requests come in, on one interface address or a wildcard."""

    def __init__(self, opened: socket.socket, interface: str, ways: DatagramWays) -> None:
        self._socket = opened
        self._interface = interface.removeprefix("::ffff:")
        self._wildcard = interface in _WILDCARDS
        if self._wildcard and opened.family == socket.AF_INET:
            opened.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        elif self._wildcard:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        self._datagrams = ways.requests(opened, notes=self._wildcard)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def receive(self) -> list[tuple[bytes, Peer, str]]:
        """Some datagrams, each with its sender and the local address it was sent to ("" for a
        broadcast, which RFC 1123, 4.2.3.4 leaves unanswered)."""
        return [
            (datagram, as_itself(peer), _asked_address(note) if self._wildcard else self._interface)
            for datagram, peer, note in self._datagrams.receive()
        ]


@functools.lru_cache(maxsize=256)
def _asked_address(note: bytes) -> str:
    """From in_pktinfo (ip(7)) or in6_pktinfo (RFC 3542, 6)."""
    if len(note) == 12:
        _, local, asked = struct.unpack("=i4s4s", note)
        return socket.inet_ntop(socket.AF_INET, local) if local == asked else ""
    if len(note) == 20:
        return _scoped(IPv6Address(note[:16]), int.from_bytes(note[16:], "little"))
    return ""


def _scoped(address: IPv6Address, interface: int) -> str:
    if address.is_multicast:
        return ""
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{address}%{interface}" if address.is_link_local else str(address)


class TransferSocket:
    """One transfer port. Sending never raises: what the kernel can't take is as lost on the way.

    Between `hold` and `release` packets gather, to leave with one system call. `segmented`: a run
    of packets is given to the kernel as one (udp(7), UDP_SEGMENT) until that says it can't.
    `catch_up` takes in what has arrived; whoever reads the socket sets it.
    """

    __slots__ = (
        "_datagrams",
        "_holding",
        "_pages",
        "_peers",
        "_segmented",
        "_socket",
        "_vectors",
        "catch_up",
    )

    def __init__(self, opened: socket.socket, ways: DatagramWays, *, segmented: bool) -> None:
        self._socket = opened
        self._datagrams = ways.transfers(opened)
        self._segmented = segmented
        self._holding = False
        self._vectors: list[bytes] = []
        self._pages: list[Page] = []
        self._peers: list[Peer] = []
        self.catch_up: Callable[[], None] = lambda: None

    @property
    def most(self) -> int:
        """How many `heads` takes at once; fewer mean that there are no more just now."""
        return self._datagrams.most

    def heads(self) -> list[Head]:
        """The first four octets of some datagrams, as a number, and their senders."""
        return self._datagrams.heads()

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self.release()
        self._socket.close()

    def send(self, run: Run, peer: Peer) -> None:
        if len(run) > 1:
            self._flush()  # before, and not among them: a phone's packets keep their order
            self._send_run(run, peer)
        else:
            self.send_each(run.vectors(), [run.page], [peer])

    def send_each(self, vectors: list[bytes], pages: list[Page], peers: list[Peer]) -> None:
        """To each peer the packet that its vector points to, in its page."""
        self._vectors += vectors
        self._pages += pages
        self._peers += peers
        if not self._holding:
            self._flush()

    def hold(self) -> None:
        self._holding = True

    def release(self) -> None:
        self._holding = False
        self._flush()

    def _flush(self) -> None:
        if self._vectors:
            vectors, pages, peers = self._vectors, self._pages, self._peers
            self._vectors, self._pages, self._peers = [], [], []
            self._datagrams.send(vectors, pages, peers)

    def _send_run(self, run: Run, peer: Peer) -> None:
        most = min(_MOST_SEGMENTS, _LONGEST_SEGMENTED_OCTETS // run.page.packet_octets)
        for part in (run,) if len(run) <= most else run.parts(max(most, 1)):
            if not self._send_segments(part, peer):
                count = len(part)
                self._datagrams.send(part.vectors(), [part.page] * count, [peer] * count)

    def _send_segments(self, run: Run, peer: Peer) -> bool:
        """False when the kernel won't: a packet is longer than the route's MTU carries, or (EIO)
        the device can't have checksums left to it, which stays so."""
        if not self._segmented or len(run) == 1:
            return False
        segment = (socket.IPPROTO_UDP, _UDP_SEGMENT, struct.pack("=H", run.page.packet_octets))
        try:
            self._socket.sendmsg((run.octets,), (segment,), 0, name_of(peer))
        except OSError as error:
            self._segmented = error.errno != errno.EIO
            return error.errno not in _NOT_IN_SEGMENTS
        return True
