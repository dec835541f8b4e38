"""The spool loses nothing, whatever dies, and books nothing twice by itself."""

import json
import os
import re
import threading
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.errors import StoreUnavailable
from provd.provisioning.journal import JournalEntry, new_id
from provd.provisioning.restraint import Restraint
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


TEXTS = st.text(st.characters(codec=None), max_size=20)
ENTRIES = st.builds(
    JournalEntry,
    id=TEXTS,
    at=st.datetimes(timezones=st.just(UTC)),
    finished_at=st.datetimes(timezones=st.just(UTC)),
    mac=st.none() | st.just(Mac("805ec0123456")),
    device_id=st.none() | st.integers(0, 2**63 - 1),
    path=TEXTS,
    transport=TEXTS,
    address=TEXTS,
    agent=TEXTS,
    status=TEXTS,
    reason=TEXTS,
    bytes_sent=st.integers(0, 2**40),
    size=st.integers(0, 2**40),
    whole=st.booleans(),
    place=st.none() | st.sampled_from(Place),
    boot_id=TEXTS,
    file_kind=TEXTS,
    completes_boot=st.booleans(),
    required_kinds=st.lists(TEXTS, max_size=3).map(tuple),
)


@given(ENTRIES)
def test_a_line_is_the_json_of_the_whole_entry(entry: JournalEntry) -> None:
    values = asdict(entry) | {
        "at": entry.at.isoformat(),
        "finished_at": entry.finished_at.isoformat(),
        "mac": entry.mac.digits if entry.mac else None,
    }
    assert to_line(entry) == json.dumps(values, separators=(",", ":")).encode() + b"\n"
    assert from_line(to_line(entry)) == entry


@pytest.mark.parametrize("wrong", [{"path": None}, {"whole": "yes"}, {"size": "4096"}])
def test_what_is_no_entry_becomes_no_line(wrong: dict[str, Any]) -> None:
    with pytest.raises((TypeError, KeyError)):
        to_line(replace(ENTRY, **wrong))


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
        spool.append(entry)
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
        spool.append(entry)
    assert spool.drain() == 2 * BATCH + 1
    assert rests == [0.5, 0.5]


def test_it_does_not_rest_when_the_process_ends(tmp_path: Path) -> None:
    spool, rests = spool_at_work(tmp_path / "spool", 0.5)
    for entry in entries(BATCH + 1):
        spool.append(entry)
    spool.hurry()
    spool.drain()
    assert rests == []


def test_it_rests_less_the_more_is_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rests = list[float]()
    busy = at_work(0.001, others=1.0)
    spool = Spool(tmp_path / "spool", Books(), restraint=busy, rest=rests.append)
    for entry in entries(3 * BATCH):
        spool.append(entry)
    monkeypatch.setattr("provd.provisioning.spool.LONG", spool.waiting_bytes)
    spool.drain()
    assert len(rests) == 2
    assert 0.001 < rests[0] < rests[1] < 0.019


def test_an_end_of_the_process_wakes_a_drain_that_rests(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", Books(), restraint=at_work(1_000))
    for entry in entries(BATCH + 1):
        spool.append(entry)
    drain = threading.Thread(target=spool.drain)
    drain.start()
    spool.hurry()
    drain.join(20)
    assert not drain.is_alive()
    assert spool.waiting_bytes == 0


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
