"""The spool: a file of journal entries on this node, between the reactor and the database.

Every entry is appended with one write before anything else is done with it, so a killed process
loses none; a thread makes them durable together (fsync) and books them. What the database can't
take stays here, through restarts too. Booking is idempotent by the entries' ids, so a crash
between booking and truncating does no harm.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from provd.errors import StoreBroken, StoreUnavailable
from provd.provisioning.journal import JournalEntry
from provd.provisioning.restraint import Restraint
from provd.provisioning.spool_files import keep, opened_alone, write_whole
from provd.provisioning.spool_lines import TORN, from_line, from_lines, to_line

log = structlog.get_logger()

Book = Callable[[Sequence[JournalEntry]], None]
BATCH = 200
"""Entries booked in one transaction (an entry alone costs 454 µs, in a batch of a hundred 7)."""

CHUNK = 256 << 10
"""Bytes read at once: a batch of entries, of which one takes some 450."""

LONG = 256 << 20
"""Bytes (some 600,000 entries) that must not become more: then booking takes half of the
interpreter whatever else there is to do."""

LOOK_UP = 0.5
"""Seconds after which a long rest ends if phones have stopped asking meanwhile."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """`torn` are lines that are no entries. `end` is the place in the file behind the last."""

    entries: list[JournalEntry]
    torn: list[bytes]
    end: int


class Spool:
    """Appended to by the reactor's thread, drained by one other.

    `book` is given entries in their order and raises StoreUnavailable or StoreBroken when they must
    be offered again later. An entry that it refuses for another cause is put aside in
    `<path>.rejected`, so that one sick entry does not hold up the others. `restraint` tells how
    long a drain with more to do rests after a batch; `rest` waits so long, unless `hurry` was
    called. `hurried` is that call, for several spools of one process.
    """

    def __init__(
        self,
        path: Path,
        book: Book,
        *,
        restraint: Restraint | None = None,
        rest: Callable[[float], object] | None = None,
        hurried: threading.Event | None = None,
    ) -> None:
        """Raises SpoolHeld when another process has the spool: each would truncate what the other
        has yet to book; OSError when the folder takes no file."""
        self._restraint = restraint or Restraint()
        self.hurried = hurried or threading.Event()
        self._rest = rest or self.hurried.wait
        self._path = path
        self._book = book
        self._lock = threading.Lock()
        self._descriptor = self._opened()
        self._booked = 0
        self._torn = self._ends_torn()
        self._aside: list[bytes] = []

    def _opened(self) -> int:
        return opened_alone(self._path)

    def append(self, line: bytes) -> None:
        """One write of an entry's line (`spool_lines`); not yet fsynced. Raises OSError when the
        disk is full."""
        with self._lock:
            # A line that a crash left without its end must not swallow this one.
            whole = b"\n" + line if self._torn else line
            self._torn = True
            write_whole(self._descriptor, whole)
            self._torn = False

    def drain(self, *, cut_short: bool = False) -> int:
        """Books all that is waiting, or with `cut_short` what it can before it is hurried; returns
        how many entries. Raises StoreUnavailable or StoreBroken, and what was booked until then
        stays booked."""
        total = 0
        while batch := self._next_batch():
            self._restraint.begin()
            os.fsync(self._descriptor)
            sick = self._booked_but(batch.entries)
            self._aside += batch.torn + [to_line(entry) for entry in sick]
            self._put_aside()
            self._forget_up_to(batch.end)
            total += len(batch.entries)
            if cut_short and self.hurried.is_set():
                break
            self._rest_unless_hurried()
        # Where there was no room, there may be now.
        self._put_aside()
        return total

    def book_at_once(self, lines: Sequence[bytes]) -> None:
        """Books what the disk did not take, as a drain does."""
        for number in range(0, len(lines), BATCH):
            sick = self._booked_but(from_lines(lines[number : number + BATCH]))
            self._aside += map(to_line, sick)
        self._put_aside()

    def _rest_unless_hurried(self) -> None:
        left = self._long()
        while left > LOOK_UP and not self.hurried.is_set():
            self._rest(LOOK_UP)
            left = min(left - LOOK_UP, self._long())
        if left > 0 and not self.hurried.is_set():
            self._rest(left)

    def _long(self) -> float:
        """How many seconds to rest."""
        waiting = self.waiting_bytes
        return self._restraint.rest(waiting / LONG) if waiting else 0.0

    def hurry(self) -> None:
        """From now on, and in a drain that is resting, nothing is waited for: the process ends."""
        self.hurried.set()

    @property
    def waiting_bytes(self) -> int:
        """How much is not booked yet."""
        return os.fstat(self._descriptor).st_size - self._booked

    def close(self) -> None:
        os.close(self._descriptor)

    def remove(self) -> None:
        """Takes the empty file away, before `close` lets go of it."""
        if self.waiting_bytes == 0:
            self._path.unlink()

    def _next_batch(self) -> _Batch | None:
        size = os.fstat(self._descriptor).st_size
        if size <= self._booked:
            return None
        chunk = os.pread(self._descriptor, min(size - self._booked, CHUNK), self._booked)
        lines = chunk.split(b"\n", BATCH)[:-1]
        return self._batch(lines, sum(len(line) + 1 for line in lines)) if lines else self._tail()

    def _tail(self) -> _Batch | None:
        """A line without an end stands last only after a crash. Nothing is written for it, which a
        full disk would refuse."""
        with self._lock:
            chunk = os.pread(self._descriptor, CHUNK, self._booked)
            if not chunk:
                return None  # it was taken back
            if b"\n" not in chunk:
                self._torn = True
                return self._batch([chunk], len(chunk))
        return self._next_batch()  # it was being written when we looked

    def _batch(self, lines: Sequence[bytes], length: int) -> _Batch:
        entries, torn = _read([line for line in lines if line])
        return _Batch(entries, torn, self._booked + length)

    def _ends_torn(self) -> bool:
        size = os.fstat(self._descriptor).st_size
        return size > 0 and os.pread(self._descriptor, 1, size - 1) != b"\n"

    def _booked_but(self, entries: Sequence[JournalEntry]) -> list[JournalEntry]:
        """Books them; returns those that are refused, each for itself."""
        if not entries:
            return []
        try:
            self._book(entries)
        except (StoreUnavailable, StoreBroken):
            raise
        except Exception:
            log.exception("booking_failed", entries=len(entries))
            if len(entries) == 1:
                return list(entries)
            half = len(entries) // 2
            return self._booked_but(entries[:half]) + self._booked_but(entries[half:])
        return []

    def _put_aside(self) -> None:
        """What finds no room waits in memory: it must not hold up what can be booked."""
        if not self._aside:
            return
        lines = len(self._aside)
        try:
            keep(self._path.with_suffix(".rejected"), b"".join(self._aside))
        except OSError as error:
            log.error("put_aside_failed", lines=lines, error=error.strerror)
            return
        self._aside.clear()
        log.error("put_aside", lines=lines)

    def _forget_up_to(self, end: int) -> None:
        with self._lock:
            # It is less when a line end was taken back.
            if os.fstat(self._descriptor).st_size <= end:
                os.ftruncate(self._descriptor, 0)
                self._torn = False
                end = 0
        self._booked = end


def _read(lines: Sequence[bytes]) -> tuple[list[JournalEntry], list[bytes]]:
    """The entries, and the lines that are none."""
    try:
        return from_lines(lines), []
    except TORN:
        pass
    entries: list[JournalEntry] = []
    torn: list[bytes] = []
    for line in lines:
        try:
            entries.append(from_line(line))
        except TORN:
            torn.append(line + b"\n")
    return entries, torn
