"""The port of one upload. This module knows no packet format."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

from provd.servers.tftp.peers import Peer, name_of, peer_of

_LONGEST_DATAGRAM_OCTETS = 65_535
_AT_ONCE = 64


class UploadSocket:
    """Gives what comes in to `received`, and tells `closing` of its end. Sending never raises: what
    the kernel can't take is as lost on the way."""

    def __init__(
        self,
        opened: socket.socket,
        received: Callable[[bytes, Peer], None],
        closing: Callable[[UploadSocket], None],
    ) -> None:
        self._socket = opened
        self._received = received
        self._closing = closing

    def fileno(self) -> int:
        return self._socket.fileno()

    def take(self) -> None:
        """Some datagrams; one may be the last."""
        with suppress(BlockingIOError, ConnectionError):
            for _ in range(_AT_ONCE):
                if self._socket.fileno() < 0:
                    return
                datagram, name = self._socket.recvfrom(_LONGEST_DATAGRAM_OCTETS)
                self._received(datagram, peer_of(name))

    def send(self, packet: bytes, peer: Peer) -> None:
        with suppress(OSError):
            self._socket.sendto(packet, name_of(peer))

    def close(self) -> None:
        self._closing(self)
        self._socket.close()
