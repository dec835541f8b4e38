"""Which port a transfer runs on (its TID, RFC 1350, 4).

One of a pool that all phones share, told apart by their own addresses: a socket per transfer costs
ten times a packet, and thirty-two unanswered requests a second would use up every descriptor.
Answers leave from the address that was asked, so each local address has a pool of its own.
"""

from __future__ import annotations

import hashlib
import secrets
import socket
from array import array
from collections.abc import Callable

from provd.errors import ConfigurationError
from provd.servers.listening import datagram_socket
from provd.servers.tftp.datagrams import DatagramWays
from provd.servers.tftp.limits import TftpLimits
from provd.servers.tftp.peers import Peer, neighbourhood_of
from provd.servers.tftp.sockets import TransferSocket

_MOST_POOLS = 64
_MOST_NEIGHBOURHOODS = 10_000
_SEND_BUFFER_FORCE = 32  # SO_SNDBUFFORCE of Linux, which Python's socket lacks too


class TransferPools:
    """A pool of transfer sockets for each local address, of the size that `limits` tells; each is
    opened when it is first picked. `opened` and `closing` are told."""

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
        self._choice = PortChoice(limits.transfer_sockets, limits.neighbours_sockets)
        self._pools: dict[str, dict[int, TransferSocket]] = {}

    def pick(self, local: str, peer: Peer) -> TransferSocket:
        """A socket bound to `local` that a forger must guess, among those that are open where the
        process may open no more. Raises ConfigurationError when there is none, or the address is
        gone."""
        pool = self._pools.get(local)
        if pool is None:
            pool = self._begin(local)
        index = self._choice.index(neighbourhood_of(peer))
        return pool.get(index) or self._opened_or_other(local, pool, index)

    def change_ports(self) -> None:
        """From now on other sockets are picked; transfers end where they began."""
        self._choice = PortChoice(self._limits.transfer_sockets, self._limits.neighbours_sockets)

    def close(self) -> None:
        for local in list(self._pools):
            self._drop(local)

    def _begin(self, local: str) -> dict[int, TransferSocket]:
        """A host has few addresses, but 127.0.0.0/8 is large: the oldest pool makes room."""
        if len(self._pools) >= _MOST_POOLS:
            self._drop(next(iter(self._pools)))
        return self._pools.setdefault(local, {})

    def _opened_or_other(
        self, local: str, pool: dict[int, TransferSocket], index: int
    ) -> TransferSocket:
        try:
            return self._open(local, pool, index)
        except ConfigurationError:
            if not pool:
                raise
            return secrets.choice(list(pool.values()))

    def _open(self, local: str, pool: dict[int, TransferSocket], index: int) -> TransferSocket:
        opened = datagram_socket(
            local,
            0,
            setting="tftp.interfaces",
            receive_buffer_octets=self._limits.receive_buffer_octets,
        )
        _enlarge_sending(opened, self._limits.send_buffer_octets)
        made = TransferSocket(opened, self._ways, segmented=self._limits.segmented_windows)
        self._opened(made)
        pool[index] = made
        return made

    def _drop(self, local: str) -> None:
        for each in self._pools.pop(local).values():
            self._closing(each)
            each.close()


class PortChoice:
    """Which of `sockets` serve a neighbourhood: some `few`, by a secret of our own.

    A forger elsewhere can find out his own and learns nothing of his victim's. Phones that stand
    together share theirs, so that many of their datagrams come and go with one system call.
    """

    def __init__(self, sockets: int, few: int) -> None:
        self._sockets = sockets
        self._few = few
        self._secret = secrets.token_bytes(32)
        self._known: dict[bytes, tuple[int, ...]] = {}
        self._chances: array[int] = array("I")

    def index(self, neighbourhood: bytes) -> int:
        """Another one each time, unforeseeably."""
        few = self._known.get(neighbourhood) or self._work_out(neighbourhood)
        return few[self._chance() % self._few]

    def _work_out(self, neighbourhood: bytes) -> tuple[int, ...]:
        if len(self._known) >= _MOST_NEIGHBOURHOODS:
            self._known.clear()  # they are worked out again, to the same
        octets = hashlib.shake_256(self._secret + neighbourhood).digest(4 * self._few)
        few = tuple(each % self._sockets for each in array("I", octets))
        self._known[neighbourhood] = few
        return few

    def _chance(self) -> int:
        """A number that nobody foresees; the kernel is asked for a thousand at a time."""
        if not self._chances:
            self._chances = array("I", secrets.token_bytes(4096))
        return self._chances.pop()


def _enlarge_sending(opened: socket.socket, octets: int) -> None:
    try:
        opened.setsockopt(socket.SOL_SOCKET, _SEND_BUFFER_FORCE, octets)
    except PermissionError:  # without CAP_NET_ADMIN the kernel's net.core.wmem_max is the bound
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, octets)
