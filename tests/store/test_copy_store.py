"""The file of last good copies: a cache that several processes share."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from provd.errors import StoreError, StoreUnavailable
from provd.provisioning.copy_rows import FileRow, StandingRow
from provd.store import CopyStore
from provd.store.connections import ReadOnlySqlite
from provd.store.copy_store import CHANGED_SECONDS, UNCHANGED_SECONDS
from provd.store.database import Database

PHONE = StandingRow(1, b"mac", b"token", b"mark", b"sealed")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "last-good.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[CopyStore]:
    with closing(CopyStore(path)) as store:
        yield store


@pytest.fixture
def another(path: Path) -> Iterator[CopyStore]:
    """In another process, as far as SQLite can tell."""
    with closing(CopyStore(path)) as store:
        yield store


def test_what_one_process_writes_another_reads(store: CopyStore, another: CopyStore) -> None:
    assert another.standing(b"mac") is None
    store.write([PHONE], [FileRow(b"name", b"token", b"", b"content")])
    assert another.standing(b"mac") == b"sealed"
    assert another.mac_of(b"token") == b"mac"
    assert another.file(b"name") == b"content"
    assert another.marks(0, 10) == [(1, b"mark")]
    assert another.marks(1, 10) == []


def test_what_stands_there_already_is_told(store: CopyStore) -> None:
    store.write([PHONE], [FileRow(b"name", b"token", b"its mark", b"content")])
    assert store.has([b"mark", b"its mark", b"another"]) == {b"mark", b"its mark"}
    assert store.has([]) == set()


def test_a_mac_that_was_registered_anew_belongs_to_the_new_device(store: CopyStore) -> None:
    store.write([PHONE], [])
    store.write([StandingRow(2, b"mac", b"other token", b"mark", b"new")], [])
    assert store.standing(b"mac") == b"new"
    assert store.mac_of(b"token") is None


def test_files_without_a_device_are_removed(store: CopyStore) -> None:
    store.write(
        [PHONE], [FileRow(b"one", b"token", b"", b"1"), FileRow(b"two", b"gone", b"", b"2")]
    )
    store.remove_orphans()
    assert store.file(b"one")
    assert store.file(b"two") is None
    store.remove([1])
    store.remove_orphans()
    assert store.file(b"one") is None


def test_beyond_its_limit_it_forgets_what_was_written_longest_ago(path: Path) -> None:
    with closing(CopyStore(path, limit=1 << 20)) as store:
        for number in range(30):
            files = [
                FileRow(b"%d" % (100 * number + n), b"t", b"", bytes(2000)) for n in range(100)
            ]
            store.write([], files)
        assert store.file(b"0") is None
        assert store.file(b"2999")
    assert path.stat().st_size < 3 << 20


@pytest.mark.parametrize("damage", [b"no database at all, but something else" * 200, b"SQLite"])
def test_a_file_that_cannot_be_read_begins_anew(
    damage: bytes, path: Path, store: CopyStore
) -> None:
    path.write_bytes(damage)
    assert store.standing(b"mac") is None
    store.write([PHONE], [])
    assert store.standing(b"mac") == b"sealed"


def test_damage_found_later_costs_one_write(path: Path, store: CopyStore) -> None:
    store.write([PHONE], [])
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("DROP TABLE file")
    with pytest.raises(StoreError):
        store.write([], [FileRow(b"one", b"token", b"", b"1")])
    store.write([PHONE], [FileRow(b"one", b"token", b"", b"1")])
    assert store.file(b"one") == b"1"


def test_a_file_of_another_version_begins_anew(path: Path, store: CopyStore) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 99")
    assert store.standing(b"mac") is None


def test_without_a_disk_it_is_unavailable(tmp_path: Path) -> None:
    with closing(CopyStore(tmp_path)) as store, pytest.raises(StoreUnavailable):
        store.standing(b"mac")


def test_one_of_two_processes_is_to_refresh_and_not_at_every_change(
    store: CopyStore, another: CopyStore
) -> None:
    assert store.claim(1, now=1000)
    assert not another.claim(1, now=1000)
    assert not another.claim(2, now=1000 + CHANGED_SECONDS - 1)
    assert another.claim(2, now=1000 + CHANGED_SECONDS)
    assert not store.claim(2, now=1000 + CHANGED_SECONDS)


def test_without_a_change_it_is_refreshed_for_other_nodes_sake(
    store: CopyStore,
) -> None:
    assert store.claim(1, now=1000)
    assert not store.claim(1, now=1000 + UNCHANGED_SECONDS - 1)
    assert store.claim(1, now=1000 + UNCHANGED_SECONDS)


def test_a_clock_that_was_set_back_delays_nothing(store: CopyStore) -> None:
    assert store.claim(1, now=9000)
    assert store.claim(1, now=1000)


def test_who_could_not_refresh_leaves_it_due(store: CopyStore, another: CopyStore) -> None:
    assert store.claim(1, now=1000)
    store.disclaim()
    assert another.claim(1, now=1000)


def test_what_lies_on_a_disk_that_takes_nothing_is_read_until_it_takes_something(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(CopyStore(path)) as before:
        before.write([PHONE], [])

    def refuse(*_: object) -> None:
        raise StoreUnavailable("its disk is full")

    with closing(CopyStore(path)) as store, monkeypatch.context() as full:
        full.setattr(CopyStore, "_open", refuse)
        assert store.standing(b"mac") == b"sealed"
        with pytest.raises(StoreUnavailable, match="full"):
            store.write([PHONE], [FileRow(b"one", b"token", b"", b"1")])
        with pytest.raises(StoreUnavailable, match="full"):
            store.claim(1, 0.0)
        full.undo()
        store.write([PHONE], [FileRow(b"one", b"token", b"", b"1")])
        assert store.file(b"one") == b"1"


@pytest.mark.parametrize("immutable", [False, True])
def test_a_copy_that_is_only_read_changes_nothing(path: Path, immutable: bool) -> None:
    with closing(CopyStore(path)) as before:
        before.write([PHONE], [])
    with closing(Database(ReadOnlySqlite(path, immutable=immutable), lambda: None)) as database:
        assert database.sql("SELECT sealed FROM standing") == [(b"sealed",)]
        with pytest.raises(StoreUnavailable):
            database.sql("DELETE FROM standing")


def test_a_damaged_file_on_a_disk_that_takes_nothing_is_unavailable(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"no database at all, but something else" * 200)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    with closing(CopyStore(path)) as store, pytest.raises(StoreUnavailable, match="Read-only"):
        store.standing(b"mac")
