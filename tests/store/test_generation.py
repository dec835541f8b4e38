"""The counter that processes of a node share."""

from __future__ import annotations

import errno
import multiprocessing
import os
from pathlib import Path

import pytest

from provd.store import Generation, UnsharedGeneration
from provd.store.generation import UNSHARED_SECONDS

_FORK = multiprocessing.get_context("fork")


def raise_often(path: Path, times: int) -> None:
    generation = Generation(path)
    for _ in range(times):
        generation.raise_()


def test_it_begins_at_zero_in_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / "run" / "generation"
    assert Generation(path).value == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_size == 8


def test_a_raise_is_seen_by_all_who_opened_it(tmp_path: Path) -> None:
    one, other = (Generation(tmp_path / "generation") for _ in range(2))
    assert one.raise_() == 1
    assert other.value == 1
    assert other.raise_() == 2
    assert one.value == 2


def test_it_goes_on_after_a_restart(tmp_path: Path) -> None:
    first = Generation(tmp_path / "generation")
    first.raise_()
    first.close()
    assert Generation(tmp_path / "generation").value == 1


def test_a_raise_in_another_process_is_seen(tmp_path: Path) -> None:
    generation = Generation(tmp_path / "generation")
    process = _FORK.Process(target=raise_often, args=(tmp_path / "generation", 1))
    process.start()
    process.join()
    assert generation.value == 1


def test_no_two_raises_count_as_one(tmp_path: Path) -> None:
    generation = Generation(tmp_path / "generation")
    processes = [
        _FORK.Process(target=raise_often, args=(tmp_path / "generation", 500)) for _ in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert generation.value == 2_000


def test_a_disk_that_became_read_only_keeps_no_change_from_those_who_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (Generation(tmp_path / "generation") for _ in range(2))
    opened = os.open

    def read_only(path: Path, flags: int) -> int:
        if flags & os.O_RDWR:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return opened(path, flags)

    monkeypatch.setattr(os, "open", read_only)
    one.raise_()
    assert other.value == 1


def test_one_that_nobody_shares_rises_with_a_change_and_every_few_seconds() -> None:
    now = [1000.0]
    alone = UnsharedGeneration(lambda: now[0])
    before = alone.value
    assert alone.value == before
    assert alone.raise_() == alone.value == before + 1
    now[0] += UNSHARED_SECONDS
    assert alone.value == before + 2
    alone.close()
