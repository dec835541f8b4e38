"""What keeps phones served while the database is away: wired from the parts in service."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from twisted.internet.defer import Deferred

from provd.app import Provd, now
from provd.devices.standing import Standing
from provd.guard import Guard
from provd.keeping import Keeping
from provd.provisioning.presence import Presence
from provd.threads import Threads

THREADS = 3
"""One may be writing copies; two answer phones."""


class Standby:
    """`asking` runs a function in one of the threads that ask the database. The store and the
    copies of `parts` outlive a reload."""

    def __init__(self, reactor: Any, parts: Provd, asking: Callable[..., Deferred[Any]]) -> None:
        self._parts = parts
        self._threads = Threads(reactor, "last-good", THREADS)
        self.presence = Presence(time.monotonic)
        self._guard = Guard(reactor, self.presence, asking, self._try)
        self._keeping = Keeping(
            reactor,
            parts.copies,
            self.aside,
            current=self._current,
            generation=lambda: parts.generation.value,
            now=lambda: now().timestamp(),
        )

    def start(self) -> None:
        if self._parts.missing:
            self.presence.away(self._parts.missing)
        self._threads.start()
        self._guard.start()
        self._keeping.start()

    async def stop(self) -> None:
        self._guard.stop()
        await self._keeping.stop()
        self._threads.stop()

    def answering(self, function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        """In a thread that may ask the database; fails with StoreUnavailable while it is away."""
        return self._guard.run(function, *arguments)

    def aside(self, function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        """In a thread that never asks it, or only while it is there."""
        return self._threads.run(function, *arguments)

    def _try(self) -> None:
        self.presence.tried(self._read, self._parts.store.try_writing)

    def _read(self) -> None:
        """Migrations are made up for, where the start could not."""
        self._parts.make_ready()
        self._parts.store.try_reading()

    def _current(self, device_ids: Collection[int]) -> Mapping[int, Standing]:
        with self.presence.reading.used():
            return self._parts.store.devices.trusted_by(device_ids)
