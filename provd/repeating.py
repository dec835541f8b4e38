"""Work that is done again and again beside the requests: mails whose time has come, every half
minute; renewals that customers are to be asked for, every hour."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from provd.errors import StoreError
from provd.threads import Threads

log = structlog.get_logger()

MAILS_EVERY = 30.0
RENEWALS_EVERY = 3600.0
RENEWALS_FIRST = 300.0
"""Seconds. A daemon that is started anew each half hour asks all the same."""


class Repeating:
    """`work` does one thing after the other until it is told that this is enough. It blocks, for as
    long as a mail server takes, so it has a thread to itself. `name` is what the log calls it,
    `clock` an IReactorTime."""

    def __init__(
        self,
        clock: Any,
        work: Callable[[Callable[[], bool]], object],
        *,
        threads: Threads,
        every: float,
        name: str,
        first: float | None = None,
    ) -> None:
        """`first` is how long after the start, where that is not `every`."""
        self._clock = clock
        self._work = work
        self._stopped = threading.Event()
        self._threads = threads
        self._every = every
        self._after = every if first is None else first
        self._first: Any = None
        self._name = name
        self._loop = LoopingCall(lambda: Deferred.fromCoroutine(self._step()))
        self._loop.clock = clock

    def start(self) -> None:
        self._threads.start()
        self._first = self._clock.callLater(self._after, self._loop.start, self._every)

    def stop(self) -> None:
        """Nothing further. The one thing that is under way goes on until `join`."""
        self._stopped.set()
        if self._first is not None and self._first.active():
            self._first.cancel()
        if self._loop.running:
            self._loop.stop()

    def join(self) -> None:
        """Waits for what is under way: a mail is sent once then, and not twice."""
        self._threads.stop()

    async def _step(self) -> None:
        try:
            await self._threads.run(self._work, self._stopped.is_set)
        except StoreError as error:
            log.warning(f"{self._name}_waits", error=str(error))
        except Exception:
            # A timer's step; what was not done is done by the next one.
            log.exception(f"{self._name}_failed")
