"""Work that runs beside the requests: booking what the spool holds."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import structlog
from twisted.internet.defer import Deferred

from provd.errors import StoreBroken, StoreUnavailable
from provd.provisioning.spool import Spool

log = structlog.get_logger()

GATHER = 0.05
"""Seconds in which entries gather to be booked together."""

LOOK = 30.0
"""Seconds between two looks for what processes that are gone have left."""

MOST_HELD = 20_000
"""Entries kept in memory while neither the disk nor the database takes any, some 20 MB; then the
oldest are lost, and a process that is killed meanwhile loses all of them."""

LONGEST_WAIT = 30.0
"""Seconds between two attempts while the database is away; the first waits one second."""


class Booking:
    """Drains the spool in a thread, soon after each entry, and again and again while it can't.

    `clock` is an IReactorTime: the reactor, or Twisted's Clock in tests. `adopt` books what other
    processes have left, when it is called by the same thread. `lost` counts the entries that could
    not be kept, `failures` the drains in vain.
    """

    def __init__(
        self,
        clock: Any,
        spool: Spool,
        in_thread: Callable[[Callable[[], int]], Awaitable[int]],
        adopt: Callable[[], int] = lambda: 0,
    ) -> None:
        self._clock = clock
        self._spool = spool
        self._in_thread = in_thread
        self._adopt = adopt
        self._adopts = True
        self._call: Any = None
        self._look: Any = None
        self._running: Deferred[None] | None = None
        self._wait = 0.0
        self._stopped = False
        self._waiting_since: float | None = clock.seconds() if spool.waiting_bytes else None
        self._held: deque[bytes] = deque()
        self._refused = False
        self.lost = 0
        self.failures = 0

    @property
    def waiting_bytes(self) -> int:
        """How much is not booked yet."""
        return self._spool.waiting_bytes

    @property
    def held(self) -> int:
        """How many entries are in memory alone, because the disk takes none."""
        return len(self._held)

    @property
    def waiting_seconds(self) -> float:
        """Since the oldest entry that is not booked came, or this process started; 0 when there is
        none. May be asked on any thread."""
        since = self._waiting_since
        return 0.0 if since is None else max(0.0, self._clock.seconds() - since)

    def record(self, line: bytes) -> None:
        """Keeps an entry, which is a line of the spool; on the reactor's thread."""
        if self._held or not self._spooled(line):
            self._held.append(line)
            if len(self._held) > MOST_HELD:
                self._held.popleft()
                self.lost += 1
        if self._waiting_since is None:
            self._waiting_since = self._clock.seconds()
        if self._call is None:
            self.wake()

    def start(self) -> None:
        """Books what former processes left behind, now and whenever another one has died."""
        self._adopts = True
        self.wake()
        self._look = self._clock.callLater(LOOK, self.start)

    def _spooled(self, line: bytes) -> bool:
        try:
            self._spool.append(line)
        except OSError as error:
            if not self._refused:
                log.error("spool_full", error=error.strerror)
            self._refused = True
            return False
        self._refused = False
        return True

    def _spool_held(self) -> None:
        """What the disk did not take, in its order."""
        while self._held and self._spooled(self._held[0]):
            self._held.popleft()

    def wake(self) -> None:
        """Sees to it that a drain begins soon."""
        if self._call is None and self._running is None and not self._stopped:
            self._call = self._clock.callLater(self._wait or GATHER, self._start)

    async def stop(self) -> None:
        """Books what can be booked now; the rest stays in the spool."""
        self._stopped = True
        self._spool.hurry()
        if self._look is not None:
            self._look.cancel()
        if self._call is not None:
            self._call.cancel()
            self._call = None
        if self._running is not None:
            await self._running
        await self._drain()
        if self._held:
            log.error("entries_lost", entries=len(self._held))
            self.lost += len(self._held)

    def _start(self) -> None:
        self._call = None
        self._running = Deferred.fromCoroutine(self._drain())
        self._running.addBoth(self._ended)

    def _ended(self, _: object) -> None:
        self._running = None
        if self._spool.waiting_bytes > 0 or self._held:
            self.wake()

    async def _drain(self) -> None:
        self._spool_held()
        began = self._clock.seconds()
        held = tuple(self._held)
        try:
            await self._in_thread(partial(self._drained, held))
            self._wait = 0.0
            self._forget(held)
            # what waits now came while the drain was ending
            self._waiting_since = began if self._held or self._spool.waiting_bytes else None
        except (StoreUnavailable, StoreBroken) as error:
            self.failures += 1
            self._wait = min(LONGEST_WAIT, self._wait * 2 or 1.0)
            log.warning("booking_waits", seconds=self._wait, error=str(error))
        except Exception:
            # A timer's step: whatever it was, the spool still holds the entries.
            self.failures += 1
            self._wait = LONGEST_WAIT
            log.exception("booking_failed")

    def _forget(self, booked: Sequence[bytes]) -> None:
        """The oldest of what is held, unless they had to make room meanwhile."""
        lines = set(booked)
        while self._held and self._held[0] in lines:
            self._held.popleft()

    def _drained(self, held: Sequence[bytes]) -> int:
        total = self._spool.drain()
        self._spool.book_at_once(held)
        total += len(held)
        if self._adopts:
            self._adopts = False
            try:
                total += self._adopt()
            except (StoreUnavailable, StoreBroken):
                self._adopts = True
                raise
        return total
