"""Work that runs beside the requests: booking what the spool holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from twisted.internet.defer import Deferred

from provd.errors import StoreUnavailable
from provd.provisioning.journal import JournalEntry
from provd.provisioning.spool import Spool

log = structlog.get_logger()

GATHER = 0.05
"""Seconds in which entries gather to be booked together."""

LONGEST_WAIT = 30.0
"""Seconds between two attempts while the database is away; the first waits one second."""


class Booking:
    """Drains the spool in a thread, soon after each entry, and again and again while it can't.

    `clock` is an IReactorTime: the reactor, or Twisted's Clock in tests.
    """

    def __init__(
        self,
        clock: Any,
        spool: Spool,
        in_thread: Callable[[Callable[[], int]], Awaitable[int]],
    ) -> None:
        self._clock = clock
        self._spool = spool
        self._in_thread = in_thread
        self._call: Any = None
        self._running: Deferred[None] | None = None
        self._wait = 0.0
        self._stopped = False

    def record(self, entry: JournalEntry) -> None:
        """Keeps an entry; on the reactor's thread."""
        try:
            self._spool.append(entry)
        except OSError as error:
            log.error("spool_full", error=error.strerror, status=entry.status)
        self.wake()

    def wake(self) -> None:
        """Sees to it that a drain begins soon. Also called at the start, for what a former process
        left behind."""
        if self._call is None and self._running is None and not self._stopped:
            self._call = self._clock.callLater(self._wait or GATHER, self._start)

    async def stop(self) -> None:
        """Books what can be booked now; the rest stays in the spool."""
        self._stopped = True
        if self._call is not None:
            self._call.cancel()
            self._call = None
        if self._running is not None:
            await self._running
        await self._drain()

    def _start(self) -> None:
        self._call = None
        self._running = Deferred.fromCoroutine(self._drain())
        self._running.addBoth(self._ended)

    def _ended(self, _: object) -> None:
        self._running = None
        if self._spool.waiting_bytes > 0:
            self.wake()

    async def _drain(self) -> None:
        try:
            await self._in_thread(self._spool.drain)
            self._wait = 0.0
        except StoreUnavailable as error:
            self._wait = min(LONGEST_WAIT, self._wait * 2 or 1.0)
            log.warning("booking_waits", seconds=self._wait, error=str(error))
        except Exception:
            # A timer's step: whatever it was, the spool still holds the entries.
            self._wait = LONGEST_WAIT
            log.exception("booking_failed")
