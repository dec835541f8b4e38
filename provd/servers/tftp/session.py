"""One transfer as a pure state machine: heads and a monotonic clock in, packets out.

    opening -> (OACK | DATA 1) -> first valid ACK -> windows of DATA -> last ACK: whole
                     |                                  |
                     `- at most 2 datagrams             `- back-off; ERROR, silence: ended

A head is the first four octets of a datagram, as a number: of an ACK that is all, and of an ERROR
all but its text. This module knows neither sockets nor addresses nor what the file is for. Whoever
drives it sends what the methods return, calls `expire` when `deadline` has passed, and drops it
when `ended` is set.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from provd.servers.tftp.framing import FramedFile
from provd.servers.tftp.negotiation import Terms
from provd.servers.tftp.packets import ACKNOWLEDGEMENT, ERROR
from provd.servers.tftp.pages import VECTOR_OCTETS, Page, Run, alone

Packets = Run | tuple[()]
_NOTHING: Packets = ()
_OPENING_DATAGRAMS = 2
_ANY_ACKNOWLEDGEMENT = ACKNOWLEDGEMENT << 16
_NONE = -1  # no head


@dataclass(frozen=True, slots=True)
class Pace:
    """All times in seconds; see `TftpLimits` for what each bounds."""

    retransmit: tuple[float, ...] = (1.0, 2.0, 4.0)
    silence: float = 20.0
    transfer: float = 7200.0
    unvalidated: float = 5.0


class Session:
    """`deadline` is when `expire` wants to be called; `ended` is empty while the transfer runs,
    then says how it ended; `validated` turns true with the first valid ACK."""

    __slots__ = (
        "_acked", "_awaited", "_file", "_oack", "_pace", "_place", "_progressed_at", "_repeated_at",
        "_repeats", "_started", "_stop", "_terms", "_vectors", "ended", "page", "validated",
        "whole",
    )  # fmt: skip

    page: Page
    """Where the packet lies that `in_turn` gave last."""
    _vectors: bytes
    _place: int
    _stop: int
    _repeated_at: float

    def __init__(self, file: FramedFile, terms: Terms, pace: Pace, now: float) -> None:
        self._file = file
        self._terms = terms
        self._pace = pace
        self._oack = bool(terms.oack)
        self._acked = 0  # blocks, not wrapped to 16 bits
        self._awaited = (
            _NONE  # what `in_turn` takes; then there are a page, vectors and their places
        )
        self._repeats = 0
        self._started = self._progressed_at = now
        self.ended = ""
        self.validated = False
        self.whole = False

    @property
    def deadline(self) -> float:
        """Worked out when it is asked for, some times a transfer, and not with each packet."""
        since = self._repeated_at if self._repeats else self._progressed_at
        return min(since + self._wait(), self._give_up_at())

    @property
    def bytes_sent(self) -> int:
        """Octets of the file that the phone has acknowledged."""
        return min(self._acked * self._file.block_octets, self._file.size)

    @property
    def stalled(self) -> bool:
        """The phone has been there, and has left a repeat unanswered."""
        return self.validated and self._repeats > 0

    def opening(self) -> Run:
        """The first datagram: OACK where options were granted, else DATA 1."""
        return alone(self._terms.oack) if self._oack else self._file.run(0, 1)

    def in_turn(self, head: int, now: float) -> bytes | None:
        """What nearly every datagram is: the one acknowledgement that a transfer block by block
        awaits. Returns the vector of the next packet, in `page`; None for whatever `receive` must
        look at, with nothing changed. The two do the same to what both take."""
        if head != self._awaited:
            return None
        self._acked += 1
        self._repeats = 0
        self._progressed_at = now
        place = self._place
        end = self._place = place + VECTOR_OCTETS
        self._awaited = head + 1 if end < self._stop else _NONE
        return self._vectors[place:end]

    def receive(self, head: int, now: float) -> Packets:
        """Take a datagram from the phone's transfer port. ERROR is obeyed, never answered."""
        if self.ended:
            return _NOTHING
        if head >> 16 == ACKNOWLEDGEMENT:
            return self._acknowledged(head & 0xFFFF, now)
        if head >> 16 == ERROR:
            self.end(f"ERROR {head & 0xFFFF} from the phone")
        return _NOTHING

    def expire(self, now: float) -> Packets:
        """Repeat what was not acknowledged, or give up, when the deadline has passed."""
        if self.ended or now < self.deadline:
            return _NOTHING
        if now >= self._give_up_at():
            self.end("timeout")
            return _NOTHING
        self._repeats += 1
        if not self.validated and self._repeats >= _OPENING_DATAGRAMS:
            self._repeated_at = math.inf
            return _NOTHING
        self._repeated_at = now
        return self._window() if self.validated else self.opening()

    def end(self, status: str) -> None:
        self.ended = status
        self._awaited = _NONE

    @property
    def _sent(self) -> int:
        """Blocks, likewise."""
        return 0 if self._oack else min(self._acked + self._terms.window_blocks, self._file.blocks)

    def _acknowledged(self, number: int, now: float) -> Packets:
        """A duplicate, stale or future ACK is ignored: answering a duplicate would double every
        packet from there on (the Sorcerer's Apprentice of RFC 1123, 4.2.3.1)."""
        before = self._acked
        acked = before + ((number - before) & 0xFFFF)
        if acked > self._sent or (acked == before and not self._oack):
            return _NOTHING
        self._oack = False
        self._acked = acked
        self.validated = True
        if acked >= self._file.blocks:
            self.whole = True
            self.end("OACK" if self._terms.oack else "DATA")
            return _NOTHING
        self._repeats = 0
        self._progressed_at = now
        return self._window()

    def _window(self) -> Run:
        """The blocks after the last acknowledged one (RFC 7440: a lost one restarts there)."""
        run = self._file.run(self._acked, self._sent)
        if self._terms.window_blocks == 1:
            self._turn_by_turn(run)
        return run

    def _turn_by_turn(self, run: Run) -> None:
        """After this packet `in_turn` goes on, to the end of its page, or until the blocks' numbers
        wrap."""
        number = self._acked + 1 & 0xFFFF
        self.page, self._vectors = run.page, run.page.vectors
        self._place = run.end * VECTOR_OCTETS
        until_they_wrap = self._place + (0x10000 - number) * VECTOR_OCTETS
        self._stop = min(len(self._vectors), until_they_wrap)
        self._awaited = _ANY_ACKNOWLEDGEMENT + number if self._place < self._stop else _NONE

    def _give_up_at(self) -> float:
        if not self.validated:
            return self._started + self._pace.unvalidated
        silence = max(self._pace.silence, 2.0 * (self._terms.timeout_seconds or 0))
        return min(self._progressed_at + silence, self._started + self._pace.transfer)

    def _wait(self) -> float:
        """The phone's own interval (RFC 2349), else the back-off."""
        if self._terms.timeout_seconds is not None:
            return float(self._terms.timeout_seconds)
        return self._pace.retransmit[min(self._repeats, len(self._pace.retransmit) - 1)]
