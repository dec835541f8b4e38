"""The edge: the sockets, the timer, and the question who may be told what."""

from __future__ import annotations

import math
import secrets
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol

from provd.pnp import sockets
from provd.pnp.allowance import Allowance
from provd.pnp.announcement import Announcement
from provd.pnp.responder import Asked, Responder, Tell

log = structlog.get_logger()

Decide = Callable[[Announcement, str], Awaitable[str]]
"""The URL that this phone, at this address, may be told; empty for none. Never raises."""

MOST_DECIDING = 64
_LARGEST = 65_535


class PnpServer:
    """Answers phones on one interface, an IPv4 address of this machine's."""

    def __init__(
        self,
        reactor: Any,
        decide: Decide,
        tell: Tell,
        *,
        interface: str,
        port: int = sockets.PORT,
    ) -> None:
        self._reactor = reactor
        self._decide = decide
        self._tell = tell
        self._interface = interface
        self._port = port
        self._deciding = 0
        self._open: list[Any] = []
        self._timer: Any = None

    def start(self) -> None:
        """Raises ConfigurationError where there is no such interface, or no multicast on it."""
        hearing = sockets.hearing(self._interface, self._port)
        try:
            answering = sockets.answering(self._interface)
        except Exception:
            hearing.close()
            raise
        self.responder = Responder(
            ours=answering.getsockname(),
            token=lambda: secrets.token_hex(8),
            tell=self._tell,
            allowance=Allowance(self._reactor.seconds()),
        )
        self._open = [self._adopted(hearing, self._subscribed)]
        self._replies = self._adopted(answering, self._heard)
        self._open.append(self._replies)

    def stop(self) -> None:
        for port in self._open:
            port.stopListening()
        self._open = []
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _adopted(self, opened: socket.socket, hear: Callable[[bytes, Any], None]) -> Any:
        """Twisted takes a descriptor of its own."""
        with opened:
            return self._reactor.adoptDatagramPort(
                opened.fileno(), socket.AF_INET, _Protocol(hear), _LARGEST
            )

    def _subscribed(self, data: bytes, source: Any) -> None:
        asked = self.responder.subscribed(data, source, self._reactor.seconds())
        self._go_on()
        if asked is None:
            return
        if self._deciding >= MOST_DECIDING:
            self._tell("turned_away")
            return
        self._deciding += 1
        Deferred.fromCoroutine(self._decided(asked))

    async def _decided(self, asked: Asked) -> None:
        try:
            url = await self._decide(asked.said, asked.source[0])
        finally:
            self._deciding -= 1
        if not self._open:
            return
        if not url:
            self._tell("ignored")
            return
        if self.responder.told(asked, url, self._reactor.seconds()):
            log.info("pnp_answered", mac=str(asked.said.mac), address=asked.source[0], url=url)
        self._go_on()

    def _heard(self, data: bytes, source: Any) -> None:
        self.responder.heard(data, source)
        self._go_on()

    def _wake(self) -> None:
        self.responder.wake(self._reactor.seconds())
        self._go_on()

    def _go_on(self) -> None:
        """Sends what there is to send, and comes back when there will be more."""
        for data, place in self.responder.take():
            # A forged address may be one that nothing can be sent to.
            with suppress(OSError):
                self._replies.write(data, place)
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        due = self.responder.due
        if due < math.inf:
            later = max(0.0, due - self._reactor.seconds())
            self._timer = self._reactor.callLater(later, self._wake)


class _Protocol(DatagramProtocol):
    def __init__(self, hear: Callable[[bytes, Any], None]) -> None:
        self._hear = hear

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:  # noqa: N802  Twisted's name
        self._hear(datagram, addr)
