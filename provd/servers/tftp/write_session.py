"""One upload as a pure state machine: datagrams and a monotonic clock in, datagrams out.

    opening -> (OACK | ACK 0) -> DATA ... -> complete -> stored: last ACK -> lingering -> ended
                    |              |             `- refused: ERROR
                    |              `- back-off; ERROR, silence, too much: ended
                    `- at most 2 datagrams

The last block is acknowledged only when its driver says that all of it is stored: a phone that was
told so may forget it. It knows neither sockets nor addresses nor what the file is for.
"""

from __future__ import annotations

import math

from provd.servers.tftp.negotiation import Terms
from provd.servers.tftp.packets import DATA, ERROR, acknowledgement
from provd.servers.tftp.refusals import BAD_BLOCK, NO_ROOM
from provd.servers.tftp.session import Pace

_OPENING_DATAGRAMS = 2
_LINGER_SECONDS = 6.0
TOO_MUCH = "ERROR 3"


class WriteSession:
    """`deadline` is when `expire` wants to be called; `ended` is empty while the upload runs, then
    says how it ended. Methods return the datagram to send, empty for none. `validated` turns true
    with the first DATA, `complete` with the last."""

    def __init__(self, terms: Terms, pace: Pace, maximum_octets: int, now: float) -> None:
        self._terms = terms
        self._pace = pace
        self._maximum_octets = maximum_octets
        self._content = bytearray()
        self._blocks = 0  # received in order, not wrapped to 16 bits
        self._unacknowledged = 0
        self._gap_told = False
        self._repeats = 0
        self._started = self._progressed_at = self._since = now
        self._lingers_until = math.inf
        self.ended = ""
        self.complete = False

    @property
    def content(self) -> bytes:
        return bytes(self._content)

    @property
    def octets(self) -> int:
        return len(self._content)

    @property
    def validated(self) -> bool:
        return self._blocks > 0

    @property
    def stalled(self) -> bool:
        """The phone has been there, and has left a repeat unanswered."""
        return self.validated and self._repeats > 0

    @property
    def lingers(self) -> bool:
        return self._lingers_until < math.inf

    @property
    def deadline(self) -> float:
        if self.lingers:
            return self._lingers_until
        if self.complete:
            return math.inf
        return min(self._since + self._wait(), self._give_up_at())

    def opening(self) -> bytes:
        """The answer to the request: OACK where options were granted, else ACK 0."""
        return self._terms.oack or self._acknowledgement()

    def receive(self, datagram: bytes, now: float) -> bytes:
        """Take a datagram from the phone. ERROR is obeyed, never answered."""
        if self.ended or len(datagram) < 4 or datagram[0]:
            return b""
        number = datagram[2] << 8 | datagram[3]
        if datagram[1] == ERROR:
            self.end(f"ERROR {number} from the phone")
        if datagram[1] != DATA:
            return b""
        ahead = (number - self._blocks) & 0xFFFF
        if self.complete:
            return self._acknowledgement() if not ahead and self.lingers else b""
        return self._next(datagram[4:], now) if ahead == 1 else self._out_of_order(ahead)

    def stored(self, now: float) -> bytes:
        """All of it is kept: the last acknowledgement. It is repeated for a while, because a phone
        that misses it sends its last block again."""
        self._lingers_until = now + _LINGER_SECONDS
        return self._acknowledgement()

    def expire(self, now: float) -> bytes:
        """Repeat what the phone may have missed, or give up, when the deadline has passed."""
        if self.ended or now < self.deadline:
            return b""
        if self.complete:
            self.end("done")
        elif now >= self._give_up_at():
            self.end("timeout")
        elif not self.validated and self._repeats + 1 >= _OPENING_DATAGRAMS:
            self._since = math.inf
        else:
            self._repeats += 1
            self._since = now
            return self._acknowledgement() if self.validated else self.opening()
        return b""

    def end(self, status: str) -> None:
        self.ended = self.ended or status

    def _next(self, block: bytes, now: float) -> bytes:
        if len(block) > self._terms.block_octets:
            self.end("ERROR 4")
            return BAD_BLOCK
        if len(self._content) + len(block) > self._maximum_octets:
            self.end(TOO_MUCH)
            return NO_ROOM
        self._content += block
        self._blocks += 1
        self._repeats, self._gap_told = 0, False
        self._since = self._progressed_at = now
        if len(block) < self._terms.block_octets:
            self.complete = True
            return b""
        self._unacknowledged += 1
        return self._acknowledgement() if self._unacknowledged >= self._window else b""

    def _out_of_order(self, ahead: int) -> bytes:
        """The latest block again means that its acknowledgement was lost. One further ahead means
        that a block was (RFC 7440, 4): told once, or every one that follows would call forth a
        window. Older ones are ignored."""
        if not self.validated:
            return b""
        if ahead == 0:
            return self._acknowledgement()
        if ahead <= self._window and not self._gap_told:
            self._gap_told = True
            return self._acknowledgement()
        return b""

    def _acknowledgement(self) -> bytes:
        self._unacknowledged = 0
        return acknowledgement(self._blocks)

    @property
    def _window(self) -> int:
        return self._terms.window_blocks

    def _give_up_at(self) -> float:
        if not self.validated:
            return self._started + self._pace.unvalidated
        silence = max(self._pace.silence, 2.0 * (self._terms.timeout_seconds or 0))
        return min(self._progressed_at + silence, self._started + self._pace.transfer)

    def _wait(self) -> float:
        if self._terms.timeout_seconds is not None:
            return float(self._terms.timeout_seconds)
        return self._pace.retransmit[min(self._repeats, len(self._pace.retransmit) - 1)]
