"""The journal lets go of what is old: ten minutes after the start, then daily."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock

from provd.errors import StoreUnavailable
from provd.pruning import EVERY, FIRST, Pruning

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class InPlace:
    """Threads that are none."""

    running = False

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False

    def run(self, function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        assert self.running
        return maybeDeferred(function, *arguments)


class Bench:
    def __init__(self) -> None:
        self.clock, self.threads = Clock(), InPlace()
        self.pruned: list[datetime] = []
        self.enough: Callable[[], bool] = lambda: True
        self.keep = timedelta(days=400)
        self.problem: Exception | None = None
        threads: Any = self.threads
        self.pruning = Pruning(
            self.clock,
            self._prune,
            keep=lambda: self.keep,
            threads=threads,
            now=lambda: NOW + timedelta(seconds=self.clock.seconds()),
        )
        self.pruning.start()

    def _prune(self, before: datetime, enough: Callable[[], bool]) -> int:
        self.pruned.append(before)
        self.enough = enough
        if self.problem is not None:
            raise self.problem
        return 1


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_it_begins_after_a_while_and_comes_again_each_day(bench: Bench) -> None:
    bench.clock.advance(FIRST - 1)
    assert bench.pruned == []
    bench.clock.advance(1)
    bench.keep = timedelta(days=30)
    bench.clock.advance(EVERY)
    at = NOW + timedelta(seconds=FIRST)
    assert bench.pruned == [at - timedelta(days=400), at + timedelta(days=1 - 30)]


@pytest.mark.parametrize("problem", [StoreUnavailable("locked"), RuntimeError("a mistake")])
def test_what_goes_wrong_is_tried_again_the_next_day(bench: Bench, problem: Exception) -> None:
    bench.problem = problem
    bench.clock.advance(FIRST)
    bench.clock.advance(EVERY)
    assert len(bench.pruned) == 2


def test_once_it_is_stopped_it_is_enough(bench: Bench) -> None:
    bench.clock.advance(FIRST)
    assert not bench.enough()
    bench.pruning.stop()
    assert bench.enough()
    bench.clock.advance(2 * EVERY)
    assert len(bench.pruned) == 1
    assert not bench.threads.running


def test_what_is_stopped_before_its_first_time_never_comes(bench: Bench) -> None:
    bench.pruning.stop()
    bench.clock.advance(FIRST + EVERY)
    assert bench.pruned == []
