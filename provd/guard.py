"""Keeps requests from waiting for a database that is away, and looks for it until it is back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.internet.task import LoopingCall

from provd.errors import StoreUnavailable
from provd.provisioning.presence import Presence

LOOK = 0.25
"""Seconds between two looks at those who wait."""

FIRST_TRIAL = 0.5
LONGEST_PAUSE = 5.0
"""Seconds between two trials of a database that is away."""


class Guard:
    """`clock` is an IReactorTime. `in_thread` runs a function in one of the threads that ask the
    database; `trial` asks it, and tells `presence`. It runs there too: where each of them hangs,
    nothing is back yet."""

    def __init__(
        self,
        clock: Any,
        presence: Presence,
        in_thread: Callable[..., Deferred[Any]],
        trial: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._presence = presence
        self._in_thread = in_thread
        self._trial = trial
        self._waiting: set[Deferred[Any]] = set()
        self._looking = LoopingCall(self._look)
        self._looking.clock = clock
        self._trying = False
        self._pause = FIRST_TRIAL
        self._next_trial = 0.0

    def start(self) -> None:
        self._looking.start(LOOK, now=False)

    def stop(self) -> None:
        if self._looking.running:
            self._looking.stop()

    def run(self, function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        """Its result, from a thread. Fails with StoreUnavailable as soon as the database is known
        to be away, whatever becomes of the thread."""
        if self._presence.reading.problem:
            return fail(StoreUnavailable(self._presence.reading.problem))
        waiting: Deferred[Any] = Deferred()
        self._waiting.add(waiting)
        work = self._in_thread(self._if_awaited, waiting, function, *arguments)
        work.addBoth(self._ended, waiting)
        return waiting

    def _if_awaited(
        self, waiting: Deferred[Any], function: Callable[..., Any], *arguments: Any
    ) -> Any:
        """In the thread, which may come to it late."""
        return function(*arguments) if waiting in self._waiting else None

    def _ended(self, result: Any, waiting: Deferred[Any]) -> None:
        if waiting in self._waiting:
            self._waiting.discard(waiting)
            waiting.callback(result)

    def _look(self) -> None:
        if self._presence.hanging():
            given_up, self._waiting = self._waiting, set()
            for waiting in given_up:
                waiting.errback(StoreUnavailable(self._presence.problem))
        due = self._clock.seconds() >= self._next_trial
        if self._presence.problem and due and not self._trying:
            self._trying = True
            self._in_thread(self._trial).addBoth(self._tried)

    def _tried(self, _: object) -> None:
        self._trying = False
        away = bool(self._presence.problem)
        self._pause = min(LONGEST_PAUSE, self._pause * 2) if away else FIRST_TRIAL
        self._next_trial = self._clock.seconds() + (self._pause if away else 0.0)
