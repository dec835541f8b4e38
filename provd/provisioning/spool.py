"""The spool: a file of journal entries on this node, between the reactor and the database.

Every entry is appended with one write before anything else is done with it, so a killed process
loses none; a thread makes them durable together (fsync) and books them. What the database can't
take stays here, through restarts too. Booking is idempotent by the entries' ids, so a crash
between booking and truncating does no harm.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from json.encoder import encode_basestring_ascii as _quoted
from pathlib import Path
from typing import Any

import structlog

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.errors import StoreUnavailable
from provd.provisioning.journal import JournalEntry
from provd.provisioning.restraint import Restraint

log = structlog.get_logger()

Book = Callable[[Sequence[JournalEntry]], None]
BATCH = 200
"""Entries booked in one transaction (an entry alone costs 454 µs, in a batch of a hundred 7)."""

LONG = 256 << 20
"""Bytes (some 600,000 entries) that must not become more: then booking takes half of the
interpreter whatever else there is to do."""


class SpoolHeld(Exception):
    """Another process has that spool."""


_LINE = (
    '{"id":%s,"at":"%s","finished_at":"%s","mac":%s,"device_id":%s,"path":%s,"transport":%s,'
    '"address":%s,"agent":%s,"status":%s,"reason":%s,"bytes_sent":%d,"size":%d,"whole":%s,'
    '"place":%s,"boot_id":%s,"file_kind":%s,"completes_boot":%s,"required_kinds":[%s],'
    '"method":%s}\n'
)
_BOOLEANS = {False: "false", True: "true"}


def to_line(entry: JournalEntry) -> bytes:
    """One JSON object and a newline. By hand, because every request waits for it on the reactor's
    thread: json.dumps takes more than twice as long."""
    line = _LINE % (
        _quoted(entry.id),
        entry.at.isoformat(),
        entry.finished_at.isoformat(),
        _quoted(entry.mac.digits) if entry.mac else "null",
        "null" if entry.device_id is None else int(entry.device_id),
        _quoted(entry.path),
        _quoted(entry.transport),
        _quoted(entry.address),
        _quoted(entry.agent),
        _quoted(entry.status),
        _quoted(entry.reason),
        entry.bytes_sent,
        entry.size,
        _BOOLEANS[entry.whole],
        _quoted(entry.place) if entry.place else "null",
        _quoted(entry.boot_id),
        _quoted(entry.file_kind),
        _BOOLEANS[entry.completes_boot],
        ",".join(map(_quoted, entry.required_kinds)),
        _quoted(entry.method),
    )
    return line.encode("ascii")


def from_line(line: bytes) -> JournalEntry:
    """Raises ValueError, KeyError or TypeError for a line that is torn."""
    values: dict[str, Any] = json.loads(line.decode())
    values["at"] = datetime.fromisoformat(values["at"])
    values["finished_at"] = datetime.fromisoformat(values["finished_at"])
    values["mac"] = Mac(values["mac"]) if values["mac"] else None
    values["place"] = Place(values["place"]) if values["place"] else None
    values["required_kinds"] = tuple(values["required_kinds"])
    return JournalEntry(**values)


class Spool:
    """Appended to by the reactor's thread, drained by one other.

    `book` is given entries in their order and raises StoreUnavailable when they must be offered
    again later. An entry that it refuses for another cause is put aside in `<path>.rejected`, so
    that one sick entry does not hold up the others. `restraint` tells how long a drain with more
    to do rests after a batch; `rest` waits so long, unless `hurry` was called.
    """

    def __init__(
        self,
        path: Path,
        book: Book,
        *,
        restraint: Restraint | None = None,
        rest: Callable[[float], object] | None = None,
    ) -> None:
        """Raises SpoolHeld when another process has the spool: each would truncate what the other
        has yet to book."""
        self._restraint = restraint or Restraint()
        self._hurried = threading.Event()
        self._rest = rest or self._hurried.wait
        self._path = path
        self._book = book
        self._lock = threading.Lock()
        self._descriptor = _opened_alone(path)
        self._booked = 0
        self._torn = self._ends_torn()

    def append(self, entry: JournalEntry) -> None:
        """One write; not yet fsynced. Raises OSError when the disk is full."""
        line = to_line(entry)
        with self._lock:
            # A line that a crash or a full disk left without its end must not swallow this one.
            whole = b"\n" + line if self._torn else line
            written = os.write(self._descriptor, whole)
            self._torn = written < len(whole)
            if self._torn:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def drain(self) -> int:
        """Books all that is waiting; returns how many entries. Raises StoreUnavailable, and what
        was booked until then stays booked."""
        total = 0
        while batch := self._next_batch():
            self._restraint.begin()
            entries, end = batch
            os.fsync(self._descriptor)
            self._book_or_put_aside(entries)
            self._forget_up_to(end)
            total += len(entries)
            self._rest_unless_hurried()
        return total

    def _rest_unless_hurried(self) -> None:
        waiting = self.waiting_bytes
        if waiting and not self._hurried.is_set():
            self._rest(self._restraint.rest(waiting / LONG))

    def hurry(self) -> None:
        """From now on, and in a drain that is resting, nothing is waited for: the process ends."""
        self._hurried.set()

    def hurried(self) -> bool:
        return self._hurried.is_set()

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

    def _next_batch(self) -> tuple[list[JournalEntry], int] | None:
        size = os.fstat(self._descriptor).st_size
        if size <= self._booked:
            return None
        chunk = os.pread(self._descriptor, min(size - self._booked, 1 << 20), self._booked)
        lines = chunk.split(b"\n")[:-1][:BATCH]
        if not lines:
            return self._after_torn_end(size)
        end = self._booked + sum(len(line) + 1 for line in lines)
        return [entry for line in lines if (entry := self._parse(line))], end

    def _after_torn_end(self, size: int) -> tuple[list[JournalEntry], int] | None:
        """A line without an end stands last only after a crash or a full disk: close it, so that
        the next entry starts on a line of its own."""
        with self._lock:
            if os.fstat(self._descriptor).st_size == size:
                os.write(self._descriptor, b"\n")
                self._torn = False
        return self._next_batch()

    def _ends_torn(self) -> bool:
        size = os.fstat(self._descriptor).st_size
        return size > 0 and os.pread(self._descriptor, 1, size - 1) != b"\n"

    def _parse(self, line: bytes) -> JournalEntry | None:
        try:
            return from_line(line)
        except (ValueError, KeyError, TypeError):
            log.error("spool_line_torn", bytes=len(line))
            self._put_aside(line)
            return None

    def _book_or_put_aside(self, entries: list[JournalEntry]) -> None:
        try:
            self._book(entries)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("booking_failed", entries=len(entries))
            if len(entries) == 1:
                self._put_aside(to_line(entries[0]))
                return
            for entry in entries:
                self._book_or_put_aside([entry])

    def _put_aside(self, line: bytes) -> None:
        with self._path.with_suffix(".rejected").open("ab") as aside:
            aside.write(line.rstrip(b"\n") + b"\n")

    def _forget_up_to(self, end: int) -> None:
        with self._lock:
            if os.fstat(self._descriptor).st_size == end:
                os.ftruncate(self._descriptor, 0)
                end = 0
        self._booked = end


def _opened_alone(path: Path) -> int:
    """The lock ends with the process, however that dies."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise SpoolHeld(str(path)) from None
        if _is_still(path, descriptor):
            return descriptor
        os.close(descriptor)  # whoever had it removed it between our two calls


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
