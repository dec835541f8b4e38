"""Billing periods: whole local days, half-open, recurring from an anchor.

Every boundary is computed from the anchor, never from the boundary before it, so a subscription
begun on the 31st renews on Feb 28 and then again on Mar 31.
"""

from __future__ import annotations

import calendar
import enum
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache


class Cycle(enum.StrEnum):
    """Where the boundaries lie: on the first of a month, quarter or year, or on the anchor's day
    of the month (the month's last day where it is shorter)."""

    CALENDAR = "calendar"
    ANNIVERSARY = "anniversary"


class Timing(enum.StrEnum):
    """When a period is charged: as it begins, or when it is over."""

    ADVANCE = "advance"
    ARREARS = "arrears"


class Interval(enum.StrEnum):
    """How long a full period is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        return {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: 12}[self]


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `start` up to, but not including, `end`, in the issuer's time zone."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"no day lies between {self.start} and {self.end}")

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    def __str__(self) -> str:
        """As people write it, the last day included."""
        return f"{self.start} to {self.last_day}"


def periods(
    anchor: date, interval: Interval, cycle: Cycle, until: date, since: date | None = None
) -> Iterator[Period]:
    """The periods from `anchor` on that begin before `until`, without gap or overlap; those that
    ended before `since` may be left out.

    On the calendar cycle the first runs from the anchor to the next boundary and may be short.
    """
    origin = _origin(anchor, interval, cycle)
    skipped = 0
    if since is not None and since > origin:
        # One less: the boundary of that month may come after the day.
        skipped = max(0, months_between(origin, since) // interval.months - 1)
    for count in itertools.count(skipped):
        start = max(anchor, _boundary(origin, interval, count))
        if start >= until:
            return
        yield Period(start, _boundary(origin, interval, count + 1))


@lru_cache(maxsize=4_096)
def full_period_of(piece: Period, anchor: date, interval: Interval, cycle: Cycle) -> Period:
    """The full period that `piece` falls in; a piece is charged for its share of that one's days.

    Raises ValueError when the piece reaches over a boundary.
    """
    origin = _origin(anchor, interval, cycle)
    count = months_between(origin, piece.start) // interval.months
    if _boundary(origin, interval, count) > piece.start:
        count -= 1
    full = Period(_boundary(origin, interval, count), _boundary(origin, interval, count + 1))
    if piece.end > full.end:
        raise ValueError(f"{piece} reaches over the boundary on {full.end}")
    return full


def months_between(one: date, other: date) -> int:
    """Of the two calendar months, whatever the days."""
    return (other.year - one.year) * 12 + other.month - one.month


def months_later(day: date, months: int) -> date:
    """The same day of the month, or the month's last where it is shorter."""
    return _boundary(day, Interval.MONTH, months)


def _origin(anchor: date, interval: Interval, cycle: Cycle) -> date:
    """The boundary at or before the anchor from which all others are counted."""
    if cycle is Cycle.ANNIVERSARY:
        return anchor
    first_month = (anchor.month - 1) // interval.months * interval.months + 1
    return date(anchor.year, first_month, 1)


@lru_cache(maxsize=4_096)
def _boundary(origin: date, interval: Interval, count: int) -> date:
    """The boundary `count` intervals after `origin`; on the month's last day if it is shorter."""
    year, month_before = divmod(origin.year * 12 + origin.month - 1 + count * interval.months, 12)
    last_day = calendar.monthrange(year, month_before + 1)[1]
    return date(year, month_before + 1, min(origin.day, last_day))
