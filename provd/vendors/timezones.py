"""Time zones as phones want them, computed from the system's zone data.

Phones know no IANA names: they take an offset and a rule for daylight saving. The rule is taken
from the transitions of the current year, so that a phone is right all year even where the law
follows the moon; years to come only decide whether a fourth Sunday means the last one.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LAST = 5
_YEARS_AHEAD = 12
_COMMON_YEAR = 2001


@dataclass(frozen=True, slots=True)
class Change:
    """When clocks change, by the wall clock before the change.

    `week` is 1 to 4, or 5 for the last of the month; `weekday` is 1 Monday to 7 Sunday (ISO 8601);
    `hour` is rounded down, for phones that know whole hours only.
    """

    month: int
    week: int
    weekday: int
    hour: int
    minute: int

    @property
    def last(self) -> bool:
        return self.week == LAST

    @property
    def first_day(self) -> int:
        """The first day of the month on which the week can begin: 1, 8, 15, 22."""
        return 1 + 7 * (min(self.week, 4) - 1)

    @property
    def earliest_day(self) -> int:
        """The first day of the month on which it can be: 1, 8, 15, 22, or seven before the end."""
        return monthrange(_COMMON_YEAR, self.month)[1] - 6 if self.last else self.first_day

    @property
    def sunday_first(self) -> int:
        """The weekday as 1 Sunday to 7 Saturday."""
        return self.weekday % 7 + 1

    @property
    def posix(self) -> str:
        """M3.5.0/02:00:00 (POSIX.1-2017, 8.3)."""
        day = f"M{self.month}.{self.week}.{self.weekday % 7}"
        return f"{day}/{self.hour:02}:{self.minute:02}:00"

    def dated(self, year: int) -> str:
        """032902: month, day and hour in that year, for phones that know no weeks."""
        first = date(year, self.month, self.first_day)
        day = first.day + (self.weekday - first.isoweekday()) % 7
        if self.last and day + 7 <= monthrange(year, self.month)[1]:
            day += 7
        return f"{self.month:02}{day:02}{self.hour:02}"


@dataclass(frozen=True, slots=True)
class ZoneRule:
    """A zone in one year. `standard` is seconds east of UTC outside daylight saving, `saving` the
    seconds added within it, from `start` to `end`; without it saving is 0 and both are None. `zone`
    is the IANA name, `day` the day for which it was asked."""

    standard: int
    saving: int
    start: Change | None
    end: Change | None
    names: tuple[str, str]
    zone: str = field(default="", compare=False)
    day: date = field(default=date.min, compare=False)

    @property
    def saving_minutes(self) -> int:
        return self.saving // 60

    @property
    def signed_hours(self) -> str:
        """+1, -5, +5:30; UTC is 0."""
        if self.standard == 0:
            return "0"
        sign = "-" if self.standard < 0 else "+"
        hours, minutes = divmod(abs(self.standard) // 60, 60)
        return f"{sign}{hours}:{minutes:02}" if minutes else f"{sign}{hours}"

    @property
    def colon_hours(self) -> str:
        """+01:00, -05:00, +05:30; UTC is +00:00."""
        return _with_colon(self.standard)

    @property
    def colon_summer_hours(self) -> str:
        """The same within daylight saving."""
        return _with_colon(self.standard + self.saving)

    @property
    def posix(self) -> str:
        """CET-1CEST-2,M3.5.0/02:00:00,M10.5.0/03:00:00 (POSIX.1-2017, 8.3: west is positive)."""
        standard = f"{self.names[0]}{_posix_offset(self.standard)}"
        if self.start is None or self.end is None:
            return standard
        summer = f"{self.names[1]}{_posix_offset(self.standard + self.saving)}"
        return f"{standard}{summer},{self.start.posix},{self.end.posix}"


def zone_rule(name: str, today: date) -> ZoneRule:
    """The rule of an IANA zone in today's year.

    A year without exactly one change forth and one back (a law that changed, two Ramadans) has no
    rule that phones could be told: they get today's offset.
    """
    found = _yearly(name, today.year) or _fixed(ZoneInfo(name), today)
    return replace(found, zone=name, day=today)


def alike(rule: ZoneRule, names: Iterable[str]) -> str | None:
    """Of some zones the first whose clocks go as the rule's, that year: for phones that know a
    closed list of zones. The zone itself is preferred."""
    known = list(names)
    if rule.zone in known:
        return rule.zone
    return next((name for name in known if _clock(zone_rule(name, rule.day)) == _clock(rule)), None)


def same_offset(rule: ZoneRule, names: Iterable[str]) -> str | None:
    """Of some zones the first that is as far from UTC outside daylight saving: for phones that know
    a closed list of zones, and are told daylight saving besides."""
    found = (name for name in names if zone_rule(name, rule.day).standard == rule.standard)
    return next(found, None)


def _clock(rule: ZoneRule) -> tuple[object, ...]:
    return rule.standard, rule.saving, rule.start, rule.end


@lru_cache(maxsize=1024)
def _yearly(name: str, year: int) -> ZoneRule | None:
    zone = ZoneInfo(name)
    changes = _changes(zone, year)
    if len(changes) != 2:
        return None
    start, end = sorted(changes, key=lambda at: _offset(zone, at), reverse=True)
    standard, summer = _offset(zone, end), _offset(zone, start)
    return ZoneRule(
        standard,
        summer - standard,
        _change(zone, start, year),
        _change(zone, end, year),
        (_name(zone, end, "LTZ"), _name(zone, start, "LDT")),
    )


def _fixed(zone: ZoneInfo, today: date) -> ZoneRule:
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    name = _name(zone, noon, "LTZ")
    return ZoneRule(_offset(zone, noon), 0, None, None, (name, name))


@lru_cache(maxsize=1024)
def _changes(zone: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """The moments of the year (UTC) from which another offset holds, to the minute. A zone's years
    to come are asked for by each of its changes."""
    found = []
    day = datetime(year, 1, 1, tzinfo=UTC)
    offset = _offset(zone, day)
    while day.year == year:
        following = day + timedelta(days=1)
        next_offset = _offset(zone, following)
        if offset != next_offset:
            found.append(_first_minute(zone, day, following))
        day, offset = following, next_offset
    return tuple(found)


def _first_minute(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = _offset(zone, before)
    while after - before > timedelta(minutes=1):
        middle = before + timedelta(minutes=(after - before) // timedelta(minutes=2))
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _change(zone: ZoneInfo, at: datetime, year: int) -> Change:
    wall = _wall(zone, at)
    in_years = [wall, *_same_change(zone, wall, year)]
    last = _from_end(wall) and all(_from_end(other) for other in in_years)
    week = LAST if last else (wall.day - 1) // 7 + 1
    return Change(wall.month, week, wall.isoweekday(), wall.hour, wall.minute)


def _same_change(zone: ZoneInfo, wall: datetime, year: int) -> list[datetime]:
    """The change of the years to come that falls in the same month on the same weekday."""
    walls = (
        _wall(zone, at)
        for later in range(year + 1, year + _YEARS_AHEAD)
        for at in _changes(zone, later)
    )
    alike = (wall.month, wall.isoweekday())
    return [other for other in walls if (other.month, other.isoweekday()) == alike]


def _from_end(wall: datetime) -> bool:
    return wall.day + 7 > monthrange(wall.year, wall.month)[1]


def _wall(zone: ZoneInfo, at: datetime) -> datetime:
    """The wall clock as it would have gone on without the change."""
    return (at + timedelta(seconds=_offset(zone, at - timedelta(minutes=1)))).replace(tzinfo=None)


def _offset(zone: ZoneInfo, at: datetime) -> int:
    return int((at.astimezone(zone).utcoffset() or timedelta()).total_seconds())


def _name(zone: ZoneInfo, at: datetime, otherwise: str) -> str:
    """The zone's abbreviation, if it is of letters; many zones have only a number."""
    name = at.astimezone(zone).tzname() or ""
    return name if name.isalpha() and name.isascii() and len(name) >= 3 else otherwise


def _with_colon(east: int) -> str:
    hours, minutes = divmod(abs(east) // 60, 60)
    return f"{'-' if east < 0 else '+'}{hours:02}:{minutes:02}"


def _posix_offset(east: int) -> str:
    hours, minutes = divmod(abs(east) // 60, 60)
    sign = "-" if east > 0 else ""
    return f"{sign}{hours}:{minutes:02}" if minutes else f"{sign}{hours}"
