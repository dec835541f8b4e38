"""The timer of the mail queue, and of what else is done again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from provd.errors import StoreUnavailable
from provd.repeating import MAILS_EVERY as EVERY
from provd.repeating import Repeating


class InPlace:
    """A thread that is this one."""

    running = False

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False

    def run(self, function: Callable[..., int], *arguments: object) -> Deferred[int]:
        return succeed(function(*arguments))


class Bench:
    def __init__(self) -> None:
        self.clock, self.threads = Clock(), InPlace()
        self.rounds = 0
        self.enough: Callable[[], bool] = lambda: True
        self.problem: Exception | None = None
        threads: Any = self.threads
        self.mailing = Repeating(
            self.clock, self._deliver, threads=threads, every=EVERY, name="mail"
        )
        self.mailing.start()

    def _deliver(self, enough: Callable[[], bool]) -> None:
        self.rounds += 1
        self.enough = enough
        if self.problem is not None:
            raise self.problem


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize("problem", [None, StoreUnavailable("locked"), RuntimeError("a mistake")])
def test_it_looks_every_half_minute_whatever_goes_wrong(
    bench: Bench, problem: Exception | None
) -> None:
    bench.problem = problem
    bench.clock.advance(EVERY - 1)
    assert bench.rounds == 0
    bench.clock.advance(1)
    bench.clock.advance(EVERY)
    assert bench.rounds == 2


def test_once_it_is_stopped_no_further_mail_goes_and_the_last_is_waited_for(
    bench: Bench,
) -> None:
    bench.clock.advance(EVERY)
    assert not bench.enough()
    bench.mailing.stop()
    assert bench.enough()
    bench.clock.advance(2 * EVERY)
    assert bench.rounds == 1
    assert bench.threads.running
    bench.mailing.join()
    assert not bench.threads.running


def test_the_first_time_may_come_sooner_than_the_others(bench: Bench) -> None:
    rounds: list[float] = []
    soon = Repeating(
        bench.clock,
        lambda enough: rounds.append(bench.clock.seconds()),
        threads=bench.threads,  # type: ignore[arg-type]
        every=3600,
        first=300,
        name="renewals",
    )
    soon.start()
    bench.clock.advance(300)
    bench.clock.advance(3600)
    assert rounds == [300, 3900]
    soon.stop()
    late = Repeating(bench.clock, rounds.append, threads=bench.threads, every=9, name="x")  # type: ignore[arg-type]
    late.start()
    late.stop()
    bench.clock.advance(9)
    assert len(rounds) == 2
