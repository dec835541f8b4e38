"""Times are kept to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.store.fields import from_microseconds, to_json, to_microseconds


@given(st.datetimes(timezones=st.timezones()))
def test_a_time_comes_back_as_the_same_instant(at: datetime) -> None:
    back = from_microseconds(to_microseconds(at.astimezone(UTC)))
    assert back == at.astimezone(UTC)
    assert back.tzinfo is UTC


def test_a_zone_is_no_part_of_an_instant() -> None:
    at = datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=3)))
    assert from_microseconds(to_microseconds(at)) == datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        to_microseconds(datetime(2026, 11, 22))  # noqa: DTZ001  # that is the point


def test_equal_values_are_equal_json() -> None:
    assert to_json({"b": [1, "ü"], "a": None}) == to_json({"a": None, "b": [1, "ü"]})
