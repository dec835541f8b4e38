"""A client transaction that is no INVITE (RFC 3261, 17.1.2), on a clock of the caller's.

    trying --1xx--> proceeding --final--> over          E  again after T1, doubling up to T2 (UDP)
       `------------final---------------> over          F  given up after 64 * T1

Timer K, in which repeated answers are swallowed, needs no state: an answer that fits no running
transaction is dropped by whoever hears it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds: the round trip to expect, the longest time between two retransmissions, and, where
    somebody waits who has less time than the RFC, when to give up."""

    t1: float = 0.5
    t2: float = 4.0
    most: float = math.inf

    @property
    def patience(self) -> float:
        """Timer F."""
        return min(64 * self.t1, self.most)


class Transaction:
    """One request, already sent once when this is made. Over a `reliable` transport nothing is
    sent again."""

    def __init__(self, timers: Timers, now: float, *, reliable: bool) -> None:
        self._timers = timers
        self._interval = timers.t1
        self._again_at = math.inf if reliable else now + timers.t1
        self._ends_at = now + timers.patience

    @property
    def due(self) -> float:
        """When `wake` shall be called."""
        return min(self._again_at, self._ends_at)

    def is_over(self, now: float) -> bool:
        """Nobody answered in time."""
        return now >= self._ends_at

    def wake(self, now: float) -> bool:
        """Whether the request is to be sent again, now."""
        if now < self._again_at or self.is_over(now):
            return False
        self._interval = min(2 * self._interval, self._timers.t2)
        self._again_at = now + self._interval
        return True

    def heard_provisional(self) -> None:
        """Somebody works on it: from the next time on it is sent again every T2 only."""
        self._interval = self._timers.t2
