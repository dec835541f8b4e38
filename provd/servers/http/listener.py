"""Takes in connections from a listening socket.

This module knows neither HTTP nor who may connect: whoever takes them does.
"""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable
from typing import Any

import structlog
from twisted.internet.address import IPv4Address, IPv6Address

from provd.servers.http.poll import READABLE, Poll
from provd.servers.http.stream import Peer

_AT_ONCE = 1024
_SHORTAGES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_log = structlog.get_logger()


class Listener:
    """`take` is given each connection, non-blocking, and who is at its other end; where that fails
    it is closed. `turn_seconds` is how long to go on accepting before others have their turn.
    The listening socket is closed by `stop`.

    When the system is short of descriptors or memory, clients wait in the kernel's backlog until
    `resume`: asking again at once would only use up the processor.
    """

    def __init__(
        self,
        poll: Poll,
        opened: socket.socket,
        take: Callable[[socket.socket, Peer], None],
        turn_seconds: Callable[[], float],
    ) -> None:
        self._poll = poll
        self._socket = opened
        self._take = take
        self._turn_seconds = turn_seconds
        self._short = False

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        self._socket.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )  # the accepted inherit it
        self._poll.add(self._socket.fileno(), self.ready, READABLE)

    def resume(self) -> None:
        """Accept again after a shortage."""
        if self._short:
            self._short = False
            self._poll.change(self._socket.fileno(), READABLE)

    def stop(self) -> None:
        self._poll.remove(self._socket.fileno())
        self._socket.close()

    def ready(self) -> None:
        try:
            until = time.monotonic() + self._turn_seconds()
            for _ in range(_AT_ONCE):
                self._begin(*self._socket.accept())
                if time.monotonic() > until:
                    break
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno in _SHORTAGES:
                self._short = True
                self._poll.change(self._socket.fileno(), 0)
                _log.warning("connections-wait", cause=error.strerror)

    def _begin(self, opened: socket.socket, address: tuple[Any, ...]) -> None:
        """What goes wrong with one client is no concern of the next."""
        try:
            opened.setblocking(False)
            self._take(opened, _peer(opened.family, address))
        except Exception:
            _log.exception("connection-not-begun")
            opened.close()


def _peer(family: int, address: tuple[Any, ...]) -> Peer:
    kind = IPv6Address if family == socket.AF_INET6 else IPv4Address
    return kind("TCP", address[0], address[1])
