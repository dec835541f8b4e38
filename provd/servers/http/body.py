"""A response, handed over as fast as the client takes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class ResponseProducer:
    """Writes the octets of `content` from `start` to before `end` to a transport, in pieces, the
    next one when the kernel has taken those before. `progressed` is called whenever it must wait
    for that, `finished` when the kernel has taken the last octet. `taken` counts the content's
    octets that it surely has.
    """

    __slots__ = (
        "_content", "_end", "_finished", "_piece_octets", "_progressed", "_start", "_transport",
        "_written", "taken",
    )  # fmt: skip

    def __init__(
        self,
        transport: Any,
        content: bytes,
        start: int,
        end: int,
        piece_octets: int,
        progressed: Callable[[], None],
        finished: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._content = content
        self._start = self._written = start
        self._end = end
        self._piece_octets = piece_octets
        self._progressed = progressed
        self._finished = finished
        self.taken = 0

    def begin(self, head: bytes) -> None:
        self._transport.registerProducer(self, True)
        self._write(head)

    def wait(self) -> None:
        """All of it was written before, and waits to be taken."""
        self._transport.registerProducer(self, True)
        self._written = self._end
        self._progressed()

    def resumeProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """The kernel has taken all that was written."""
        self._write(b"")

    def _write(self, octets: bytes) -> None:
        """`octets`, and pieces behind them until one has to wait."""
        while octets or self._written < self._end:
            self.taken = self._written - self._start
            piece = self._next_piece()
            if self._transport.write(b"".join((octets, piece))):
                self._progressed()
                return
            octets = b""
        self.taken = self._end - self._start
        self._transport.unregisterProducer()
        self._finished()

    def _next_piece(self) -> memoryview:
        start = self._written
        self._written = min(start + self._piece_octets, self._end)
        return memoryview(self._content)[start : self._written]
