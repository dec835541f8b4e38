"""One client's socket as the transport of its Connection: what is written leaves at once, or waits.

    OPEN -> ENDING (what waits still leaves) -> LINGERING (until the client ends too) -> CLOSED

It offers what `provd.servers.http.connection` uses of Twisted's ITransport and IConsumer, with
promises of its own. Nothing is read while something waits to be sent, so a client that does not
read costs bounded memory. A write tells whether octets wait; if none do, the kernel has taken
everything, else the producer is resumed when it has. No client takes more than its turn.
This module knows no HTTP.
"""

from __future__ import annotations

import enum
import socket
import struct
from socket import SocketType
from typing import Any, Final, Protocol

import structlog
from OpenSSL import SSL
from twisted.internet.address import IPv4Address, IPv6Address

from provd.servers.http.channels import FAILURES, Channel, WantRead, WantWrite
from provd.servers.http.poll import GONE, READABLE, WRITABLE, Poll

Peer = IPv4Address | IPv6Address
_TURN_OCTETS: Final = 256 << 10
_DISCARDED_OCTETS: Final = 8 << 10
_DISCARDS: Final = 8
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # struct linger: at once, and what waits is dropped
_log = structlog.get_logger()


class Producer(Protocol):
    """Of Twisted's IPushProducer, what a Stream calls."""

    def resumeProducing(self) -> None: ...  # noqa: N802


class _State(enum.Enum):
    OPEN = enum.auto()
    ENDING = enum.auto()
    LINGERING = enum.auto()
    CLOSED = enum.auto()


# One look-up each, where _State.OPEN takes two; Final is for the compiler, which then needs none.
_OPEN: Final[_State] = _State.OPEN
_ENDING: Final[_State] = _State.ENDING
_LINGERING: Final[_State] = _State.LINGERING
_CLOSED: Final[_State] = _State.CLOSED


class Stream:
    """`begin` connects it to a protocol, one of Twisted's that has a `readConnectionLost`
    besides."""

    __slots__ = (
        "_awaited", "_channel", "_heard", "_input_ended", "_paused", "_peer", "_poll", "_producer",
        "_protocol", "_socket", "_state", "_turn_octets", "_unsent",
    )  # fmt: skip

    def __init__(self, poll: Poll, opened: SocketType, channel: Channel, peer: Peer) -> None:
        self._poll = poll
        self._socket = opened
        self._channel = channel
        self._peer = peer
        self._protocol: Any = None
        self._producer: Producer | None = None
        self._unsent: bytes | memoryview = b""
        self._state = _OPEN
        self._heard = False
        self._input_ended = False
        self._paused = False
        self._awaited = READABLE
        self._turn_octets = _TURN_OCTETS

    def begin(self, protocol: Any) -> None:
        self._poll.add(self._socket.fileno(), self.ready, READABLE)
        self._protocol = protocol
        protocol.makeConnection(self)

    def ready(self, happened: int = READABLE) -> None:
        """The socket can do what was awaited, or is broken, which the next attempt will show."""
        self._turn_octets = _TURN_OCTETS
        try:
            if self._unsent or self._state is _ENDING:
                self._go_on_sending()
            elif self._state is _LINGERING:
                if happened & GONE:  # it has ended too: what it said before concerns nobody
                    self._lost()
                else:
                    self._discard()
            elif self._input_ended:  # nothing is awaited any more: it is broken
                self._lost()
            else:
                self._receive()
        except Exception:
            _log.exception("connection-failed")
            self.abortConnection()

    # What a protocol calls, by Twisted's names:

    def getPeer(self) -> Peer:  # noqa: N802
        return self._peer

    def getHandle(self) -> object:  # noqa: N802
        return self._channel.handle

    def write(self, data: bytes) -> bool:
        """Whether octets wait now, because they can't leave at once; a connection found broken here
        is told as lost later, and until then they wait."""
        if self._state is not _OPEN:
            return True
        if self._unsent:
            self._unsent = b"".join((self._unsent, data))
        else:
            self._unsent = self._send_or_keep(data)
        return bool(self._unsent)

    def write_last(self, data: bytes) -> bool:
        """As `write`, by whom ends the connection at once: nothing leaves before the end does, so
        that they share a segment, which costs less than either (tcp(7), TCP_CORK)."""
        if self._state is _OPEN:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        return self.write(data)

    def registerProducer(self, producer: Producer, streaming: bool) -> None:  # noqa: N802
        """It is resumed once all that waits has left."""
        if self._state is not _CLOSED:
            self._producer = producer

    def unregisterProducer(self) -> None:  # noqa: N802
        self._producer = None

    def pauseProducing(self) -> None:  # noqa: N802
        """Nothing is received until `resumeProducing`."""
        self._paused = True
        self._await_input()

    def resumeProducing(self) -> None:  # noqa: N802
        self._paused = False
        self._await_input()

    def loseConnection(self) -> None:  # noqa: N802
        """What waits still leaves; then the client is told that nothing will follow, and whatever
        it still sends is read and dropped until it ends too: closing at once could reset the
        connection before it has read the answer (RFC 9112, 9.6)."""
        if self._state is _OPEN:
            self._state = _ENDING
            self._producer = None
            if not self._unsent:
                self._end()

    def abortConnection(self) -> None:  # noqa: N802
        """What waits is dropped, and the client sees a reset unless all of it was taken."""
        if self._state in (_OPEN, _ENDING):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._lost()

    # How it goes on:

    def _receive(self) -> None:
        try:
            data = self._channel.receive()
        except WantWrite:
            self._await(WRITABLE)
            return
        except FAILURES as error:
            self._failed(error)
            return
        if data is None:
            self._await(READABLE)
            return
        if data:
            self._heard = True
            self._protocol.dataReceived(data)
        else:
            self._input_ended = True
            self._protocol.readConnectionLost()
        self._await_input()

    def _send(self, data: bytes | memoryview) -> bytes | memoryview:
        """What can't leave now; the socket is awaited for it. Raises FAILURES."""
        try:
            while data and self._turn_octets > 0:
                taken = self._channel.send(data)
                self._turn_octets -= taken
                data = memoryview(data)[taken:] if taken < len(data) else b""
        except WantRead:
            self._await(READABLE)
        except WantWrite:
            self._await(WRITABLE)
        else:
            if data:
                self._await(WRITABLE)
        return data

    def _send_or_keep(self, data: bytes) -> bytes | memoryview:
        try:
            return self._send(data)
        except FAILURES:  # the next attempt shows it, outside of any protocol's call
            self._await(WRITABLE)
            return data

    def _go_on_sending(self) -> None:
        try:
            self._unsent = self._send(self._unsent)
        except FAILURES as error:
            self._failed(error)
            return
        if self._unsent:
            return
        if self._state is _ENDING:
            self._end()
            return
        if self._producer is not None:
            self._producer.resumeProducing()
        self._await_input()

    def _end(self) -> None:
        try:
            self._channel.end()
        except WantRead:
            self._await(READABLE)
        except WantWrite:
            self._await(WRITABLE)
        else:
            self._state = _LINGERING
            if self._input_ended:
                self._lost()
            else:
                self._await(READABLE)

    def _discard(self) -> None:
        """A client's last word over TLS and its end come together."""
        try:
            for _ in range(_DISCARDS):
                if not self._socket.recv(_DISCARDED_OCTETS):
                    self._lost()
                    return
        except BlockingIOError:
            pass
        except OSError:
            self._lost()

    def _failed(self, error: Exception) -> None:
        """A handshake ends with an alert that says why: a reset must not overtake it."""
        if self._heard or not isinstance(error, SSL.Error) or isinstance(error, SSL.SysCallError):
            self._lost()
        else:
            self.loseConnection()

    def _await_input(self) -> None:
        if not self._unsent and self._state is _OPEN:
            self._await(0 if self._input_ended or self._paused else READABLE)

    def _await(self, awaited: int) -> None:
        if awaited != self._awaited and self._state is not _CLOSED:
            self._awaited = awaited
            self._poll.change(self._socket.fileno(), awaited)

    def _lost(self) -> None:
        if self._state is _CLOSED:
            return
        self._state = _CLOSED
        self._poll.remove(self._socket.fileno())
        self._socket.close()
        self._unsent = b""
        self._producer = None
        protocol, self._protocol = self._protocol, None
        protocol.connectionLost()
