"""Booking, on Twisted's own clock for tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from provd.errors import StoreBroken, StoreError, StoreUnavailable
from provd.jobs import GATHER, Booking
from provd.provisioning.journal import JournalEntry
from provd.provisioning.spool import Spool
from provd.provisioning.spool_lines import to_line

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ENTRY = JournalEntry(
    "1", NOW, NOW, None, None, "f", "tftp", "192.0.2.1", "", "OACK", "", 1, 1, True, None, "b",
    "", False,
)  # fmt: skip


class Database:
    """Takes entries while it is there."""

    away: StoreError | None = None

    def __init__(self) -> None:
        self.booked: list[JournalEntry] = []

    def book(self, entries: Sequence[JournalEntry]) -> None:
        if self.away:
            raise self.away
        self.booked += entries


def at_once(function: Callable[[], int]) -> Awaitable[int]:
    return succeed(function())


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def clock() -> Any:
    return Clock()


@pytest.fixture
def booking(database: Database, clock: Any, tmp_path: Path) -> Booking:
    return Booking(clock, Spool(tmp_path / "spool", database.book), at_once)


def test_nothing_waits_at_first(booking: Booking) -> None:
    assert (booking.waiting_bytes, booking.waiting_seconds) == (0, 0.0)


def test_the_wait_counts_from_the_first_entry_until_all_is_booked(
    booking: Booking, database: Database, clock: Any
) -> None:
    database.away = StoreUnavailable("away")
    booking.record(to_line(ENTRY))
    clock.advance(GATHER)
    clock.advance(0.5)
    booking.record(to_line(ENTRY))
    assert booking.waiting_seconds == pytest.approx(GATHER + 0.5)
    assert booking.waiting_bytes > 0
    assert booking.failures == 1
    database.away = None
    clock.advance(1)
    assert (booking.waiting_bytes, booking.waiting_seconds) == (0, 0.0)


def test_a_database_that_refuses_everything_is_waited_for(
    booking: Booking, database: Database, clock: Any, tmp_path: Path
) -> None:
    database.away = StoreBroken("permission denied")
    booking.record(to_line(ENTRY))
    clock.advance(GATHER)
    assert booking.failures == 1
    assert not (tmp_path / "spool.rejected").exists()
    database.away = None
    clock.advance(1)
    assert booking.waiting_bytes == 0


def test_what_a_former_process_left_waits_since_the_start(
    database: Database, clock: Any, tmp_path: Path
) -> None:
    left = Spool(tmp_path / "spool", database.book)
    left.append(to_line(ENTRY))
    left.close()
    booking = Booking(clock, Spool(tmp_path / "spool", database.book), at_once)
    clock.advance(7)
    assert booking.waiting_seconds == 7


class Disk:
    """Takes what is spooled while there is room."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = True
        append = Spool.append

        def try_to(spool: Spool, line: bytes) -> None:
            if self.full:
                raise OSError(28, "No space left on device")
            append(spool, line)

        monkeypatch.setattr(Spool, "append", try_to)


THREE = [replace(ENTRY, id=str(number)) for number in range(3)]


def test_what_a_full_disk_does_not_take_is_booked_without_it(
    booking: Booking, database: Database, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Disk(monkeypatch)
    for entry in THREE:
        booking.record(to_line(entry))
    assert booking.held == 3
    clock.advance(GATHER)
    assert database.booked == THREE
    assert (booking.held, booking.lost, booking.waiting_seconds) == (0, 0, 0.0)


def test_what_neither_disk_nor_database_take_waits_for_either(
    booking: Booking, database: Database, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    database.away = StoreUnavailable("full")
    for entry in THREE:
        booking.record(to_line(entry))
    clock.advance(GATHER)
    assert (booking.held, booking.failures) == (3, 1)
    assert booking.waiting_seconds == pytest.approx(GATHER)
    disk.full = False
    clock.advance(1)
    assert booking.held == 0
    assert booking.waiting_bytes > 0
    database.away = None
    clock.advance(2)
    assert database.booked == THREE
    assert (booking.lost, booking.waiting_seconds) == (0, 0.0)


def test_what_finds_no_room_in_memory_either_is_counted(
    booking: Booking, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    Disk(monkeypatch)
    database.away = StoreUnavailable("full")
    monkeypatch.setattr("provd.jobs.MOST_HELD", 2)
    for _ in range(3):
        booking.record(to_line(ENTRY))
    assert booking.lost == 1
    with structlog.testing.capture_logs() as said:
        Deferred.fromCoroutine(booking.stop())
    assert booking.lost == 3
    assert {"event": "entries_lost", "entries": 2, "log_level": "error"} in said
