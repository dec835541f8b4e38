"""Counts failures per key, forgets them in time, and stays small whoever knocks."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

_KEYS_KEPT = 10_000


class Throttle:
    """At most `limit` attempts per key within `window`; thread-safe.

    An attempt is counted before it is judged, so that a hundred at once are not all let through.
    The oldest keys are dropped beyond 10,000: memory is bounded, and whoever has that many
    addresses is not stopped by a counter per address anyway.
    """

    def __init__(self, limit: int, window: timedelta, clock: Callable[[], datetime]) -> None:
        self._limit = limit
        self._window = window
        self._clock = clock
        self._lock = threading.Lock()
        self._attempts: OrderedDict[str, list[datetime]] = OrderedDict()

    def attempt(self, key: str) -> timedelta | None:
        """Counts one attempt; None: go on. Otherwise how long to wait, and nothing is counted."""
        now = self._clock()
        with self._lock:
            recent = [at for at in self._attempts.get(key, ()) if now - at < self._window]
            if len(recent) >= self._limit:
                return self._window - (now - recent[0])
            recent.append(now)
            self._keep(key, recent)
            return None

    def forgive(self, key: str) -> None:
        """Forgets the key: the right password was given."""
        with self._lock:
            self._attempts.pop(key, None)

    def __len__(self) -> int:
        return len(self._attempts)

    def _keep(self, key: str, recent: list[datetime]) -> None:
        self._attempts[key] = recent
        self._attempts.move_to_end(key)
        while len(self._attempts) > _KEYS_KEPT:
            self._attempts.popitem(last=False)
