"""The spools of one data folder: each process that serves phones has its own, and takes in what a
process that is gone has left.

journal.spool is the first one's, journal.1.spool the next one's. A process holds a lock on its own
for as long as it lives, so that each entry has one keeper; a spool that nobody holds is an orphan.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog

from provd.provisioning.spool import Book, Spool, SpoolHeld

log = structlog.get_logger()

FIRST = "journal.spool"
PATTERN = "journal*.spool"


def own_spool(folder: Path, book: Book) -> Spool:
    """The first of the names that no living process holds. What it still contains is booked with
    whatever comes."""
    for path in _names(folder):
        try:
            return Spool(path, book)
        except SpoolHeld:
            continue
    raise AssertionError("names have no end")


def adopt(folder: Path, book: Book, hurry: Callable[[], bool] = lambda: False) -> int:
    """Books what processes that are gone have left behind, and removes their spools; returns how
    many entries. Blocks. Raises StoreUnavailable, and then what is left stays where it is."""
    total = 0
    for path in waiting(folder):
        try:
            orphan = Spool(path, book)
        except SpoolHeld:
            continue
        try:
            if hurry():
                orphan.hurry()
            total += orphan.drain()
            if path.name != FIRST:
                orphan.remove()
        finally:
            orphan.close()
    if total:
        log.info("spool_adopted", entries=total)
    return total


def waiting(folder: Path) -> list[Path]:
    """All spools that there are, whoever holds them."""
    return sorted(folder.glob(PATTERN))


def _names(folder: Path) -> Iterator[Path]:
    yield folder / FIRST
    for number in itertools.count(1):
        yield folder / f"journal.{number}.spool"
