"""The spools of one data folder: each process that serves phones has its own, and takes in what a
process that is gone has left.

journal.spool is the first one's, journal.1.spool the next one's. A process holds a lock on its own
for as long as it lives, so that each entry has one keeper; a spool that nobody holds is an orphan.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import structlog

from provd.provisioning.late_spool import LateSpool
from provd.provisioning.spool import Book, Spool
from provd.provisioning.spool_files import SpoolHeld

log = structlog.get_logger()

FIRST = "journal.spool"
PATTERN = "journal*.spool"


def own_spool(folder: Path, book: Book) -> Spool:
    """The first of the names that no living process holds. What it still contains is booked with
    whatever comes. Where the folder takes no file, one that waits until it does."""
    for path in _names(folder):
        try:
            return Spool(path, book)
        except SpoolHeld:
            continue
        except OSError as error:
            log.error("spool_in_memory", path=str(path), error=error.strerror)
            return LateSpool(folder / f"journal.{os.getpid()}.spool", book)
    raise AssertionError("names have no end")


def adopt(folder: Path, book: Book, hurried: threading.Event | None = None) -> int:
    """Books what processes that are gone have left behind, and removes their spools; returns how
    many entries. Blocks; once `hurried` is set, for one batch of each at most. What is left then,
    or when it raises StoreUnavailable or StoreBroken, stays where it is for the next process."""
    total = 0
    for path in waiting(folder):
        try:
            orphan = Spool(path, book, hurried=hurried)
        except SpoolHeld:
            continue
        except OSError as error:
            log.warning("spool_not_adopted", path=str(path), error=error.strerror)
            continue
        try:
            total += orphan.drain(cut_short=True)
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


def again(rejected: Path) -> Path:
    """What a file of entries that were put aside must be called for `adopt` to offer them again. No
    process calls its own spool so."""
    return rejected.with_suffix(".again.spool")


def _names(folder: Path) -> Iterator[Path]:
    yield folder / FIRST
    for number in itertools.count(1):
        yield folder / f"journal.{number}.spool"
