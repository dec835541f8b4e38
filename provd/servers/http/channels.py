"""Octets over a non-blocking socket, in clear or by TLS, with one set of words for both.

Each operation does what can be done at once, or raises `WantRead` or `WantWrite`: what the socket
must be able to do before the same operation is tried again. TLS may have to write in order to read,
and the other way round. Who receives and must wait for octets is told None instead: that is no
exception, it happens in each handshake. One of `FAILURES` says that the connection is broken.
This module knows neither HTTP nor who waits.
"""

from __future__ import annotations

import socket
from socket import SocketType
from typing import Any, Final, Protocol

from OpenSSL import SSL

from provd.servers.tls import Handshakes

WantRead, WantWrite = SSL.WantReadError, SSL.WantWriteError
FAILURES = (OSError, SSL.Error)
MOST_OCTETS: Final = 16 << 10
"""At most received at once: a whole TLS record (RFC 8446, 5.1), so that none of it stays hidden
from epoll in OpenSSL's buffer."""


# pyOpenSSL's own `recv` and `send` cost 2 µs beside what OpenSSL does, most of a request's share of
# TLS. They are asked for the handshake, and where OpenSSL says that something is wrong.
_openssl: Final[Any] = SSL._lib  # type: ignore[attr-defined]
_ffi: Final[Any] = SSL._ffi  # type: ignore[attr-defined]
_received_octets: Final = _ffi.new("char[]", MOST_OCTETS)  # all connections are read on one thread
_received: Final = _ffi.buffer(_received_octets)


class Channel(Protocol):
    """See the module."""

    @property
    def handle(self) -> object:
        """The socket, or the TLS connection on it."""

    def receive(self) -> bytes | None:
        """Up to MOST_OCTETS; nothing when the peer will send no more, None when there is more to
        come. Raises WantWrite."""

    def send(self, octets: bytes | memoryview) -> int:
        """How many octets the kernel has taken, of which there is at least one. After WantRead or
        WantWrite the next call must bring the same octets."""

    def end(self) -> None:
        """Tell the peer that nothing will follow; never raises but WantRead and WantWrite."""


class PlainChannel:
    """TCP."""

    __slots__ = ("handle",)

    def __init__(self, opened: SocketType) -> None:
        self.handle = opened

    def receive(self) -> bytes | None:
        try:
            return self.handle.recv(MOST_OCTETS)
        except BlockingIOError:
            return None

    def send(self, octets: bytes | memoryview) -> int:
        try:
            return self.handle.send(octets)
        except BlockingIOError:
            raise WantWrite from None

    def end(self) -> None:
        _shut(self.handle)


class TlsChannel:
    """TLS, from the handshake on: the first `receive` begins it."""

    __slots__ = ("_handshakes", "_socket", "_ssl", "handle")

    def __init__(
        self, opened: SocketType, connection: SSL.Connection, handshakes: Handshakes
    ) -> None:
        self.handle = connection
        self._ssl: Any = connection._ssl
        self._socket = opened
        self._handshakes: Handshakes | None = handshakes

    def receive(self) -> bytes | None:
        count: int = _openssl.SSL_read(self._ssl, _received_octets, MOST_OCTETS)
        if count > 0:
            if self._handshakes is not None:
                self._handshakes.done(self.handle)
                self._handshakes = None
            received: bytes = _received[:count]
            return received
        if _openssl.SSL_get_error(self._ssl, count) == _openssl.SSL_ERROR_WANT_READ:
            return None
        return self._ended(count)

    def send(self, octets: bytes | memoryview) -> int:
        taken: int = _openssl.SSL_write(self._ssl, _ffi.from_buffer(octets), len(octets))
        if taken <= 0:
            self.handle._raise_ssl_error(self._ssl, taken)
        return taken

    def _ended(self, count: int) -> bytes:
        """Or failed, or WantWrite, as OpenSSL has it."""
        handshakes = self._handshakes
        try:
            self.handle._raise_ssl_error(self._ssl, count)
        except SSL.ZeroReturnError:
            if handshakes is not None:
                handshakes.done(self.handle)
        except (WantRead, WantWrite):
            raise
        except SSL.Error:
            if handshakes is not None:
                handshakes.failed += 1
                self._handshakes = None
            raise
        self._handshakes = None
        return b""

    def end(self) -> None:
        told: int = _openssl.SSL_shutdown(self._ssl)
        if told < 0:
            try:
                self.handle._raise_ssl_error(self._ssl, told)
            except (WantRead, WantWrite):
                raise
            except SSL.Error:  # amid a handshake, or after an alert: there is nobody to tell
                pass
        _shut(self._socket)


def _shut(opened: SocketType) -> None:
    try:
        opened.shutdown(socket.SHUT_WR)
    except OSError:  # the peer has reset it
        return
