from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provd.billing.days import check_aware, local_date, start_of_day, zone_named
from provd.errors import InputError

from .samples import utc

ZONES = sorted(available_timezones())
days = st.dates(date(1900, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("Europe/Berlin", "2026-07-01", "2026-06-30 22:00"),
        ("Europe/Berlin", "2026-12-01", "2026-11-30 23:00"),
        # Cairo puts its clocks forward at midnight: 2026-04-24 has no 00:00 and begins at 01:00.
        ("Africa/Cairo", "2026-04-24", "2026-04-23 22:00"),
        # Havana puts them back at 01:00: 2026-11-01 has two midnights and begins with the first.
        ("America/Havana", "2026-11-01", "2026-11-01 04:00"),
        # Toronto jumped from 23:30 to 00:30 in 1919: the gap begins before midnight.
        ("America/Toronto", "1919-03-31", "1919-03-31 04:30"),
        # Samoa had no 2011-12-30: it and the day after begin with the jump over it.
        ("Pacific/Apia", "2011-12-30", "2011-12-30 10:00"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30 10:00"),
    ],
)
def test_a_day_begins_where_its_clocks_say(zone: str, day: str, instant: str) -> None:
    assert start_of_day(date.fromisoformat(day), ZoneInfo(zone)) == utc(instant)


@given(st.sampled_from(ZONES), days)
@example("Pacific/Apia", date(2011, 12, 30))
@example("America/St_Johns", date(2010, 11, 7))
def test_no_instant_before_its_start_belongs_to_a_day(name: str, day: date) -> None:
    zone = ZoneInfo(name)
    start = start_of_day(day, zone)
    assert local_date(start, zone) >= day
    assert local_date(start - timedelta(microseconds=1), zone) < day
    assert start <= start_of_day(day + timedelta(days=1), zone)


def test_a_day_that_utc_does_not_have_is_an_input_error() -> None:
    with pytest.raises(InputError, match="0001-01-01 is no day of these books"):
        start_of_day(date.min, zone_named("Europe/Berlin"))


def test_an_unknown_zone_is_an_input_error() -> None:
    for name in ("Europe/Atlantis", "", "../etc/passwd", "Europe"):
        with pytest.raises(InputError, match="no time zone"):
            zone_named(name)


def test_a_time_without_a_zone_is_an_input_error() -> None:
    check_aware(datetime(2026, 1, 1, tzinfo=UTC), "until")
    with pytest.raises(InputError, match=r"until: .* has no time zone"):
        check_aware(datetime(2026, 1, 1), "until")  # noqa: DTZ001 - the very mistake
