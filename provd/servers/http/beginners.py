"""How many connections came a moment ago and have had no answer yet: the work that lies ahead.

Who has not been answered for longer is slow himself, and costs no processor time.
"""

from __future__ import annotations

from collections.abc import Callable

_SECONDS = 1.0
_LEAST = 256
"""So many may always wait: it is a quarter of a second's work, or less, and what is known of the
second before may be that nobody came."""


class Beginners:
    """Counts those of the last one to two seconds. `monotonic` counts seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._generation = 0
        self._turns_at = monotonic() + _SECONDS
        self._waiting = self._waiting_before = 0
        self._answered = self._answered_before = 0

    def enough(self) -> bool:
        """Whether more of them wait than were answered within a second: another one would wait
        longer than that (Little's law)."""
        self._turn()
        waiting = self._waiting + self._waiting_before
        return waiting >= max(_LEAST, self._answered, self._answered_before)

    def came(self) -> int:
        """The generation that the newcomer is of; give it back, once."""
        self._turn()
        self._waiting += 1
        return self._generation

    def answered(self, generation: int) -> None:
        self.left(generation)
        self._answered += 1

    def left(self, generation: int) -> None:
        """Without an answer."""
        if generation == self._generation:
            self._waiting -= 1
        elif generation == self._generation - 1:
            self._waiting_before -= 1

    def _turn(self) -> None:
        now = self._monotonic()
        if now < self._turns_at:
            return
        missed = now >= self._turns_at + _SECONDS
        self._waiting_before, self._waiting = 0 if missed else self._waiting, 0
        self._answered_before, self._answered = 0 if missed else self._answered, 0
        self._generation += 2 if missed else 1
        self._turns_at = now + _SECONDS
