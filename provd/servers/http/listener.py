"""Takes in connections from a listening socket.

This module knows neither HTTP nor who may connect: whoever takes them does.
"""

from __future__ import annotations

import errno
import socket
import struct
import time
from collections.abc import Callable
from socket import SocketType
from typing import Any

import structlog
from twisted.internet.address import IPv4Address, IPv6Address

from provd.servers.http.poll import READABLE, Poll
from provd.servers.http.stream import RESET_ON_CLOSE, Peer

_AT_ONCE = 1024
_QUEUE = struct.Struct("=II")
_QUEUE_AT = 24
"""tcpi_unacked and tcpi_sacked of Linux's struct tcp_info: of a listening socket they mean this."""
_SHORTAGES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_log = structlog.get_logger()


class Listener:
    """`take` is given each connection, non-blocking, and who is at its other end, and says whether
    it has let him in, or cut him off; where it fails the connection is closed. `pace`: for how many
    seconds to go on accepting before others have their turn, and whether all that can be done for
    who comes is to cut him off; `cut` counts those. The listening socket is closed by `stop`.

    What is given is C's socket type: Python's own, which `socket.accept` makes, works out anew for
    each connection what kind of socket it is, for half of what accepting costs.

    When the system is short of descriptors or memory, clients wait in the kernel's backlog until
    `resume`: asking again at once would only use up the processor.

    All who wait are cut off at once by ceasing to listen for some microseconds, for half of what it
    costs to accept and close each of them (docs/decisions/0039). Not where other sockets listen on
    the same port: the kernel would give the one that begins anew the connections of all.
    """

    def __init__(
        self,
        poll: Poll,
        opened: socket.socket,
        take: Callable[[SocketType, Peer], bool],
        pace: Callable[[], tuple[float, bool]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._poll = poll
        self._socket = opened
        self._family = opened.family.value
        self._peer = IPv6Address if opened.family is socket.AF_INET6 else IPv4Address
        self._take = take
        self._pace = pace
        self._monotonic = monotonic
        self._short = False
        self._deaf = False
        self._address = opened.getsockname()
        self._alone = not opened.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)
        self.cut = 0

    @property
    def port(self) -> int:
        return int(self._address[1])

    def start(self) -> None:
        self._socket.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )  # the accepted inherit it
        _, self._backlog = self._queue()
        self._poll.add(self._socket.fileno(), self.ready, READABLE)

    def resume(self) -> None:
        """Accept again after a shortage."""
        if self._deaf:
            self._listen()
        if self._short:
            self._short = False
            self._poll.change(self._socket.fileno(), READABLE)

    def stop(self) -> None:
        """Whoever started us, or follows us, may go on listening on it (provd.handover)."""
        if not self._deaf:
            self._poll.remove_shared(self._socket.fileno())
        self._socket.close()

    def ready(self, _: int = READABLE) -> None:
        try:
            seconds, hopeless = self._pace()
            until = self._monotonic() + seconds
            for _ in range(_AT_ONCE):
                if hopeless and self._alone:
                    self._cut_all()
                    break
                opened, address = self._accept()
                if hopeless:
                    self.cut += 1
                    cut_off(opened)
                elif not self._begin(opened, address):
                    hopeless = self._pace()[1]
                if self._monotonic() > until:
                    break
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno in _SHORTAGES:
                self._short = True
                self._poll.change(self._socket.fileno(), 0)
                _log.warning("connections-wait", cause=error.strerror)

    def _cut_all(self) -> None:
        """Of those who come while it is done, some may not be counted."""
        waiting, _ = self._queue()
        self._socket.shutdown(socket.SHUT_RDWR)
        self.cut += waiting
        self._listen()

    def _queue(self) -> tuple[int, int]:
        """How many wait in the kernel, and how many may."""
        length = _QUEUE_AT + _QUEUE.size
        told = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, length)
        waiting, most = _QUEUE.unpack_from(told, _QUEUE_AT)
        return waiting, most

    def _listen(self) -> None:
        """Should somebody else have taken the port in between, `resume` tries again."""
        was_deaf = self._deaf
        try:
            self._bind()
            self._socket.listen(self._backlog)
        except OSError as error:
            if not was_deaf:
                self._deaf = True
                self._poll.remove_shared(self._socket.fileno())
                _log.error("not-listening", port=self.port, cause=error.strerror)
            return
        if was_deaf:
            self._deaf = False
            self._poll.add(self._socket.fileno(), self.ready, READABLE)
            _log.info("listening-again", port=self.port)

    def _bind(self) -> None:
        """Who ceases to listen keeps a port that was asked for, where the kernel has nothing to
        bind, and loses one that it had chosen, which is none of those below 1024."""
        try:
            self._socket.bind(self._address)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EACCES):
                raise

    def _accept(self) -> tuple[SocketType, tuple[Any, ...]]:
        listening: Any = self._socket
        descriptor, address = listening._accept()  # what `accept` itself calls
        return SocketType(self._family, socket.SOCK_STREAM, 0, descriptor), address

    def _begin(self, opened: SocketType, address: tuple[Any, ...]) -> bool:
        """Whether it was let in. What goes wrong with one client is no concern of the next."""
        try:
            opened.setblocking(False)
            return self._take(opened, self._peer("TCP", address[0], address[1]))
        except Exception:
            _log.exception("connection-not-begun")
            opened.close()
            return True


def cut_off(opened: SocketType) -> None:
    """By a reset: nothing of it stays with us, not even the kernel's TIME_WAIT."""
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    opened.close()
