"""Days of a place, and the instants at which they begin."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from provd.errors import InputError

_SECOND = timedelta(seconds=1)


def zone_named(name: str) -> ZoneInfo:
    """Raises InputError for a name that is not in the IANA time zone database."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"there is no time zone “{name}”",
            key="time_zone",
            remedy="Use a name of the IANA database, such as Europe/Berlin",
        ) from None


def check_aware(instant: datetime, key: str) -> None:
    """Raises InputError for a time without a zone: which instant it means is anybody's guess."""
    if instant.utcoffset() is None:
        raise InputError(f"{instant} has no time zone", key=key, remedy="Give it in UTC")


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """The day it is at `instant` in `zone`."""
    return instant.astimezone(zone).date()


@lru_cache(maxsize=4_096)
def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant, in UTC, at which it is `day` in `zone`.

    Where clocks are put forward over midnight the day begins at the jump, and where they are put
    back over it, with the first of the two midnights. A day that a place skipped altogether
    (Pacific/Apia, 2011-12-30) begins, and ends, at the jump over it. Remembered, because a billing
    run asks for the same few days of all subscriptions. Raises InputError at either end of the
    calendar, where UTC has another year than the zone, and there is none.
    """
    midnight = datetime.combine(day, time(), tzinfo=zone)
    try:
        instant = midnight.astimezone(UTC)
    except OverflowError:
        raise InputError(f"{day} is no day of these books", key="day") from None
    if instant.astimezone(zone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return instant
    # PEP 495: in a gap, fold=1 reads the clock as set after the jump, fold=0 as set before it,
    # which puts the jump between the two.
    return _jump(midnight.replace(fold=1).astimezone(UTC), instant, day, zone)


def _jump(before: datetime, after: datetime, day: date, zone: ZoneInfo) -> datetime:
    """The first whole second in (before, after] at which it is `day` or later."""
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if local_date(middle, zone) < day:
            before = middle
        else:
            after = middle
    return after
