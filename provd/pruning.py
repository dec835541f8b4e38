"""Once a day the journal lets go of what is older than it is told to keep."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from provd.errors import StoreError
from provd.threads import Threads

log = structlog.get_logger()

EVERY = 24 * 3600.0
FIRST = 600.0
"""Seconds. Not at the start, when phones wait for other things."""


class Pruning:
    """`prune` deletes what is older than a moment until it is told that this is enough, and gives
    how much; it has a thread to itself, because after years it may take minutes. `keep` is asked
    each time for how long, because a reload may change it. `clock` is an IReactorTime."""

    def __init__(
        self,
        clock: Any,
        prune: Callable[[datetime, Callable[[], bool]], int],
        *,
        keep: Callable[[], timedelta],
        threads: Threads,
        now: Callable[[], datetime],
    ) -> None:
        self._clock = clock
        self._prune = prune
        self._keep = keep
        self._threads = threads
        self._stopped = threading.Event()
        self._now = now
        self._loop = LoopingCall(lambda: Deferred.fromCoroutine(self._step()))
        self._loop.clock = clock
        self._first: Any = None

    def start(self) -> None:
        self._threads.start()
        self._first = self._clock.callLater(FIRST, self._loop.start, EVERY)

    def stop(self) -> None:
        """Waits for the span of the journal that it is at."""
        self._stopped.set()
        if self._first is not None and self._first.active():
            self._first.cancel()
        if self._loop.running:
            self._loop.stop()
        self._threads.stop()

    async def _step(self) -> None:
        before = self._now() - self._keep()
        try:
            entries = await self._threads.run(self._prune, before, self._stopped.is_set)
        except StoreError as error:
            log.warning("journal_not_pruned", error=str(error))
        except Exception:
            # A timer's step; tomorrow is another day.
            log.exception("journal_not_pruned")
        else:
            if entries:
                log.info("journal_pruned", entries=entries, before=before.isoformat())
