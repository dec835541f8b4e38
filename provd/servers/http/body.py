"""A body too large to be written at once, handed over as fast as the client takes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer  # type: ignore[import-untyped]


@implementer(IPushProducer)
class BodyProducer:
    """Writes `body` to a transport in pieces; `progressed` is called whenever the client took
    some, `finished` when the last piece was written."""

    def __init__(
        self,
        transport: Any,
        body: memoryview,
        piece_octets: int,
        progressed: Callable[[], None],
        finished: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._body = body
        self._piece_octets = piece_octets
        self._progressed = progressed
        self._finished = finished
        self._paused = True
        self.written = 0

    def start(self) -> None:
        self._transport.registerProducer(self, True)
        self.resumeProducing()

    def resumeProducing(self) -> None:  # noqa: N802 (Twisted's name)
        self._paused = False
        self._progressed()
        while not self._paused and self.written < len(self._body):
            piece = self._body[self.written : self.written + self._piece_octets]
            self.written += len(piece)
            self._transport.write(bytes(piece))
        if self.written == len(self._body) and not self._paused:
            self._paused = True
            self._transport.unregisterProducer()
            self._finished()

    def pauseProducing(self) -> None:  # noqa: N802 (Twisted's name)
        self._paused = True

    def stopProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """The connection is lost, which `connectionLost` tells as well."""
        self._paused = True
