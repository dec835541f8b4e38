"""Time zones and instants as operations need them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from provd.billing.days import start_of_day, zone_named
from provd.errors import InputError


def zone_from(name: str) -> str:
    """Raises InputError unless it is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"“{name[:60]}” is not a time zone", key="time_zone", remedy="Write it as Europe/Berlin"
        ) from None
    return name


def day_start(day: date, zone: str) -> datetime:
    """The first instant of a day in that zone, in UTC."""
    return start_of_day(day, zone_named(zone))
