"""Sealed fields: what a page carries and nobody reads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from provd.portal.sealing import LIFETIME, SealedFields
from tests.portal.house import Clock

KEY = b"k" * 32


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sealed(clock: Clock) -> SealedFields:
    return SealedFields(KEY, clock)


def test_what_was_sealed_opens_for_the_same_user_and_purpose(sealed: SealedFields) -> None:
    text = sealed.seal({"password": "geheim"}, user="1", purpose="form")
    assert sealed.open(text, user="1", purpose="form") == {"password": "geheim"}


def test_another_process_with_the_same_key_opens_it(clock: Clock, sealed: SealedFields) -> None:
    text = sealed.seal("geheim", user="1", purpose="form")
    assert SealedFields(KEY, clock).open(text, user="1", purpose="form") == "geheim"


@pytest.mark.parametrize(("user", "purpose"), [("2", "form"), ("1", "other")])
def test_it_opens_for_nobody_else(sealed: SealedFields, user: str, purpose: str) -> None:
    text = sealed.seal("geheim", user="1", purpose="form")
    assert sealed.open(text, user=user, purpose=purpose) is None


def test_it_can_not_be_read_or_changed(sealed: SealedFields) -> None:
    text = sealed.seal("geheim", user="1", purpose="form")
    assert "geheim" not in text
    changed = text[:-10] + ("A" if text[-10] != "A" else "B") + text[-9:]
    assert sealed.open(changed, user="1", purpose="form") is None


@pytest.mark.parametrize("rubbish", ["", "x", "gAAAAA", "é", "\x00", "a" * 5000])
def test_rubbish_is_refused_without_a_traceback(sealed: SealedFields, rubbish: str) -> None:
    assert sealed.open(rubbish, user="1", purpose="form") is None


def test_it_lasts_as_long_as_a_session_and_no_longer(clock: Clock, sealed: SealedFields) -> None:
    text = sealed.seal("geheim", user="1", purpose="form")
    clock.advance(LIFETIME - timedelta(seconds=1))
    assert sealed.open(text, user="1", purpose="form") == "geheim"
    clock.advance(timedelta(seconds=2))
    assert sealed.open(text, user="1", purpose="form") is None


def test_another_key_opens_nothing(clock: Clock, sealed: SealedFields) -> None:
    text = sealed.seal("geheim", user="1", purpose="form")
    assert SealedFields(b"o" * 32, clock).open(text, user="1", purpose="form") is None
