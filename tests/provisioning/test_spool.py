"""The spool loses nothing, whatever dies, and books nothing twice by itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.errors import StoreUnavailable
from provd.provisioning.journal import JournalEntry
from provd.provisioning.spool import BATCH, Spool, from_line, to_line

AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
ENTRY = JournalEntry(
    id="e1",
    at=AT,
    finished_at=AT,
    mac=Mac("805ec0123456"),
    device_id=7,
    path="805ec0123456.cfg",
    transport="https",
    address="2001:db8::7",
    agent="Ünïcode “agent”\nwith a line break",
    status="200",
    reason="",
    bytes_sent=4212,
    size=4212,
    whole=True,
    place=Place.SITE,
    boot_id="b1",
    file_kind="device",
    completes_boot=True,
    required_kinds=("device", "settings"),
)
UNKNOWN = replace(ENTRY, id="e2", mac=None, device_id=None, place=None, whole=False)


class Books:
    """What has been booked, and what shall fail."""

    def __init__(self) -> None:
        self.entries: list[JournalEntry] = []
        self.calls = 0
        self.away = False
        self.sick: set[str] = set()

    def __call__(self, entries: Sequence[JournalEntry]) -> None:
        self.calls += 1
        if self.away:
            raise StoreUnavailable("stopped")
        if self.sick & {entry.id for entry in entries}:
            raise RuntimeError("a sick entry")
        self.entries += entries


def entries(count: int) -> list[JournalEntry]:
    return [replace(ENTRY, id=f"n{number}") for number in range(count)]


@pytest.mark.parametrize("entry", [ENTRY, UNKNOWN])
def test_an_entry_comes_back_from_its_line_as_it_was(entry: JournalEntry) -> None:
    line = to_line(entry)
    assert line.count(b"\n") == 1
    assert from_line(line) == entry


def test_it_books_in_order_and_in_batches(tmp_path: Path) -> None:
    books = Books()
    spool = Spool(tmp_path / "spool", books)
    for entry in entries(BATCH + 5):
        spool.append(entry)
    assert spool.drain() == BATCH + 5
    assert books.entries == entries(BATCH + 5)
    assert books.calls == 2


def test_what_is_booked_leaves_the_file(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", Books())
    spool.append(ENTRY)
    assert spool.waiting_bytes > 0
    spool.drain()
    assert spool.waiting_bytes == 0
    assert (tmp_path / "spool").stat().st_size == 0
    assert spool.drain() == 0


def test_while_the_database_is_away_entries_wait_and_are_booked_once(tmp_path: Path) -> None:
    books = Books()
    spool = Spool(tmp_path / "spool", books)
    books.away = True
    for entry in entries(3):
        spool.append(entry)
        with pytest.raises(StoreUnavailable):
            spool.drain()
    books.away = False
    assert spool.drain() == 3
    assert books.entries == entries(3)


def test_another_process_books_what_a_killed_one_left(tmp_path: Path) -> None:
    killed = Spool(tmp_path / "spool", Books())
    killed.append(ENTRY)
    killed.close()  # as the kernel does
    books = Books()
    assert Spool(tmp_path / "spool", books).drain() == 1
    assert books.entries == [ENTRY]


def test_a_torn_last_line_is_put_aside_and_harms_no_other(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    path.write_bytes(to_line(ENTRY) + to_line(UNKNOWN)[:40])
    books = Books()
    spool = Spool(path, books)
    spool.drain()
    spool.append(replace(ENTRY, id="later"))
    spool.drain()
    assert [entry.id for entry in books.entries] == ["e1", "later"]
    assert (tmp_path / "spool.rejected").read_bytes() == to_line(UNKNOWN)[:40] + b"\n"


def test_a_sick_entry_is_put_aside_and_the_others_are_booked(tmp_path: Path) -> None:
    books = Books()
    books.sick = {"n1"}
    spool = Spool(tmp_path / "spool", books)
    for entry in entries(3):
        spool.append(entry)
    spool.drain()
    assert [entry.id for entry in books.entries] == ["n0", "n2"]
    assert from_line((tmp_path / "spool.rejected").read_bytes()).id == "n1"


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    Spool(tmp_path / "spool", Books())
    assert (tmp_path / "spool").stat().st_mode & 0o777 == 0o600
