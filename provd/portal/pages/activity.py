"""What goes on: boots and refusals by the minute, and to the provider its server.

A reseller sees its own phones', out of the journal. The provider sees everything that was counted,
strangers' requests included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request

from provd.devices.account import Role
from provd.exchange import Reason, Transport
from provd.portal.access import SELLERS, allowed
from provd.portal.charts import Chart, chart
from provd.portal.context import actor, operations, portal
from provd.vitals import AT, Minute

activity = Blueprint("activity", __name__)

HOUR = 60
QUARTER = 15
"""Minutes of a bar in the chart of a day."""

FRAGMENT = "fetch"
BOOTS = (Transport.HTTPS.value, Transport.HTTP.value, Transport.TFTP.value)
REFUSED = "refused"
HARMLESS = Reason.NO_SUCH_FILE.value
"""Phones ask for files that they can do without."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A reason with how often it was given; `minute` is the last one that is over."""

    reason: str
    minute: int
    hour: int
    day: int


@dataclass(frozen=True, slots=True)
class Found:
    """How files were found in the last hour."""

    memory: int
    thread: int

    @property
    def percent(self) -> float | None:
        """From memory; None when none was asked for."""
        total = self.memory + self.thread
        return 100 * self.memory / total if total else None


@activity.get("/activity")
@allowed(SELLERS)
def show() -> str:
    still = "still" in request.args
    return _page(still=still)


@activity.get("/activity/now")
@allowed(SELLERS, background=True)
def again() -> str:
    """The page anew, for whoever looks on: the script gets what changes alone."""
    if request.headers.get("X-Requested-With") == FRAGMENT:
        return render_template("activity/_now.html", **_values())
    return _page(still=False)


def _page(*, still: bool) -> str:
    return render_template("activity/activity.html", still=still, **_values())


def _values() -> dict[str, object]:
    who = actor()
    server = portal().server if who.role is Role.ADMIN else None
    minutes = server.minutes() if server else operations().activity.minutes(who)
    hour = minutes[-HOUR:]
    return {
        "hour": _boots(hour),
        "day": _boots(minutes, QUARTER),
        "refused_hour": _refusals(hour),
        "refused_day": _refusals(minutes, QUARTER),
        "refusals": _by_reason(minutes),
        "last": minutes[-2],
        "harmless": HARMLESS,
        "at": portal().clock(),
        "everybody": server is not None,
        "now": server.vitals.now() if server else None,
        "silenced": server.vitals.silenced() if server else (),
        "lost": server.vitals.counts()[AT["spool_lost"]] if server else 0,
        "health": server.health() if server else None,
        "found": Found(
            sum(minute.from_memory for minute in hour), sum(minute.from_thread for minute in hour)
        ),
    }


def _boots(minutes: Sequence[Minute], span: int = 1) -> Chart:
    return chart(minutes, BOOTS, lambda minute: minute.boots, span=span)


def _refusals(minutes: Sequence[Minute], span: int = 1) -> Chart:
    return chart(minutes, (REFUSED,), lambda minute: {REFUSED: _refused(minute)}, span=span)


def _refused(minute: Minute) -> int:
    return sum(number for reason, number in minute.refusals.items() if reason != HARMLESS)


def _by_reason(minutes: Sequence[Minute]) -> list[Refused]:
    """The most frequent of the day first, but harmless ones last."""
    day = _sums(minutes)
    hour, minute = _sums(minutes[-HOUR:]), _sums(minutes[-2:-1])
    ordered = sorted(day, key=lambda reason: (reason == HARMLESS, -day[reason], reason))
    return [Refused(reason, minute[reason], hour[reason], day[reason]) for reason in ordered]


def _sums(minutes: Sequence[Minute]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for minute in minutes:
        sums.update(minute.refusals)
    return sums
