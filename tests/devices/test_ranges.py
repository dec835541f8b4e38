"""One statement for many numbers: no number twice, none beyond the model, none by surprise."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provd.devices.ranges import counted, numbers, written
from provd.errors import SettingError


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("7", (7,)),
        ("1-4", (1, 2, 3, 4)),
        ("4-4", (4,)),
        ("1-2, 10, 20 - 21", (1, 2, 10, 20, 21)),
        ("10,1-2", (10, 1, 2)),
    ],
)
def test_numbers_come_in_the_order_in_which_they_are_written(
    text: str, found: tuple[int, ...]
) -> None:
    assert numbers(text, 48) == found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no range"),
        ("1-", "no range"),
        ("a", "no range"),
        ("1--3", "no range"),
        ("1;3", "no range"),
        ("٣", "no range"),
        ("0", "goes beyond 1 to 48"),
        ("0-3", "goes beyond 1 to 48"),
        ("47-49", "goes beyond 1 to 48"),
        ("1-999999999", "goes beyond 1 to 48"),
        ("1-99999999999", "no range"),
        ("9-3", "goes downwards. Write 3-9"),
        ("1-8,5-9", "1-8 and 5-9 both give 5"),
        ("3,1-4", "1-4 and 3 both give 3"),
        ("2,2", "2 and 2 both give 2"),
        ("1," * 200, "too long"),
    ],
)
def test_what_could_surprise_is_refused(text: str, told: str) -> None:
    with pytest.raises(SettingError, match="positions: .*" + re.escape(told)):
        numbers(text, 48)


def test_a_model_without_any_says_so() -> None:
    with pytest.raises(SettingError, match="Leave it out"):
        numbers("1", 0)


@settings(max_examples=40)
@given(st.sets(st.integers(1, 500), min_size=1))
def test_what_is_written_is_read_again(wanted: set[int]) -> None:
    text = written(sorted(wanted))
    if len(text) <= 200:
        assert numbers(text, 500) == tuple(sorted(wanted))


@settings(max_examples=40)
@given(st.text("0123456789-, {n}", max_size=30), st.integers(0, 60))
def test_a_range_holds_no_number_twice_and_none_beyond_the_model(text: str, most: int) -> None:
    try:
        found = numbers(text, most)
    except SettingError:
        return
    assert len(found) == len(set(found))
    assert all(1 <= number <= most for number in found)


@pytest.mark.parametrize(
    ("text", "n", "made"),
    [
        ("{n}", 7, "7"),
        ("{n:03}", 7, "007"),
        ("{n+199}", 1, "200"),
        ("{n-1}", 1, "0"),
        ("10{n:02}", 5, "1005"),
        ("{n+199:05}/{n}", 3, "00202/3"),
        ("plain 50% n", 3, "plain 50% n"),
        ("", 3, ""),
    ],
)
def test_a_counter_counts(text: str, n: int, made: str) -> None:
    assert counted(text, n) == made


@pytest.mark.parametrize(
    "text", ["{n-8}", "{", "}", "{x}", "{n:3}", "{n!r}", "{n.__class__}", "{{n}}"]
)
def test_braces_that_are_no_counter_are_refused(text: str) -> None:
    with pytest.raises(SettingError, match="value: "):
        counted(text, 7)


@settings(max_examples=40)
@given(st.text(st.characters(exclude_characters="{}"), max_size=30), st.integers(1, 999))
def test_a_text_without_braces_stands_as_it_is(text: str, n: int) -> None:
    assert counted(text, n) == text


@settings(max_examples=40)
@given(st.integers(1, 400), st.integers(0, 10**6), st.integers(1, 9))
def test_counters_of_different_numbers_differ(n: int, shift: int, width: int) -> None:
    text = f"{{n+{shift}:0{width}}}"
    assert int(counted(text, n)) == n + shift
    assert counted(text, n) != counted(text, n + 1)
