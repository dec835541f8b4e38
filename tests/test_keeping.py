"""Copies are written beside the requests, and once more at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from provd.errors import StoreUnavailable
from provd.keeping import EVERY, Keeping


class Copies:
    """What it was asked for; `problem` is raised."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.problem: Exception | None = None

    def write(self) -> None:
        self.asked.append("write")
        if self.problem:
            raise self.problem

    def refresh_when_due(self, current: object, generation: int, now: float) -> None:
        self.asked.append(f"refresh {generation} {now}")


def at_once(function: Callable[..., object], *arguments: object) -> Deferred[Any]:
    return succeed(function(*arguments))


@pytest.fixture
def clock() -> Any:
    return Clock()


@pytest.fixture
def copies() -> Copies:
    return Copies()


@pytest.fixture
def keeping(clock: Any, copies: Any) -> Keeping:
    keeping = Keeping(
        clock, copies, at_once, current=lambda ids: {}, generation=lambda: 7, now=lambda: 3.0
    )
    keeping.start()
    return keeping


def test_what_gathered_is_written_then_the_rest_is_refreshed(
    keeping: Keeping, clock: Any, copies: Copies
) -> None:
    clock.advance(EVERY)
    clock.advance(EVERY)
    assert copies.asked == ["write", "refresh 7 3.0"] * 2


def test_a_disk_that_takes_nothing_is_told_once(
    keeping: Keeping, clock: Any, copies: Copies
) -> None:
    with capture_logs() as logs:
        for problem in (StoreUnavailable("full"), StoreUnavailable("full"), OSError(), None):
            copies.problem = problem
            clock.advance(EVERY)
        copies.problem = StoreUnavailable("full")
        clock.advance(EVERY)
    assert [entry["error"] for entry in logs] == ["full", "OSError()", "full"]


def test_the_end_writes_what_is_left(keeping: Keeping, clock: Any, copies: Copies) -> None:
    ended: list[None] = []
    Deferred.fromCoroutine(keeping.stop()).addCallback(ended.append)
    assert ended == [None]
    assert copies.asked == ["write"]
    assert clock.getDelayedCalls() == []
