"""Keys of TLS tickets are made anew twice a day, and stay where that fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock

from provd.certificates import Certificates
from provd.errors import ConfigurationError
from provd.ticket_keys import EVERY, TicketKeys
from tests.conftest import after


class Contexts:
    """Counts how often its keys were made anew."""

    def __init__(self) -> None:
        self.times = 0
        self.problem: Exception | None = None

    def renewing(self) -> Callable[[], None]:
        if self.problem is not None:
            raise self.problem
        return self._renew

    def _renew(self) -> None:
        self.times += 1


def certificates(phones: Any, people: Any, legacy: Any = None) -> Certificates:
    return Certificates(phones, people, legacy, after(60), after(60))


def in_thread(function: Callable[[], object]) -> Deferred[Any]:
    return maybeDeferred(function)


def test_all_contexts_get_others_each_half_day_until_it_is_stopped() -> None:
    clock, all_ = Clock(), [Contexts(), Contexts(), Contexts()]
    keys = TicketKeys(clock, certificates(*all_), in_thread)
    keys.start()
    clock.advance(EVERY - 1)
    assert [one.times for one in all_] == [0, 0, 0]
    for _ in range(2):
        clock.advance(EVERY)
    assert [one.times for one in all_] == [2, 2, 2]
    keys.stop()
    clock.advance(EVERY)
    assert [one.times for one in all_] == [2, 2, 2]


@pytest.mark.parametrize("problem", [ConfigurationError("no key"), RuntimeError("a mistake")])
def test_one_that_fails_keeps_its_keys_and_is_tried_again(problem: Exception) -> None:
    clock, sick, sound = Clock(), Contexts(), Contexts()
    keys = TicketKeys(clock, certificates(sick, sound), in_thread)
    keys.start()
    sick.problem = problem
    clock.advance(EVERY)
    assert (sick.times, sound.times) == (0, 1)
    sick.problem = None
    clock.advance(EVERY)
    assert (sick.times, sound.times) == (1, 2)
