"""Takes in connections from a listening socket.

This module knows neither HTTP nor who may connect: whoever takes them does.
"""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable
from socket import SocketType
from typing import Any

import structlog
from twisted.internet.address import IPv4Address, IPv6Address

from provd.servers.http.poll import READABLE, Poll
from provd.servers.http.stream import RESET_ON_CLOSE, Peer

_AT_ONCE = 1024
_SHORTAGES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_log = structlog.get_logger()


class Listener:
    """`take` is given each connection, non-blocking, and who is at its other end; where that fails
    it is closed. `pace`: for how many seconds to go on accepting before others have their turn, and
    whether all that can be done for who comes is to cut him off; `cut` counts those. The listening
    socket is closed by `stop`.

    What is given is C's socket type: Python's own, which `socket.accept` makes, works out anew for
    each connection what kind of socket it is, for half of what accepting costs.

    When the system is short of descriptors or memory, clients wait in the kernel's backlog until
    `resume`: asking again at once would only use up the processor.
    """

    def __init__(
        self,
        poll: Poll,
        opened: socket.socket,
        take: Callable[[SocketType, Peer], None],
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
        self.cut = 0

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
        """Whoever started us, or follows us, may go on listening on it (provd.handover)."""
        self._poll.remove_shared(self._socket.fileno())
        self._socket.close()

    def ready(self, _: int = READABLE) -> None:
        try:
            seconds, hopeless = self._pace()
            until = self._monotonic() + seconds
            for _ in range(_AT_ONCE):
                opened, address = self._accept()
                if hopeless:
                    self.cut += 1
                    cut_off(opened)
                else:
                    self._begin(opened, address)
                if self._monotonic() > until:
                    break
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno in _SHORTAGES:
                self._short = True
                self._poll.change(self._socket.fileno(), 0)
                _log.warning("connections-wait", cause=error.strerror)

    def _accept(self) -> tuple[SocketType, tuple[Any, ...]]:
        listening: Any = self._socket
        descriptor, address = listening._accept()  # what `accept` itself calls
        return SocketType(self._family, socket.SOCK_STREAM, 0, descriptor), address

    def _begin(self, opened: SocketType, address: tuple[Any, ...]) -> None:
        """What goes wrong with one client is no concern of the next."""
        try:
            opened.setblocking(False)
            self._take(opened, self._peer("TCP", address[0], address[1]))
        except Exception:
            _log.exception("connection-not-begun")
            opened.close()


def cut_off(opened: SocketType) -> None:
    """By a reset: nothing of it stays with us, not even the kernel's TIME_WAIT."""
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    opened.close()
