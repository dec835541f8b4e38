"""How long booking rests between two batches, so that phones come first.

Booking shares the interpreter with the reactor: what it computes, phones wait for. Its backlog lies
on the disk and harms nobody for minutes. So it rests longer the more the rest of the process has to
do, and shorter the more has gathered. Pure: clocks are handed in.
"""

from __future__ import annotations

import time
from collections.abc import Callable

IDLE = 1.0
BUSY = 49.0
"""How many times as long as it worked it rests: half of an idle interpreter is taken, and a
fiftieth of a busy one."""

Seconds = Callable[[], float]


class Restraint:
    """`own` gives the seconds that the calling thread has computed, `everybody` those of the whole
    process, `wall` those that have passed."""

    def __init__(
        self,
        own: Seconds = time.thread_time,
        everybody: Seconds = time.process_time,
        wall: Seconds = time.monotonic,
    ) -> None:
        self._clocks = (own, everybody, wall)
        self._began = self._now()
        self._last: tuple[float, float, float] | None = None

    def begin(self) -> None:
        """A batch begins. Called by the thread that will rest."""
        self._began = self._now()
        self._last = self._last or self._began

    def rest(self, backlog: float) -> float:
        """Seconds to rest after the batch. `backlog` is 0 when little waits, 1 when so much does
        that it must not grow any further. Asked again during a rest it tells how long that would
        be by what the others have done since."""
        own, everybody, wall = now = self._now()
        last_own, last_everybody, last_wall = self._last or self._began
        self._last = now
        others = (everybody - last_everybody) - (own - last_own)
        busy = min(1.0, max(0.0, others / (wall - last_wall))) if wall > last_wall else 1.0
        restrained = busy * (1.0 - min(1.0, backlog))
        return (own - self._began[0]) * (IDLE + (BUSY - IDLE) * restrained)

    def _now(self) -> tuple[float, float, float]:
        own, everybody, wall = self._clocks
        return own(), everybody(), wall()
