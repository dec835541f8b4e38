"""A response, handed over as fast as the client takes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer  # type: ignore[import-untyped]


@implementer(IPushProducer)
class ResponseProducer:
    """Writes `head` and the octets of `content` from `start` to before `end` to a transport, in
    pieces. `progressed` is called whenever the client took some, or can't take more just now;
    `finished` when the kernel has taken the last octet: when the transport did not pause after the
    last piece, or resumes after it. `taken` counts the content's octets that it surely has.
    """

    __slots__ = (
        "_content", "_end", "_finished", "_head", "_paused", "_piece_octets", "_progressed",
        "_start", "_transport", "_written", "taken",
    )  # fmt: skip

    def __init__(
        self,
        transport: Any,
        head: bytes,
        content: bytes,
        start: int,
        end: int,
        piece_octets: int,
        progressed: Callable[[], None],
        finished: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._head = head
        self._content = content
        self._start = self._written = start
        self._end = end
        self._piece_octets = piece_octets
        self._progressed = progressed
        self._finished = finished
        self._paused = False
        self.taken = 0

    def start(self) -> None:
        """What is small, as nearly all is, leaves by one write."""
        self._transport.registerProducer(self, True)
        content = self._content
        if self._start == 0 and self._end == len(content) <= self._piece_octets:
            self._transport.write(self._head + content)
            self._head = b""
            self._written = self._end
            if not self._paused:
                self._done()
        else:
            self.resumeProducing()

    def resumeProducing(self) -> None:  # noqa: N802 (Twisted's name)
        self._paused = False
        self._progressed()
        while not self._paused:
            self.taken = self._written - self._start
            if self._written == self._end and not self._head:
                self._done()
                return
            self._write_piece()

    def pauseProducing(self) -> None:  # noqa: N802 (Twisted's name)
        self._paused = True
        self._progressed()

    def stopProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """The connection is lost, which `connectionLost` tells as well."""
        self._paused = True

    def _write_piece(self) -> None:
        end = min(self._written + self._piece_octets, self._end)
        piece = memoryview(self._content)[self._written : end]
        head, self._head = self._head, b""
        self._written = end
        self._transport.write(b"".join((head, piece)))

    def _done(self) -> None:
        self._paused = True
        self.taken = self._end - self._start
        self._transport.unregisterProducer()
        self._finished()
