"""The descriptors of the TFTP server: one per listening address, and a few for all transfers.

A transfer's port (its TID, RFC 1350, 4) is one of a small pool shared by all phones and told apart
by the phone's own address: a socket per transfer costs ten times a packet, and thirty-two
unanswered requests a second would use up every descriptor. Answers leave from the address that was
asked, so each local address has a pool of its own, made when it is first asked.

This module knows no packet format.
"""

from __future__ import annotations

import errno
import functools
import secrets
import socket
import struct
from array import array
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv6Address

from provd.servers.listening import datagram_socket
from provd.servers.tftp.datagrams import DatagramWays, Received
from provd.servers.tftp.framing import Run
from provd.servers.tftp.limits import TftpLimits
from provd.servers.tftp.peers import Peer, name_of
from provd.servers.tftp.session import Packets

_LONGEST_REQUEST_OCTETS = 2048
_HEAD_OCTETS = 4  # of an ACK that is all, and of an ERROR all but its text
_REQUESTS_AT_ONCE = 32
_HEADS_AT_ONCE = 128
_MOST_POOLS = 64
_IP_PKTINFO = 8  # Linux <bits/in.h>; Python's socket lacks the name
_WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 (compared with, not bound to)
_SEND_BUFFER_FORCE = 32  # SO_SNDBUFFORCE of Linux, which Python's socket lacks too
_UDP_SEGMENT = 103  # Linux <linux/udp.h>
_MOST_SEGMENTS = 64
_LONGEST_SEGMENTED_OCTETS = 65_000  # with headers, what an IP packet may announce
_NOT_IN_SEGMENTS = {errno.EMSGSIZE, errno.EINVAL, errno.EIO, errno.EOPNOTSUPP}


class RequestSocket:
    """Where requests come in, on one interface address or a wildcard."""

    def __init__(self, opened: socket.socket, interface: str, ways: DatagramWays) -> None:
        self._socket = opened
        self._interface = interface
        self._wildcard = interface in _WILDCARDS
        if self._wildcard and opened.family == socket.AF_INET:
            opened.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        elif self._wildcard:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        self._datagrams = ways.over(
            opened, most=_REQUESTS_AT_ONCE, octets=_LONGEST_REQUEST_OCTETS, notes=self._wildcard
        )

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def receive(self) -> Iterator[tuple[bytes, Peer, str]]:
        """Some datagrams, each with its sender and the local address it was sent to ("" for a
        broadcast, which RFC 1123, 4.2.3.4 leaves unanswered)."""
        for datagram, peer, note in self._datagrams.receive():
            yield datagram, peer, _asked_address(note) if self._wildcard else self._interface


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
        return f"::ffff:{address.ipv4_mapped}"
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
        "_packets",
        "_peers",
        "_segmented",
        "_socket",
        "catch_up",
    )

    def __init__(self, opened: socket.socket, ways: DatagramWays, *, segmented: bool) -> None:
        self._socket = opened
        self._datagrams = ways.over(opened, most=_HEADS_AT_ONCE, octets=_HEAD_OCTETS)
        self._segmented = segmented
        self._holding = False
        self._packets: list[bytes | memoryview] = []
        self._peers: list[Peer] = []
        self.catch_up: Callable[[], None] = lambda: None

    @property
    def most(self) -> int:
        """How many `receive` takes at once; fewer mean that there are no more just now."""
        return self._datagrams.most

    def receive(self) -> Sequence[Received]:
        """The first four octets of some datagrams, and their senders."""
        return self._datagrams.receive()

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def send(self, packets: Packets, peer: Peer) -> None:
        if type(packets) is Run and len(packets) > 1:
            self._flush()  # before, and not among them: a phone's packets keep their order
            self._send_run(packets, peer)
            return
        for packet in packets:
            self._packets.append(packet)
            self._peers.append(peer)
        if not self._holding:
            self._flush()

    def hold(self) -> None:
        self._holding = True

    def release(self) -> None:
        self._holding = False
        if self._packets:
            self._flush()

    def _flush(self) -> None:
        if self._packets:
            packets, peers = self._packets, self._peers
            self._packets, self._peers = [], []
            self._datagrams.send(packets, peers)

    def _send_run(self, run: Run, peer: Peer) -> None:
        most = min(_MOST_SEGMENTS, _LONGEST_SEGMENTED_OCTETS // run.segment_octets)
        for part in run.parts(max(most, 1)):
            if not self._send_segments(part, peer):
                self._datagrams.send(part, [peer] * len(part))

    def _send_segments(self, run: Run, peer: Peer) -> bool:
        """False when the kernel won't: a packet is longer than the route's MTU carries, or (EIO)
        the device can't have checksums left to it, which stays so."""
        if not self._segmented or len(run) == 1:
            return False
        segment = (socket.IPPROTO_UDP, _UDP_SEGMENT, struct.pack("=H", run.segment_octets))
        try:
            self._socket.sendmsg((run.octets,), (segment,), 0, name_of(peer))
        except OSError as error:
            self._segmented = error.errno != errno.EIO
            return error.errno not in _NOT_IN_SEGMENTS
        return True


def _enlarge_sending(opened: socket.socket, octets: int) -> None:
    try:
        opened.setsockopt(socket.SOL_SOCKET, _SEND_BUFFER_FORCE, octets)
    except PermissionError:  # without CAP_NET_ADMIN the kernel's net.core.wmem_max is the bound
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, octets)


class TransferPools:
    """A pool of transfer sockets per local address, of the size that `limits` tells; `opened` and
    `closing` are told."""

    def __init__(
        self,
        limits: TftpLimits,
        ways: DatagramWays,
        opened: Callable[[TransferSocket], None],
        closing: Callable[[TransferSocket], None],
    ) -> None:
        self._limits = limits
        self._ways = ways
        self._opened = opened
        self._closing = closing
        self._pools: dict[str, list[TransferSocket]] = {}
        self._chances: array[int] = array("I")

    def pick(self, local: str) -> TransferSocket:
        """A socket bound to `local`, at random: a forger must guess which. Raises
        ConfigurationError when the address is gone or the descriptors are."""
        pool = self._pools.get(local)
        if pool is None:
            pool = self._open(local)
        return pool[self._chance() % len(pool)]

    def _chance(self) -> int:
        """A number that nobody foresees; the kernel is asked for a thousand at a time."""
        if not self._chances:
            self._chances = array("I", secrets.token_bytes(4096))
        return self._chances.pop()

    def close(self) -> None:
        for local in list(self._pools):
            self._drop(local)

    def _open(self, local: str) -> list[TransferSocket]:
        """A host has few addresses, but 127.0.0.0/8 is large: the oldest pool makes room."""
        if len(self._pools) >= _MOST_POOLS:
            self._drop(next(iter(self._pools)))
        pool = self._pools[local] = []
        for _ in range(self._limits.transfer_sockets):
            made = self._made(local)
            self._opened(made)
            pool.append(made)
        return pool

    def _made(self, local: str) -> TransferSocket:
        opened = datagram_socket(
            local,
            0,
            setting="tftp.interfaces",
            receive_buffer_octets=self._limits.receive_buffer_octets,
        )
        _enlarge_sending(opened, self._limits.send_buffer_octets)
        return TransferSocket(opened, self._ways, segmented=self._limits.segmented_windows)

    def _drop(self, local: str) -> None:
        for each in self._pools.pop(local):
            self._closing(each)
            each.close()
