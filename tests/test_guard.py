"""Nobody waits for a database that is away, whatever becomes of the threads that do."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from provd.errors import StoreUnavailable
from provd.guard import FIRST_TRIAL, LONGEST_PAUSE, LOOK, Guard
from provd.provisioning.presence import PATIENCE, Presence


class Threads:
    """What was given to threads, which run when the test lets them."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Deferred[Any], Callable[[], Any]]] = []

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        deferred: Deferred[Any] = Deferred()
        self.waiting.append((deferred, lambda: function(*arguments)))
        return deferred

    def run(self) -> None:
        """The oldest."""
        deferred, call = self.waiting.pop(0)
        try:
            result = call()
        except Exception as error:
            deferred.errback(error)
        else:
            deferred.callback(result)


class Database:
    """`away` is what a trial finds."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self.away = ""
        self.trials = 0

    def trial(self) -> None:
        self.trials += 1
        self._presence.tried(self._ask, lambda: None)

    def _ask(self) -> None:
        if self.away:
            raise StoreUnavailable(self.away)


@pytest.fixture
def clock() -> Any:
    return Clock()


@pytest.fixture
def presence(clock: Any) -> Presence:
    return Presence(clock.seconds)


@pytest.fixture
def threads() -> Threads:
    return Threads()


@pytest.fixture
def database(presence: Presence) -> Database:
    return Database(presence)


@pytest.fixture
def guard(clock: Any, presence: Presence, threads: Threads, database: Database) -> Guard:
    guard = Guard(clock, presence, threads, database.trial)
    guard.start()
    return guard


def ended(deferred: Deferred[Any]) -> list[Any]:
    """The result, or the exception, once there is one."""
    found: list[Any] = []
    deferred.addCallbacks(found.append, lambda failure: found.append(failure.value))
    return found


def pass_time(clock: Any, seconds: float) -> None:
    clock.pump([LOOK] * int(seconds / LOOK))


def test_a_result_comes_back(guard: Guard, threads: Threads) -> None:
    answer = ended(guard.run(lambda what: what * 2, 21))
    failure = ended(guard.run(lambda: 1 / 0))
    assert answer == []
    threads.run()
    threads.run()
    assert answer == [42]
    assert isinstance(failure[0], ZeroDivisionError)


def test_while_it_is_known_to_be_away_no_thread_is_asked(
    guard: Guard, presence: Presence, threads: Threads
) -> None:
    presence.away("stopped")
    [error] = ended(guard.run(pytest.fail))
    assert isinstance(error, StoreUnavailable)
    assert threads.waiting == []


def test_when_one_query_hangs_all_that_wait_are_let_go(
    guard: Guard, presence: Presence, threads: Threads, clock: Any
) -> None:
    """The hanging one, and those behind it in the queue, which are never run."""
    hanging = ended(guard.run(lambda: "late"))
    with presence.reading.used():
        behind = [ended(guard.run(pytest.fail)) for _ in range(3)]
        pass_time(clock, PATIENCE)
        assert behind == [[], [], []]
        pass_time(clock, 2 * LOOK)
        assert all(isinstance(one[0], StoreUnavailable) for one in [hanging, *behind])
    while threads.waiting:
        threads.run()
    assert len(hanging) == 1


def test_those_that_hang_by_writing_hold_nobody_for_long(
    guard: Guard, presence: Presence, clock: Any
) -> None:
    with presence.writing.used():
        pass_time(clock, PATIENCE + 2 * LOOK)
        assert presence.reading.problem == ""
        behind = ended(guard.run(pytest.fail))
        pass_time(clock, LOOK)
        assert isinstance(behind[0], StoreUnavailable)


def test_it_is_looked_for_less_and_less_often_until_it_is_back(
    guard: Guard, presence: Presence, threads: Threads, clock: Any, database: Database
) -> None:
    database.away = "stopped"
    presence.away("stopped")
    at = []
    while clock.seconds() < 30:
        clock.advance(LOOK)
        if threads.waiting:
            at.append(clock.seconds())
            threads.run()
    pauses = [later - before for before, later in itertools.pairwise(at)]
    assert pauses[0] == pytest.approx(2 * FIRST_TRIAL, abs=LOOK)
    assert max(pauses) == pytest.approx(LONGEST_PAUSE, abs=LOOK)
    database.away = ""
    pass_time(clock, LONGEST_PAUSE + LOOK)
    threads.run()
    assert presence.problem == ""
    answer = ended(guard.run(lambda: "here"))
    threads.run()
    assert answer == ["here"]
    pass_time(clock, 60)
    assert threads.waiting == []


def test_a_trial_that_hangs_is_not_joined_by_another(
    guard: Guard, presence: Presence, threads: Threads, clock: Any
) -> None:
    presence.away("stopped")
    pass_time(clock, 60)
    assert len(threads.waiting) == 1


def test_stopped_it_looks_no_more(guard: Guard, presence: Presence, clock: Any) -> None:
    guard.stop()
    presence.away("stopped")
    pass_time(clock, 60)
    assert clock.getDelayedCalls() == []
    guard.stop()
