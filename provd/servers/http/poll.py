"""All sockets of one server behind one descriptor of the reactor: an epoll within its epoll.

The reactor spends some 10 µs on each event of a descriptor that it knows, as much as a small answer
costs; here it is one. It gets its turn back after a few milliseconds, however much there is to do.
This module knows neither connections nor TLS.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Any

import structlog
from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer  # type: ignore[import-untyped]

READABLE, WRITABLE = select.EPOLLIN, select.EPOLLOUT
_TURN_SECONDS = 0.005
_EVENTS_AT_ONCE = 8  # a handshake takes most of a millisecond: more would overdraw a turn
Handler = Callable[[], None]
_log = structlog.get_logger()


@implementer(IReadDescriptor)
class Poll:
    """Calls a descriptor's handler when it can do what it waits for, and when it is broken."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._epoll = select.epoll()
        self._handlers: dict[int, Handler] = {}

    def start(self) -> None:
        self._reactor.addReader(self)

    def stop(self) -> None:
        self._reactor.removeReader(self)
        self._epoll.close()

    def add(self, descriptor: int, handler: Handler, awaited: int) -> None:
        """`awaited` is READABLE, WRITABLE, or 0: that it breaks is told in any case."""
        self._epoll.register(descriptor, awaited)
        self._handlers[descriptor] = handler

    def change(self, descriptor: int, awaited: int) -> None:
        self._epoll.modify(descriptor, awaited)

    def remove(self, descriptor: int) -> None:
        """Before it is closed."""
        self._epoll.unregister(descriptor)
        del self._handlers[descriptor]

    def fileno(self) -> int:
        return self._epoll.fileno()

    def logPrefix(self) -> str:  # noqa: N802 (Twisted's name)
        return "poll"

    def doRead(self) -> None:  # noqa: N802 (Twisted's name)
        until = time.monotonic() + _TURN_SECONDS
        more = True
        while more and time.monotonic() < until:
            events = self._epoll.poll(0, _EVENTS_AT_ONCE)
            more = len(events) == _EVENTS_AT_ONCE  # else the reactor asks, should there be any
            for descriptor, _ in events:
                handler = self._handlers.get(descriptor)
                if handler is not None:
                    _handle(handler)

    def connectionLost(self, reason: object) -> None:  # noqa: N802 (Twisted's name)
        """The reactor gave the descriptor up; there is nothing to tell."""


def _handle(handler: Handler) -> None:
    """What escapes would take the whole server out of the reactor."""
    try:
        handler()
    except Exception:
        _log.exception("handler-failed")
