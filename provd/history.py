"""What was counted in each minute of the last day: `take` the counts now and then, and read it as
minutes.

A ring in memory, of which a copy on disk outlives a restart. Minutes in which nobody took anything
are gaps, not zeros.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from provd.vitals import AT, NOTHING, SERIES, Counts, Minute, minute_of

DAY = 1_440
"""Minutes that are kept."""


class History:
    """Told by one thread, read by any. `clock` is the wall, aware and UTC; when it jumps back, what
    was counted since stands in the minutes to which it jumped."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._minutes: dict[int, list[int]] = {}
        self._before = NOTHING
        self._lock = threading.Lock()

    def take(self, counts: Counts) -> None:
        """Adds what came since the last time to this minute. Counts that fell, as those of a
        process that was restarted do, begin anew from there."""
        number = _number(self._clock())
        with self._lock:
            minute = self._minutes.setdefault(number, [0] * len(SERIES))
            for at, (before, after) in enumerate(zip(self._before, counts, strict=True)):
                if after > before:
                    minute[at] += after - before
            self._before = counts
            self._forget(number)

    def minutes(self) -> tuple[Minute, ...]:
        """The last DAY of them, the one that runs stands last."""
        last = _number(self._clock())
        known = self._copy()
        return tuple(
            minute_of(_at(number), known[number])
            if number in known
            else Minute(_at(number), counted=False)
            for number in range(last - DAY + 1, last + 1)
        )

    def dump(self) -> bytes:
        """A copy, by the names of the series, so that another version can read it."""
        kept = {
            str(number): {name: minute[AT[name]] for name in SERIES if minute[AT[name]]}
            for number, minute in self._copy().items()
        }
        return json.dumps(kept, separators=(",", ":")).encode()

    def load(self, dumped: bytes) -> None:
        """Takes in a copy, this process's own or that of another which it follows: of two numbers
        for a minute the larger counts. Raises ValueError for what is no copy; then nothing is
        taken in."""
        try:
            loaded = {
                int(number): [(AT[name], int(minute[name])) for name in minute if name in AT]
                for number, minute in json.loads(dumped).items()
            }
        except (AttributeError, TypeError) as error:
            raise ValueError("this is no copy of a history") from error
        with self._lock:
            for number, found in loaded.items():
                minute = self._minutes.setdefault(number, [0] * len(SERIES))
                for at, value in found:
                    minute[at] = max(minute[at], value)
            self._forget(_number(self._clock()))

    def _copy(self) -> dict[int, Counts]:
        with self._lock:
            return {number: tuple(minute) for number, minute in self._minutes.items()}

    def _forget(self, now: int) -> None:
        """Also what would lie in the future after a clock was put right."""
        if len(self._minutes) > DAY or any(number > now for number in self._minutes):
            kept = range(now - DAY + 1, now + 1)
            self._minutes = {n: minute for n, minute in self._minutes.items() if n in kept}


def _number(at: datetime) -> int:
    return int(at.timestamp()) // 60


def _at(number: int) -> datetime:
    return datetime.fromtimestamp(number * 60, UTC)
