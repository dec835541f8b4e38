"""The order in which the files of tests are begun: those that take long, and those that wait.

Several processes take the files one after another. Sorted by their number of tests, as pytest-xdist
sorts them, the daemon's files come last: they have few tests, of which each takes seconds and waits
for other programs while the cores idle. So what waits is begun first, beside something that
computes, and the end is made of small files that a process without work can take.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, zip_longest
from typing import Protocol, TypeVar

WAITING = (
    "tests/daemon/",
    "tests/portal/test_browser.py",
    "tests/operations/test_exactly_once.py",
    "tests/operations/test_killed_books.py",
    "tests/store/test_transactions.py",
    "tests/servers/",
    "tests/cli/test_vendor.py",
    "tests/simulator/",
)
"""Files and folders whose tests start programs, or talk to them; the longest first."""

COMPUTING = (
    "tests/vendors/test_injection.py",
    "tests/operations/test_explaining.py",
    "tests/portal/test_routes.py",
    "tests/vendors/test_golden.py",
    "tests/provisioning/test_strangers.py",
    "tests/store/test_terms_migration.py",
    "tests/billing/test_properties.py",
    "tests/documents/test_pdf.py",
    "tests/crypto/test_authority.py",
)
"""Files that take longer than others of as many tests; the longest first."""


class Test(Protocol):
    @property
    def nodeid(self) -> str: ...


One = TypeVar("One", bound=Test)


def ordered(tests: Iterable[One]) -> list[One]:
    """The tests of a file stay together, and in their order."""
    files: dict[str, list[One]] = {}
    for test in tests:
        files.setdefault(test.nodeid.partition("::")[0], []).append(test)
    by_size = sorted(files, key=lambda file: -len(files[file]))
    waiting = _named(by_size, WAITING)
    named = _named([file for file in by_size if file not in waiting], COMPUTING)
    computing = [*named, *(file for file in by_size if file not in {*waiting, *named})]
    taking_turns = chain.from_iterable(zip_longest(waiting, computing))
    return [test for file in taking_turns if file for test in files[file]]


def _named(files: Iterable[str], names: Iterable[str]) -> list[str]:
    return list(_in_turn(list(files), names))


def _in_turn(files: list[str], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from (file for file in files if file.startswith(name))
