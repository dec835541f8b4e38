"""One transfer as a pure state machine: datagrams and a monotonic clock in, datagrams out.

    opening -> (OACK | DATA 1) -> first valid ACK -> windows of DATA -> last ACK: whole
                     |                                  |
                     `- at most 2 datagrams             `- back-off; ERROR, silence: ended

It knows neither sockets nor addresses nor what the file is for. Whoever drives it sends what the
methods return, calls `expire` when `deadline` has passed, and drops it when `ended` is set.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from provd.servers.tftp.framing import FramedFile
from provd.servers.tftp.negotiation import Terms
from provd.servers.tftp.packets import ACKNOWLEDGEMENT, ERROR

Packets = Sequence[bytes | memoryview]
_NOTHING: Packets = ()
_OPENING_DATAGRAMS = 2


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
        "_acked", "_file", "_oack", "_pace", "_progressed_at", "_repeats", "_sent",
        "_since", "_started", "_terms", "_window_blocks", "ended", "validated", "whole",
    )  # fmt: skip

    def __init__(self, file: FramedFile, terms: Terms, pace: Pace, now: float) -> None:
        self._file = file
        self._terms = terms
        self._pace = pace
        self._window_blocks = terms.window_blocks
        self._oack = bool(terms.oack)
        self._acked = 0  # blocks, not wrapped to 16 bits
        self._sent = 0 if terms.oack else 1
        self._repeats = 0
        self._started = self._progressed_at = now
        self._since = now  # when what is waited for was sent
        self.ended = ""
        self.validated = False
        self.whole = False

    @property
    def deadline(self) -> float:
        """Worked out when it is asked for, some times a transfer, and not with each packet."""
        return min(self._since + self._wait(), self._give_up_at())

    @property
    def bytes_sent(self) -> int:
        """Octets of the file that the phone has acknowledged."""
        return min(self._acked * self._file.block_octets, self._file.size)

    @property
    def stalled(self) -> bool:
        """The phone has been there, and has left a repeat unanswered."""
        return self.validated and self._repeats > 0

    def opening(self) -> Packets:
        """The first datagram: OACK where options were granted, else DATA 1."""
        return (self._terms.oack,) if self._oack else (self._file.packet(0),)

    def receive(self, datagram: bytes, now: float) -> Packets:
        """Take a datagram from the phone's transfer port. ERROR is obeyed, never answered."""
        if self.ended or len(datagram) < 4 or datagram[0]:
            return _NOTHING
        if datagram[1] == ACKNOWLEDGEMENT:
            return self._acknowledged(datagram[2] << 8 | datagram[3], now)
        if datagram[1] == ERROR:
            self.end(f"ERROR {datagram[2] << 8 | datagram[3]} from the phone")
        return _NOTHING

    def expire(self, now: float) -> Packets:
        """Repeat what was not acknowledged, or give up, when the deadline has passed."""
        if self.ended or now < self.deadline:
            return _NOTHING
        if now >= self._give_up_at():
            self.end("timeout")
            return _NOTHING
        if not self.validated and self._repeats + 1 >= _OPENING_DATAGRAMS:
            self._since = math.inf
            return _NOTHING
        self._repeats += 1
        self._since = now
        return self.opening() if self._oack else self._window()

    def end(self, status: str) -> None:
        self.ended = status

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
        self._since = self._progressed_at = now
        return self._window()

    def _window(self) -> Packets:
        """The blocks after the last acknowledged one (RFC 7440: a lost one restarts there)."""
        first = self._acked
        if self._window_blocks == 1:
            self._sent = first + 1
            return (self._file.packet(first),)
        self._sent = min(first + self._window_blocks, self._file.blocks)
        return self._file.run(first, self._sent)

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
