"""In which order the files of tests are begun."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.order import COMPUTING, WAITING, ordered

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Named:
    nodeid: str


def made(**counts: int) -> list[Named]:
    """Of files "tests/<name>.py", where __ stands for a slash."""
    return [
        Named(f"tests/{name.replace('__', '/')}.py::test_{number}")
        for name, count in counts.items()
        for number in range(count)
    ]


def test_what_waits_takes_turns_with_what_computes() -> None:
    given = made(large=3, small=1, vendors__test_injection=2, daemon__test_one=1, daemon__two=2)
    files = [test.nodeid.partition("::")[0] for test in ordered(given)]
    assert list(dict.fromkeys(files)) == [
        "tests/daemon/two.py",
        "tests/vendors/test_injection.py",
        "tests/daemon/test_one.py",
        "tests/large.py",
        "tests/small.py",
    ]


def test_no_test_is_lost_and_a_files_tests_keep_their_order() -> None:
    given = made(one=3, daemon__test_a=2, two=4)
    found = ordered(given)
    assert sorted(test.nodeid for test in found) == sorted(test.nodeid for test in given)
    for file in {test.nodeid.partition("::")[0] for test in given}:
        own = [test for test in given if test.nodeid.startswith(file)]
        assert [test for test in found if test.nodeid.startswith(file)] == own


@pytest.mark.parametrize("name", [*WAITING, *COMPUTING])
def test_every_file_that_is_named_is_there(name: str) -> None:
    assert (ROOT / name).exists()
