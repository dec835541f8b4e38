"""A response, handed over as fast as the client takes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer  # type: ignore[import-untyped]


@implementer(IPushProducer)
class ResponseProducer:
    """Writes `head` and `body` to a transport in pieces; `progressed` is called whenever the client
    took some, `finished` when the kernel has taken the last octet: when the transport did not pause
    after the last piece, or resumes after it. `taken` counts the body's octets that it surely has.
    """

    def __init__(
        self,
        transport: Any,
        head: bytes,
        body: memoryview,
        piece_octets: int,
        progressed: Callable[[], None],
        finished: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._head = head
        self._body = body
        self._piece_octets = piece_octets
        self._progressed = progressed
        self._finished = finished
        self._paused = True
        self._written = 0
        self.taken = 0

    def start(self) -> None:
        self._transport.registerProducer(self, True)
        self.resumeProducing()

    def resumeProducing(self) -> None:  # noqa: N802 (Twisted's name)
        self._paused = False
        self._progressed()
        while not self._paused:
            self.taken = self._written
            if self._written == len(self._body) and not self._head:
                self._end()
                return
            self._write_piece()

    def pauseProducing(self) -> None:  # noqa: N802 (Twisted's name)
        self._paused = True

    def stopProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """The connection is lost, which `connectionLost` tells as well."""
        self._paused = True

    def _write_piece(self) -> None:
        piece = self._body[self._written : self._written + self._piece_octets]
        head, self._head = self._head, b""
        self._written += len(piece)
        self._transport.write(b"".join((head, piece)))

    def _end(self) -> None:
        self._paused = True
        self._transport.unregisterProducer()
        self._finished()
