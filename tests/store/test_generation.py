"""The counter that processes of a node share."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from provd.store import Generation

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
