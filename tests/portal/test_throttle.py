"""The bounded counter behind sign-in."""

from __future__ import annotations

from datetime import timedelta

from provd.portal import throttle as module
from provd.portal.throttle import Throttle
from tests.portal.house import Clock

WINDOW = timedelta(minutes=15)


def test_it_lets_as_many_through_as_allowed_and_says_how_long_to_wait() -> None:
    clock = Clock()
    throttle = Throttle(2, WINDOW, clock)
    assert throttle.attempt("a") is None
    clock.advance(timedelta(minutes=5))
    assert throttle.attempt("a") is None
    assert throttle.attempt("a") == timedelta(minutes=10)


def test_one_key_does_not_close_another() -> None:
    throttle = Throttle(1, WINDOW, Clock())
    throttle.attempt("a")
    assert throttle.attempt("b") is None


def test_it_opens_again_after_the_window_and_waiting_does_not_lengthen_it() -> None:
    clock = Clock()
    throttle = Throttle(1, WINDOW, clock)
    throttle.attempt("a")
    clock.advance(timedelta(minutes=14))
    assert throttle.attempt("a") is not None
    clock.advance(timedelta(minutes=1))
    assert throttle.attempt("a") is None


def test_the_right_password_is_forgiven() -> None:
    throttle = Throttle(1, WINDOW, Clock())
    throttle.attempt("a")
    throttle.forgive("a")
    assert throttle.attempt("a") is None


def test_it_stays_small_whoever_knocks() -> None:
    throttle = Throttle(1, WINDOW, Clock())
    for number in range(module._KEYS_KEPT + 500):
        throttle.attempt(str(number))
    assert len(throttle) == module._KEYS_KEPT
