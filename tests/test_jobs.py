"""Booking, on Twisted's own clock for tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import succeed
from twisted.internet.task import Clock

from provd.errors import StoreUnavailable
from provd.jobs import GATHER, Booking
from provd.provisioning.journal import JournalEntry
from provd.provisioning.spool import Spool

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ENTRY = JournalEntry(
    "1", NOW, NOW, None, None, "f", "tftp", "192.0.2.1", "", "OACK", "", 1, 1, True, None, "b",
    "", False,
)  # fmt: skip


class Database:
    """Takes entries while it is there."""

    away = False

    def book(self, entries: object) -> None:
        if self.away:
            raise StoreUnavailable("away")


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
    database.away = True
    booking.record(ENTRY)
    clock.advance(GATHER)
    clock.advance(0.5)
    booking.record(ENTRY)
    assert booking.waiting_seconds == pytest.approx(GATHER + 0.5)
    assert booking.waiting_bytes > 0
    assert booking.failures == 1
    database.away = False
    clock.advance(1)
    assert (booking.waiting_bytes, booking.waiting_seconds) == (0, 0.0)


def test_what_a_former_process_left_waits_since_the_start(
    database: Database, clock: Any, tmp_path: Path
) -> None:
    left = Spool(tmp_path / "spool", database.book)
    left.append(ENTRY)
    left.close()
    booking = Booking(clock, Spool(tmp_path / "spool", database.book), at_once)
    clock.advance(7)
    assert booking.waiting_seconds == 7


def test_an_entry_that_the_disk_does_not_take_is_counted(
    booking: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Spool, entry: JournalEntry) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Spool, "append", full)
    booking.record(ENTRY)
    assert booking.lost == 1
