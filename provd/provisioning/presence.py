"""Whether the database is there, as far as this process knows.

Who asks a database that is away waits for seconds, and so does everybody behind him. So the first
that fails, or that hangs for longer than PATIENCE, tells the others: they are refused at once,
until a trial succeeds. Reading and writing are told apart, because a database that is locked, full
or read-only can still be read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog

from provd.devices.mac import Mac
from provd.devices.upload import Allowance, Sent, Upload
from provd.errors import ProvdError, StoreUnavailable
from provd.provisioning.lookup import Devices, Found

log = structlog.get_logger()

PATIENCE = 1.0
"""Seconds that a query may take before the database counts as away."""

Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class _Use:
    began: float
    judged: bool = False


class Side:
    """One side of the database, by `name` reading or writing. `problem` is empty while it works.
    `clock` counts seconds, monotonic. Any thread may ask."""

    def __init__(self, name: str, clock: Callable[[], float]) -> None:
        self.problem = ""
        self._name = name
        self._clock = clock
        self._lock = threading.Lock()
        self._uses: set[_Use] = set()
        self._away_since = 0.0

    @contextmanager
    def used(self) -> Iterator[None]:
        """Raises StoreUnavailable at once while it is known to be away."""
        if self.problem:
            raise StoreUnavailable(self.problem)
        use = _Use(self._clock())
        with self._lock:
            self._uses.add(use)
        try:
            yield
        except StoreUnavailable as error:
            self.away(str(error))
            raise
        finally:
            with self._lock:
                self._uses.discard(use)

    def hanging(self) -> int:
        """How many have been waiting for too long. The first time that one does, the side is
        away."""
        before = self._clock() - PATIENCE
        with self._lock:
            overdue = [use for use in self._uses if use.began < before]
        if any(not use.judged for use in overdue):
            self.away(f"the database has not answered for {PATIENCE:g} s")
        for use in overdue:
            use.judged = True
        return len(overdue)

    def tried(self, action: Callable[[], object]) -> None:
        """Does it, and knows better then."""
        try:
            action()
        except ProvdError as error:
            self.away(str(error))
        else:
            self._back()

    def away(self, problem: str) -> None:
        if not self.problem:
            self._away_since = self._clock()
        if self.problem != problem:
            log.error("database_away", side=self._name, error=problem)
        self.problem = problem

    def _back(self) -> None:
        if self.problem:
            seconds = round(self._clock() - self._away_since, 1)
            log.warning("database_back", side=self._name, away_seconds=seconds)
            self.problem = ""


class Presence:
    """Both sides."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.reading = Side("reading", clock)
        self.writing = Side("writing", clock)

    @property
    def problem(self) -> str:
        """Empty while everything works."""
        return self.reading.problem or self.writing.problem

    def away(self, problem: str) -> None:
        for side in (self.reading, self.writing):
            side.away(problem)

    def hanging(self) -> int:
        return self.reading.hanging() + self.writing.hanging()

    def tried(self, read: Callable[[], object], write: Callable[[], object]) -> None:
        """Blocks, for as long as the database likes."""
        self.reading.tried(read)
        if self.reading.problem:
            self.writing.away(self.reading.problem)
        else:
            self.writing.tried(write)


class Guarded:
    """The store's devices, as long as the database is there."""

    def __init__(self, devices: Devices, presence: Presence) -> None:
        self._devices = devices
        self._presence = presence

    def find(self, mac: Mac) -> Found | None:
        with self._presence.reading.used():
            return self._devices.find(mac)

    def find_by_token(self, token: str) -> Found | None:
        with self._presence.reading.used():
            return self._devices.find_by_token(token)

    def pin_window(self, device_id: int, address: str) -> bool:
        with self._presence.writing.used():
            return self._devices.pin_window(device_id, address)

    def reading(self, function: Callable[[], Result]) -> Callable[[], Result]:
        """The same function, as long as the database is there."""

        def read() -> Result:
            with self._presence.reading.used():
                return function()

        return read


class UploadStore(Protocol):
    """What is asked of the store about uploads; everything may raise StoreUnavailable, `put`
    NotFoundError when the device's token is another by now."""

    def put(self, sent: Sent, most: Allowance) -> bool | None: ...

    def get(self, device_id: int, kind: str) -> Upload | None: ...


class GuardedUploads:
    """The store's uploads, as long as the database is there."""

    def __init__(self, uploads: UploadStore, presence: Presence) -> None:
        self._uploads = uploads
        self._presence = presence

    def put(self, sent: Sent, most: Allowance) -> bool | None:
        with self._presence.writing.used():
            return self._uploads.put(sent, most)

    def get(self, device_id: int, kind: str) -> Upload | None:
        with self._presence.reading.used():
            return self._uploads.get(device_id, kind)
