"""Work that runs beside the requests: the last good copies, written and brought up to date."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from provd.errors import StoreError
from provd.provisioning.copies import Copies, Current

log = structlog.get_logger()

EVERY = 1.0
"""Seconds in which files gather to be written together."""


class Keeping:
    """`clock` is an IReactorTime, `now` gives seconds since 1970, and `generation` the number that
    rises with each change. `current` raises StoreUnavailable while the database is away."""

    def __init__(
        self,
        clock: Any,
        copies: Copies,
        in_thread: Callable[..., Deferred[Any]],
        *,
        current: Current,
        generation: Callable[[], int],
        now: Callable[[], float],
    ) -> None:
        self._copies = copies
        self._in_thread = in_thread
        self._current = current
        self._generation = generation
        self._now = now
        self._problem = ""
        self._loop = LoopingCall(self._step)
        self._loop.clock = clock
        self._ended: Deferred[LoopingCall] = Deferred()

    def start(self) -> None:
        self._ended = self._loop.start(EVERY, now=False)

    async def stop(self) -> None:
        """Writes what waits."""
        if self._loop.running:
            self._loop.stop()
            await self._ended
        await self._in_thread(self._told, self._copies.write)

    def _step(self) -> Deferred[Any]:
        return self._in_thread(self._told, self._work)

    def _work(self) -> None:
        self._copies.write()
        self._copies.refresh_when_due(self._current, self._generation(), self._now())

    def _told(self, work: Callable[[], None]) -> None:
        """The edge of a timer's step. One line for each problem, not one a second."""
        problem = ""
        try:
            work()
        except StoreError as error:
            problem = str(error)
        except Exception as error:
            problem = repr(error)
        if problem and problem != self._problem:
            log.error("last_good_copies_fail", error=problem)
        self._problem = problem
