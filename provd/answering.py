"""The threads that answer phones, with a measure of who waits for one."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred

from provd.tally import Tally

Run = Callable[..., Deferred[Any]]


class Answering:
    """Passes work on to `run`, which takes a function for a thread; called on the reactor's thread.
    `monotonic` counts seconds. Readings may be taken on any thread."""

    def __init__(self, run: Run, tally: Tally, monotonic: Callable[[], float]) -> None:
        self._run = run
        self._tally = tally
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._waiting: dict[int, float] = {}
        self._answering = 0

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        number = next(self._numbers)
        with self._lock:
            self._waiting[number] = self._monotonic()
        return self._run(self._begun, number, function, *arguments)

    @property
    def waiting(self) -> int:
        """How much is to be done that no thread has begun."""
        return len(self._waiting)

    @property
    def answering(self) -> int:
        """How many threads are at work."""
        return self._answering

    @property
    def oldest_seconds(self) -> float:
        """How long what waits longest has waited; 0 when nothing does."""
        with self._lock:
            oldest = next(iter(self._waiting.values()), None)
        return 0.0 if oldest is None else max(0.0, self._monotonic() - oldest)

    def _begun(self, number: int, function: Callable[..., Any], *arguments: Any) -> Any:
        with self._lock:
            since = self._waiting.pop(number)
            self._answering += 1
        self._tally.took("wait", self._monotonic() - since)
        try:
            return function(*arguments)
        finally:
            with self._lock:
                self._answering -= 1
