"""Rules for phones, against what the zone data itself says of every hour of a year."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from provd.vendors.timezones import Change, alike, same_offset, zone_rule

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("zone", "posix"),
    [
        ("Europe/Berlin", "CET-1CEST-2,M3.5.0/02:00:00,M10.5.0/03:00:00"),
        ("America/New_York", "EST5EDT4,M3.2.0/02:00:00,M11.1.0/02:00:00"),
        ("Australia/Sydney", "AEST-10AEDT-11,M10.1.0/02:00:00,M4.1.0/03:00:00"),
        ("Australia/Lord_Howe", "LTZ-10:30LDT-11,M10.1.0/02:00:00,M4.1.0/02:00:00"),
        ("Europe/Dublin", "GMT0IST-1,M3.5.0/01:00:00,M10.5.0/02:00:00"),
        ("Asia/Kolkata", "IST-5:30"),
        ("UTC", "UTC0"),
        ("America/St_Johns", "NST3:30NDT2:30,M3.2.0/02:00:00,M11.1.0/02:00:00"),
    ],
)
def test_posix_form(zone: str, posix: str) -> None:
    assert zone_rule(zone, TODAY).posix == posix


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("Europe/Berlin", "+1"), ("America/New_York", "-5"), ("Asia/Kolkata", "+5:30"), ("UTC", "0"),
     ("America/St_Johns", "-3:30")],
)  # fmt: skip
def test_signed_hours(zone: str, hours: str) -> None:
    assert zone_rule(zone, TODAY).signed_hours == hours


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("Europe/Berlin", "+01:00"), ("America/St_Johns", "-03:30"), ("UTC", "+00:00")],
)
def test_hours_with_a_colon(zone: str, hours: str) -> None:
    assert zone_rule(zone, TODAY).colon_hours == hours


@pytest.mark.parametrize(
    ("zone", "year", "dates"),
    [
        ("Europe/Berlin", 2026, ["032902", "102503"]),
        ("Europe/Berlin", 2027, ["032802", "103103"]),  # October's last Sunday is its fifth
        ("America/New_York", 2026, ["030802", "110102"]),
        ("Australia/Sydney", 2026, ["100402", "040503"]),
    ],
)
def test_changes_as_dates_of_a_year(zone: str, year: int, dates: list[str]) -> None:
    rule = zone_rule(zone, TODAY)
    assert [change.dated(year) for change in (rule.start, rule.end) if change] == dates


def test_summer_hours_with_a_colon() -> None:
    assert zone_rule("America/St_Johns", TODAY).colon_summer_hours == "-02:30"
    assert zone_rule("Australia/Lord_Howe", TODAY).colon_summer_hours == "+11:00"


def test_the_last_sunday_is_the_last_where_it_is_the_fourth_too() -> None:
    march = zone_rule("Europe/Berlin", date(2027, 1, 1)).start
    assert march == Change(month=3, week=5, weekday=7, hour=2, minute=0)
    assert march.last
    assert march.first_day == 22
    assert march.sunday_first == 1


def test_a_second_sunday_is_counted_from_the_beginning() -> None:
    march = zone_rule("America/New_York", TODAY).start
    assert march == Change(month=3, week=2, weekday=7, hour=2, minute=0)
    assert not march.last
    assert march.first_day == 8


def test_a_zone_that_gave_up_daylight_saving_has_none_afterwards() -> None:
    assert zone_rule("Europe/Istanbul", date(2015, 7, 1)).start is not None
    assert zone_rule("Europe/Istanbul", TODAY).start is None


def test_a_year_without_one_change_forth_and_back_gets_today_s_offset() -> None:
    # Istanbul changed in March 2016 and stayed.
    assert zone_rule("Europe/Istanbul", date(2016, 1, 15)).standard == 2 * 3600
    assert zone_rule("Europe/Istanbul", date(2016, 12, 15)).standard == 3 * 3600


@pytest.mark.parametrize("year", [2025, 2026, 2027, 2028])
@pytest.mark.parametrize(
    "name",
    ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Europe/Dublin", "Africa/Casablanca",
     "Africa/Cairo", "America/Santiago", "Asia/Jerusalem", "America/Nuuk", "Pacific/Auckland"],
)  # fmt: skip
def test_the_rule_gives_the_zone_s_own_time_at_every_hour_of_the_year(name: str, year: int) -> None:
    rule = zone_rule(name, date(year, 6, 1))
    zone = ZoneInfo(name)
    assert rule.start is not None
    assert rule.end is not None
    start = _moment(rule.start, year) - timedelta(seconds=rule.standard)
    end = _moment(rule.end, year) - timedelta(seconds=rule.standard + rule.saving)
    at = datetime(year, 1, 1)  # noqa: DTZ001  # UTC, compared with the rule's own naive moments
    while at.year == year:
        saving = start <= at < end if start < end else not end <= at < start
        expected = at.replace(tzinfo=UTC).astimezone(zone).utcoffset()
        assert timedelta(seconds=rule.standard + saving * rule.saving) == expected, at
        at += timedelta(hours=1)


def _moment(change: Change, year: int) -> datetime:
    """As a phone computes it: the n-th or last weekday of the month, by the wall clock."""
    days = [
        day
        for day in range(1, monthrange(year, change.month)[1] + 1)
        if date(year, change.month, day).isoweekday() == change.weekday
    ]
    day = days[-1] if change.last else days[change.week - 1]
    return datetime(year, change.month, day, change.hour, change.minute)  # noqa: DTZ001  # wall clock


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("Europe/Vienna", "Europe/Berlin"),
        ("Europe/Paris", "Europe/Paris"),  # its own name before another's that goes alike
        ("America/Mexico_City", "America/Regina"),  # no longer America/Chicago
        ("Australia/Lord_Howe", None),
    ],
)
def test_a_zone_of_a_closed_list_goes_alike_all_year(zone: str, name: str | None) -> None:
    names = ["Europe/Berlin", "Europe/Paris", "America/Chicago", "America/Regina"]
    assert alike(zone_rule(zone, TODAY), names) == name


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("America/New_York", (8, 1)),
        ("Europe/Berlin", (25, 25)),  # the last Sunday of a month of 31 days
        ("Asia/Beirut", (25, 25)),
        ("Africa/Cairo", (24, 25)),
    ],
)
def test_the_day_from_which_on_a_weekday_counts(zone: str, days: tuple[int, int]) -> None:
    rule = zone_rule(zone, TODAY)
    assert rule.start is not None
    assert rule.end is not None
    assert (rule.start.earliest_day, rule.end.earliest_day) == days


def test_a_zone_is_found_by_its_offset_in_winter_alone() -> None:
    known = ["America/New_York", "America/Chicago"]
    mexico = zone_rule("America/Mexico_City", TODAY)
    assert alike(mexico, known) is None
    assert same_offset(mexico, known) == "America/Chicago"
    assert same_offset(zone_rule("Europe/Berlin", TODAY), known) is None
