"""All sockets of one server behind one descriptor of the reactor: an epoll within its epoll.

The reactor spends some 10 µs on each event of a descriptor that it knows, as much as a small answer
costs; here it is one. It gets its turn back after a few milliseconds, however much there is to do.
This module knows neither connections nor TLS.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer  # type: ignore[import-untyped]

READABLE: Final[int] = select.EPOLLIN
WRITABLE: Final[int] = select.EPOLLOUT
GONE: Final[int] = select.EPOLLHUP | select.EPOLLERR
"""Both sides have ended, or the connection is broken; told without being awaited."""
_TURN_SECONDS: Final = 0.003
_EVENTS_AT_ONCE: Final = 8
_SLOW_SECONDS: Final = 0.002
"""After events that took longer than that together they are taken one by one, then by twos: eight
handshakes with a large key would be three turns."""
Handler = Callable[[int], None]
"""Is told what epoll says of its descriptor: READABLE, WRITABLE, GONE, or some of them."""
_log = structlog.get_logger()


@implementer(IReadDescriptor)
class Poll:
    """Calls a descriptor's handler when it can do what it waits for, and when it is broken.

    How far it is behind is measured, not guessed: epoll hands out what is ready in the order in
    which it became so, so a mark is put at the end of the queue, and comes back when all that stood
    before it has been handled. `monotonic` counts seconds.
    """

    def __init__(self, reactor: Any, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._reactor = reactor
        self._monotonic = monotonic
        self._epoll = select.epoll()
        self._handlers: dict[int, Handler] = {}
        self._mark = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._marked_at: float | None = None
        self._waited = 0.0
        self._at_once = _EVENTS_AT_ONCE
        self.add(self._mark, self._mark_came, READABLE)

    @property
    def late_seconds(self) -> float:
        """How long what became ready some time ago had to wait, or has been waiting since."""
        since = 0.0 if self._marked_at is None else self._monotonic() - self._marked_at
        return max(self._waited, since)

    def start(self) -> None:
        self._reactor.addReader(self)

    def stop(self) -> None:
        self._reactor.removeReader(self)
        self._epoll.close()
        os.close(self._mark)

    def add(self, descriptor: int, handler: Handler, awaited: int) -> None:
        """`awaited` is READABLE, WRITABLE, or 0: that it breaks is told in any case."""
        self._epoll.register(descriptor, awaited)
        self._handlers[descriptor] = handler

    def change(self, descriptor: int, awaited: int) -> None:
        self._epoll.modify(descriptor, awaited)

    def remove(self, descriptor: int) -> None:
        """Closed at once, by which the kernel forgets it too (epoll(7)); nobody else has it."""
        del self._handlers[descriptor]

    def remove_shared(self, descriptor: int) -> None:
        """Before it is closed. Where another process has the socket as well, the kernel would go on
        telling us of it."""
        self._epoll.unregister(descriptor)
        del self._handlers[descriptor]

    def fileno(self) -> int:
        return self._epoll.fileno()

    def logPrefix(self) -> str:  # noqa: N802 (Twisted's name)
        return "poll"

    def doRead(self) -> None:  # noqa: N802 (Twisted's name)
        handlers = self._handlers
        now = self._monotonic()
        until = now + _TURN_SECONDS
        more = True
        while more and now < until:
            events = self._epoll.poll(0, self._at_once)
            more = len(events) == self._at_once  # else the reactor asks, should there be any
            if more and self._marked_at is None:
                self._marked_at = self._monotonic()
                os.eventfd_write(self._mark, 1)
            for descriptor, happened in events:
                handler = handlers.get(descriptor)
                if handler is not None:
                    try:
                        handler(happened)
                    except Exception:  # it would take the whole server out of the reactor
                        _log.exception("handler-failed")
            before, now = now, self._monotonic()
            slow = now - before > _SLOW_SECONDS
            self._at_once = 1 if slow else min(2 * self._at_once, _EVENTS_AT_ONCE)
        if not more:
            self._waited = 0.0

    def _mark_came(self, _: int) -> None:
        os.eventfd_read(self._mark)
        if self._marked_at is not None:
            self._waited = self._monotonic() - self._marked_at
            self._marked_at = None

    def connectionLost(self, reason: object) -> None:  # noqa: N802 (Twisted's name)
        """The reactor gave the descriptor up; there is nothing to tell."""
