"""The spool loses nothing, whatever dies, and books nothing twice by itself."""

import errno
import os
import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.errors import StoreBroken, StoreError, StoreUnavailable
from provd.provisioning.journal import JournalEntry, new_id
from provd.provisioning.restraint import BUSY, Restraint
from provd.provisioning.spool import BATCH, CHUNK, LOOK_UP, Spool
from provd.provisioning.spool_lines import from_line, to_line

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
        self.away: StoreError | None = None
        self.sick: set[str] = set()

    def __call__(self, entries: Sequence[JournalEntry]) -> None:
        self.calls += 1
        if self.away:
            raise self.away
        if self.sick & {entry.id for entry in entries}:
            raise RuntimeError("a sick entry")
        self.entries += entries


def entries(count: int) -> list[JournalEntry]:
    return [replace(ENTRY, id=f"n{number}") for number in range(count)]


def test_ids_are_unlike_each_other_and_those_of_a_forked_process() -> None:
    own = [new_id() for _ in range(1_000)]
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, new_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    ids = {*own, os.read(reading, 100).decode(), new_id()}
    os.close(reading)
    os.close(writing)
    assert len(ids) == 1_002
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)
    assert len({one[:16] for one in ids}) == 2


def test_ids_of_one_process_follow_each_other() -> None:
    ids = [new_id() for _ in range(100)]
    assert ids == sorted(ids)


def test_it_books_in_order_and_in_batches(tmp_path: Path) -> None:
    books = Books()
    spool = Spool(tmp_path / "spool", books)
    for entry in entries(BATCH + 5):
        spool.append(to_line(entry))
    assert spool.drain() == BATCH + 5
    assert books.entries == entries(BATCH + 5)
    assert books.calls == 2


def spool_at_work(path: Path, seconds: float) -> tuple[Spool, list[float]]:
    """A spool each of whose batches takes that long in a process that has nothing else to do, and
    its rests."""
    rests = list[float]()
    return Spool(path, Books(), restraint=at_work(seconds), rest=rests.append), rests


def at_work(seconds: float, others: float = 0.0) -> Restraint:
    """Its clocks move with each look at them; `others` is what everybody else does then."""
    own, everybody, wall = count(), count(), count()
    return Restraint(
        lambda: next(own) * seconds,
        lambda: next(everybody) * (seconds + others),
        lambda: next(wall) * (seconds + others or 1.0),
    )


def test_between_two_batches_it_rests(tmp_path: Path) -> None:
    spool, rests = spool_at_work(tmp_path / "spool", 0.5)
    for entry in entries(2 * BATCH + 1):
        spool.append(to_line(entry))
    assert spool.drain() == 2 * BATCH + 1
    assert rests == [0.5, 0.5]


def test_a_long_rest_ends_soon_after_phones_have_stopped_asking(tmp_path: Path) -> None:
    machine = [100.0, 100.0, 100.0]  # what the thread, all threads and the wall's clock tell
    busy = [True, True, False]
    rests = list[float]()

    def book(entries: Sequence[JournalEntry]) -> None:
        machine[0] += 0.1
        machine[1] += 0.2
        machine[2] += 0.2

    def rest(seconds: float) -> None:
        rests.append(seconds)
        machine[2] += seconds
        machine[1] += seconds if busy.pop(0) else 0.0

    clocks = (lambda: machine[0], lambda: machine[1], lambda: machine[2])
    spool = Spool(tmp_path / "spool", book, restraint=Restraint(*clocks), rest=rest)
    for entry in entries(BATCH + 1):
        spool.append(to_line(entry))
    busy.append(False)
    spool.drain()
    assert rests == [LOOK_UP, LOOK_UP, LOOK_UP, pytest.approx(0.1)]


def test_it_does_not_rest_when_the_process_ends(tmp_path: Path) -> None:
    spool, rests = spool_at_work(tmp_path / "spool", 0.5)
    for entry in entries(BATCH + 1):
        spool.append(to_line(entry))
    spool.hurry()
    spool.drain()
    assert rests == []


def test_it_rests_less_the_more_is_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rests = list[float]()
    busy = at_work(0.001, others=1.0)
    spool = Spool(tmp_path / "spool", Books(), restraint=busy, rest=rests.append)
    for entry in entries(3 * BATCH):
        spool.append(to_line(entry))
    monkeypatch.setattr("provd.provisioning.spool.LONG", spool.waiting_bytes)
    spool.drain()
    assert len(rests) == 2
    assert 0.001 < rests[0] < rests[1] < 0.001 * BUSY


def test_an_end_of_the_process_wakes_a_drain_that_rests(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", Books(), restraint=at_work(1_000))
    for entry in entries(BATCH + 1):
        spool.append(to_line(entry))
    drain = threading.Thread(target=spool.drain)
    drain.start()
    spool.hurry()
    drain.join(20)
    assert not drain.is_alive()
    assert spool.waiting_bytes == 0


def test_what_is_booked_leaves_the_file(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", Books())
    spool.append(to_line(ENTRY))
    assert spool.waiting_bytes > 0
    spool.drain()
    assert spool.waiting_bytes == 0
    assert (tmp_path / "spool").stat().st_size == 0
    assert spool.drain() == 0


@pytest.mark.parametrize("why", [StoreUnavailable("stopped"), StoreBroken("no rights")])
def test_while_the_database_takes_nothing_entries_wait_and_are_booked_once(
    tmp_path: Path, why: StoreError
) -> None:
    books = Books()
    spool = Spool(tmp_path / "spool", books)
    books.away = why
    for entry in entries(3):
        spool.append(to_line(entry))
        with pytest.raises(type(why)):
            spool.drain()
    books.away = None
    assert spool.drain() == 3
    assert books.entries == entries(3)
    assert not (tmp_path / "spool.rejected").exists()


def test_another_process_books_what_a_killed_one_left(tmp_path: Path) -> None:
    killed = Spool(tmp_path / "spool", Books())
    killed.append(to_line(ENTRY))
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
    spool.append(to_line(replace(ENTRY, id="later")))
    spool.drain()
    assert [entry.id for entry in books.entries] == ["e1", "later"]
    assert (tmp_path / "spool.rejected").read_bytes() == to_line(UNKNOWN)[:40] + b"\n"


def test_a_torn_line_is_put_aside_once_however_long_the_database_is_away(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    path.write_bytes(b"torn\n" + to_line(ENTRY) + b"tail")
    books = Books()
    spool = Spool(path, books)
    books.away = StoreUnavailable("stopped")
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            spool.drain()
    books.away = None
    spool.drain()
    assert books.entries == [ENTRY]
    assert (tmp_path / "spool.rejected").read_bytes() == b"torn\ntail\n"


def test_a_last_line_that_lacks_nothing_but_its_end_is_an_entry(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    path.write_bytes(to_line(ENTRY)[:-1])
    books = Books()
    spool = Spool(path, books)
    spool.append(to_line(UNKNOWN))
    path.write_bytes(path.read_bytes()[:-1])
    spool.drain()
    assert books.entries == [ENTRY, UNKNOWN]
    assert path.stat().st_size == 0


def test_an_entry_that_comes_while_the_torn_end_is_booked_is_booked_next(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    path.write_bytes(to_line(ENTRY)[:-1])
    booked: list[JournalEntry] = []

    def book(entries: Sequence[JournalEntry]) -> None:
        if not booked:
            spool.append(to_line(UNKNOWN))
        booked.extend(entries)

    spool = Spool(path, book)
    assert spool.drain() == 2
    assert booked == [ENTRY, UNKNOWN]
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_full_disk_keeps_nothing_from_being_booked_and_its_room_from_being_freed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "spool"
    path.write_bytes(b"torn\n" + b"".join(map(to_line, entries(3))) + b"tail")
    books = Books()
    books.sick = {"n1"}
    spool = Spool(path, books)

    def full(descriptor: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(os, "write", full)
        spool.drain()
    assert [entry.id for entry in books.entries] == ["n0", "n2"]
    assert path.stat().st_size == 0
    spool.drain()
    aside = (tmp_path / "spool.rejected").read_bytes().splitlines()
    assert [aside[0], from_line(aside[1]).id, aside[2]] == [b"torn", "n1", b"tail"]


def test_what_a_power_cut_left_without_any_line_end_holds_nothing_up(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    path.write_bytes(bytes(CHUNK + 5))
    books = Books()
    spool = Spool(path, books)
    spool.append(to_line(ENTRY))
    assert spool.drain() == 1
    assert path.stat().st_size == 0


def test_what_is_put_aside_is_durable_and_for_its_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "spool"
    path.write_bytes(b"torn")
    durable: list[tuple[int, int]] = []

    def fsync(descriptor: int) -> None:
        found = os.fstat(descriptor)
        durable.append((found.st_ino, found.st_size))

    monkeypatch.setattr(os, "fsync", fsync)
    Spool(path, Books()).drain()
    aside = (tmp_path / "spool.rejected").stat()
    assert (aside.st_ino, len(b"torn\n")) in durable
    assert aside.st_mode & 0o777 == 0o600


def test_a_sick_entry_is_put_aside_and_the_others_are_booked(tmp_path: Path) -> None:
    books = Books()
    books.sick = {"n1"}
    spool = Spool(tmp_path / "spool", books)
    for entry in entries(3):
        spool.append(to_line(entry))
    spool.drain()
    assert [entry.id for entry in books.entries] == ["n0", "n2"]
    assert from_line((tmp_path / "spool.rejected").read_bytes()).id == "n1"


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    Spool(tmp_path / "spool", Books())
    assert (tmp_path / "spool").stat().st_mode & 0o777 == 0o600
