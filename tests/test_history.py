"""Counts by the minute, through a day and a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from twisted.internet import task
from twisted.internet.defer import succeed

from provd.health import Health, Status
from provd.history import DAY, History
from provd.pulse import COPY, EVERY, SAVED_EVERY, Pulse
from provd.vitals import AT, SERIES, Counts, Minute
from tests.portal.vital_signs import FixedVitals

START = datetime(2026, 11, 22, 9, 30, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def booted(number: int) -> Counts:
    return tuple(number if name == "boots.https.site" else 0 for name in SERIES)


def boots(history: History, count: int) -> list[int | None]:
    """Of the last minutes; None where nobody counted."""
    return [m.boots["https"] if m.counted else None for m in history.minutes()[-count:]]


def test_what_came_since_the_last_look_belongs_to_the_minute() -> None:
    clock = Clock()
    history = History(clock)
    for seconds, number in ((0, 2), (30, 3), (60, 3), (85, 10)):
        clock.now = START + timedelta(seconds=seconds)
        history.take(booted(number))
    assert boots(history, 3) == [None, 3, 7]
    assert history.minutes()[-1].at == datetime(2026, 11, 22, 9, 31, tzinfo=UTC)
    assert len(history.minutes()) == DAY


def test_counts_that_fall_begin_anew() -> None:
    history = History(Clock())
    for number in (5, 2, 4):
        history.take(booted(number))
    assert boots(history, 1) == [7]


def test_a_day_is_kept_and_no_more() -> None:
    clock = Clock()
    history = History(clock)
    for number in range(DAY + 60):
        clock.now = START + number * MINUTE
        history.take(booted(number))
    assert boots(history, DAY) == [1] * DAY
    assert history.dump().count(b"boots.https.site") == DAY


def test_a_clock_that_jumps_leaves_nothing_in_the_future() -> None:
    clock = Clock()
    history = History(clock)
    clock.now = START + timedelta(days=9)
    history.take(booted(1))
    clock.now = START
    history.take(booted(3))
    assert boots(history, 1) == [2]
    assert history.dump().count(b"boots") == 1


def test_a_copy_is_read_by_the_names_of_its_series() -> None:
    clock = Clock()
    history = History(clock)
    history.take(booted(4))
    later = History(clock)
    later.load(history.dump().replace(b'"boots', b'"what.was.once":9,"boots'))
    assert boots(later, 1) == [4]
    later.take(booted(1))
    assert boots(later, 1) == [5]


@pytest.mark.parametrize("torn", [b"", b"{", b"[]", b'{"1":2}', b'{"x":{}}', b"\xff"])
def test_what_is_no_copy_changes_nothing(torn: bytes) -> None:
    history = History(Clock())
    history.take(booted(4))
    with pytest.raises(ValueError):
        history.load(torn)
    assert boots(history, 1) == [4]


class Told(FixedVitals):
    number = 0

    def counts(self) -> Counts:
        return booted(self.number)


def pulse(folder: Path, vitals: Told, reactor: task.Clock) -> Pulse:
    return Pulse(
        reactor,
        vitals,
        History(lambda: START + timedelta(seconds=reactor.seconds())),
        folder,
        health=lambda: Health(Status.OK, (), 1),
        in_thread=lambda function: succeed(function()),
    )


def last(of: Pulse) -> Minute:
    return of.minutes()[-1]


def test_a_restart_goes_on_where_the_process_before_ended(tmp_path: Path) -> None:
    reactor, vitals = task.Clock(), Told()
    first = pulse(tmp_path, vitals, reactor)
    first.start()
    vitals.number = 3
    first.stop()
    vitals.number = 0
    second = pulse(tmp_path, vitals, reactor)
    second.start()
    vitals.number = 2
    reactor.advance(EVERY)
    assert last(second).boots["https"] == 5


def test_what_the_process_before_counted_to_its_end_is_kept(tmp_path: Path) -> None:
    reactor, old, new = task.Clock(), Told(), Told()
    first, second = pulse(tmp_path, old, reactor), pulse(tmp_path, new, reactor)
    first.start()
    second.start()
    old.number = 3
    reactor.advance(EVERY)
    first.stop()
    reactor.advance(60)
    new.number = 2
    reactor.pump([EVERY] * SAVED_EVERY)
    counted = [minute.boots["https"] for minute in second.minutes() if minute.counted]
    assert (sum(counted), counted[0]) == (5, 3)
    second.stop()


def test_a_process_that_is_killed_loses_minutes_only(tmp_path: Path) -> None:
    reactor, vitals = task.Clock(), Told()
    killed = pulse(tmp_path, vitals, reactor)
    killed.start()
    vitals.number = 3
    reactor.pump([EVERY] * SAVED_EVERY)
    assert b"boots.https.site" in (tmp_path / COPY).read_bytes()
    assert (tmp_path / COPY).stat().st_mode & 0o777 == 0o600
    killed.stop()


def test_no_copy_can_stop_a_start(tmp_path: Path) -> None:
    (tmp_path / COPY).write_bytes(b"torn")
    of = pulse(tmp_path, Told(), task.Clock())
    with capture_logs() as log:
        of.start()
    assert [line["event"] for line in log] == ["activity_copy_unread"]
    of.stop()
    assert (tmp_path / COPY).read_bytes() != b"torn", "a good one takes its place"


def test_a_full_disk_costs_the_copy_alone(tmp_path: Path) -> None:
    of = pulse(tmp_path / "gone", Told(), task.Clock())
    (tmp_path / "gone").write_bytes(b"a file where the folder should be")
    with capture_logs() as log:
        of.start()
        of.stop()
    assert [line["event"] for line in log][-1] == "activity_copy_failed"


def test_every_series_has_one_place() -> None:
    assert len(AT) == len(SERIES)
