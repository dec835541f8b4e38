from __future__ import annotations

from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.billing.period import Cycle, Interval, Period, full_period_of, periods

intervals = st.sampled_from(Interval)
cycles = st.sampled_from(Cycle)
anchors = st.dates(date(1999, 1, 1), date(2060, 12, 31))


def starts(anchor: str, interval: Interval, cycle: Cycle, count: int) -> list[str]:
    found = periods(date.fromisoformat(anchor), interval, cycle, date(2100, 1, 1))
    return [str(period.start) for period in islice(found, count)]


def test_a_31st_comes_back_after_february() -> None:
    assert starts("2027-01-31", Interval.MONTH, Cycle.ANNIVERSARY, 4) == [
        "2027-01-31",
        "2027-02-28",
        "2027-03-31",
        "2027-04-30",
    ]


def test_a_leap_day_comes_back_after_four_years() -> None:
    assert starts("2024-02-29", Interval.YEAR, Cycle.ANNIVERSARY, 5) == [
        "2024-02-29",
        "2025-02-28",
        "2026-02-28",
        "2027-02-28",
        "2028-02-29",
    ]


@pytest.mark.parametrize(
    ("interval", "second"),
    [
        (Interval.MONTH, "2026-06-01"),
        (Interval.QUARTER, "2026-07-01"),
        (Interval.YEAR, "2027-01-01"),
    ],
)
def test_a_calendar_cycle_goes_on_at_the_next_boundary(interval: Interval, second: str) -> None:
    assert starts("2026-05-22", interval, Cycle.CALENDAR, 2) == ["2026-05-22", second]


def test_a_period_that_would_begin_at_the_limit_is_left_out() -> None:
    limit = date(2026, 3, 1)
    found = list(periods(date(2026, 1, 1), Interval.MONTH, Cycle.CALENDAR, limit))
    assert found[-1] == Period(date(2026, 2, 1), limit)
    assert list(periods(limit, Interval.MONTH, Cycle.CALENDAR, limit)) == []


@given(anchors, intervals, cycles)
def test_periods_tile_without_gap_or_overlap(
    anchor: date, interval: Interval, cycle: Cycle
) -> None:
    found = list(periods(anchor, interval, cycle, anchor + timedelta(days=1500)))
    assert found[0].start == anchor
    assert all(one.end == other.start for one, other in pairwise(found))
    assert found[-1].end >= anchor + timedelta(days=1500)


@given(anchors, intervals, cycles, st.integers(0, 40), st.data())
def test_every_piece_knows_the_full_period_it_falls_in(
    anchor: date, interval: Interval, cycle: Cycle, count: int, data: st.DataObject
) -> None:
    found = list(islice(periods(anchor, interval, cycle, date(2200, 1, 1)), count + 1))[-1]
    start = data.draw(st.dates(found.start, found.last_day))
    end = data.draw(st.dates(start + timedelta(days=1), found.end))
    full = full_period_of(Period(start, end), anchor, interval, cycle)
    assert full.start <= start
    assert end <= full.end == found.end
    assert full.start == found.start or (count == 0 and cycle is Cycle.CALENDAR)


def test_a_piece_over_a_boundary_is_refused() -> None:
    piece = Period(date(2026, 1, 31), date(2026, 2, 2))
    with pytest.raises(ValueError, match="reaches over the boundary on 2026-02-01"):
        full_period_of(piece, date(2026, 1, 1), Interval.MONTH, Cycle.CALENDAR)


def test_a_period_has_at_least_a_day() -> None:
    with pytest.raises(ValueError, match="no day lies between"):
        Period(date(2026, 1, 1), date(2026, 1, 1))


def test_people_read_the_last_day_included() -> None:
    december = Period(date(2026, 12, 1), date(2027, 1, 1))
    assert str(december) == "2026-12-01 to 2026-12-31"
    assert december.days == 31
