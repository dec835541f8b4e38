"""Each process has a spool of its own, and none is left without a keeper."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from provd.errors import StoreUnavailable
from provd.provisioning.journal import JournalEntry
from provd.provisioning.spool import BATCH, Spool
from provd.provisioning.spool_files import SpoolHeld
from provd.provisioning.spool_lines import to_line
from provd.provisioning.spools import FIRST, adopt, own_spool, waiting
from tests.provisioning.test_spool import ENTRY


class Books:
    """What was booked, in its order."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.away = False

    def __call__(self, entries: Sequence[JournalEntry]) -> None:
        if self.away:
            raise StoreUnavailable("stopped")
        self.ids += [entry.id for entry in entries]


@pytest.fixture
def books() -> Books:
    return Books()


def left_behind(path: Path, *names: str) -> None:
    """As by a process that was killed."""
    dead = Spool(path, lambda _: None)
    for name in names:
        dead.append(to_line(replace(ENTRY, id=name)))
    dead.close()


def test_each_process_gets_a_spool_of_its_own_and_the_first_one_the_plain_name(
    tmp_path: Path, books: Books
) -> None:
    spools = [own_spool(tmp_path, books) for _ in range(3)]
    names = ["journal.1.spool", "journal.2.spool", FIRST]
    assert [path.name for path in waiting(tmp_path)] == names
    spools[1].close()
    again = own_spool(tmp_path, books)
    assert len(waiting(tmp_path)) == 3
    for one in (spools[0], spools[2], again):
        one.close()


def test_what_a_dead_process_left_is_booked_once_and_its_spool_removed(
    tmp_path: Path, books: Books
) -> None:
    left_behind(tmp_path / "journal.1.spool", "a", "b")
    left_behind(tmp_path / "journal.2.spool", "c")
    own = own_spool(tmp_path, books)
    assert adopt(tmp_path, books) == 3
    assert adopt(tmp_path, books) == 0
    assert books.ids == ["a", "b", "c"]
    assert [path.name for path in waiting(tmp_path)] == [FIRST]
    own.close()


def test_what_a_living_process_holds_is_left_to_it(tmp_path: Path, books: Books) -> None:
    living = Spool(tmp_path / "journal.1.spool", books)
    living.append(to_line(ENTRY))
    assert adopt(tmp_path, books) == 0
    assert living.waiting_bytes > 0
    living.close()


def test_while_the_database_is_away_an_orphan_stays(tmp_path: Path, books: Books) -> None:
    left_behind(tmp_path / "journal.1.spool", "a")
    books.away = True
    with pytest.raises(StoreUnavailable):
        adopt(tmp_path, books)
    books.away = False
    assert adopt(tmp_path, books) == 1


def test_an_end_of_the_process_leaves_the_rest_of_an_orphan_to_the_next(
    tmp_path: Path, books: Books
) -> None:
    names = [str(number) for number in range(2 * BATCH + 1)]
    left_behind(tmp_path / "journal.1.spool", *names)
    hurried = threading.Event()

    def book(entries: Sequence[JournalEntry]) -> None:
        hurried.set()
        books(entries)

    assert adopt(tmp_path, book, hurried) == BATCH
    assert books.ids == names[:BATCH]
    assert adopt(tmp_path, books) == len(names)
    assert set(books.ids) == set(names)
    assert waiting(tmp_path) == []


def test_a_spool_that_was_removed_while_we_opened_it_is_made_anew(
    tmp_path: Path, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its keeper removes it and ends, between our open and our lock: what we would write into the
    file without a name, nobody would find."""
    import fcntl

    path = tmp_path / "journal.1.spool"
    path.touch()
    lock = fcntl.flock

    def removed_first(descriptor: int, operation: int) -> None:
        monkeypatch.undo()
        path.unlink()
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", removed_first)
    spool = Spool(path, books)
    spool.append(to_line(ENTRY))
    spool.close()
    assert path.stat().st_size > 0


@pytest.fixture
def no_files(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """A disk that is read-only, until what is given is emptied."""
    refused, opened = {"journal"}, os.open

    def read_only(path: Path | str, flags: int, *more: Any) -> int:
        if flags & os.O_CREAT and any(one in str(path) for one in refused):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return opened(path, flags, *more)

    monkeypatch.setattr(os, "open", read_only)
    return refused


def test_where_there_can_be_no_file_a_spool_says_so_until_there_can(
    tmp_path: Path, books: Books, no_files: set[str]
) -> None:
    spool = own_spool(tmp_path, books)
    for _ in range(2):
        with pytest.raises(OSError, match="Read-only"):
            spool.append(to_line(ENTRY))
    assert (spool.waiting_bytes, spool.drain()) == (0, 0)
    spool.book_at_once([to_line(replace(ENTRY, id="at once"))])
    no_files.clear()
    spool.append(to_line(replace(ENTRY, id="later")))
    [path] = waiting(tmp_path)
    assert b"later" in path.read_bytes()
    with pytest.raises(SpoolHeld):
        Spool(path, books)
    assert spool.drain() == 1
    spool.close()
    assert books.ids == ["at once", "later"]


def test_what_a_dead_process_left_on_a_disk_that_is_read_only_is_left_there(
    tmp_path: Path, books: Books, no_files: set[str]
) -> None:
    no_files.clear()
    left_behind(tmp_path / FIRST, "one")
    no_files.add("journal")
    assert adopt(tmp_path, books) == 0
    no_files.clear()
    assert adopt(tmp_path, books) == 1
