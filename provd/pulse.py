"""Feels the installation's pulse every few seconds: keeps the history of its counts, with a copy.

The portal's page for operators reads it here (`provd.portal.server.Server`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from provd.crypto.files import PRIVATE, write_atomically
from provd.health import Health
from provd.history import History
from provd.vitals import Minute, Vitals

log = structlog.get_logger()

EVERY = 5.0
"""Seconds between two looks: so far a boot may stand in the wrong minute."""

SAVED_EVERY = 60
"""Looks between two copies."""

COPY = "activity.json"


class Pulse:
    """`reactor` is an IReactorTime; `in_thread` runs what blocks. `health` blocks, too."""

    def __init__(
        self,
        reactor: Any,
        vitals: Vitals,
        history: History,
        folder: Path,
        *,
        health: Callable[[], Health],
        in_thread: Callable[..., Awaitable[object]],
    ) -> None:
        self.vitals = vitals
        self.health = health
        self._history = history
        self._path = folder / COPY
        self._in_thread = in_thread
        self._looks = 0
        self._call = LoopingCall(self._look)
        self._call.clock = reactor

    def minutes(self) -> tuple[Minute, ...]:
        """Of the last day; see `History.minutes`."""
        return self._history.minutes()

    def start(self) -> None:
        """Goes on from the copy, where there is a good one."""
        self._read()
        self._call.start(EVERY)

    def stop(self) -> None:
        """Blocks for the last copy."""
        if self._call.running:
            self._call.stop()
            self._history.take(self.vitals.counts())
            self._save()

    def _look(self) -> None:
        self._history.take(self.vitals.counts())
        self._looks += 1
        if self._looks % SAVED_EVERY == 0:
            Deferred.fromCoroutine(self._saved())

    async def _saved(self) -> None:
        await self._in_thread(self._save)

    def _read(self) -> None:
        try:
            self._history.load(self._path.read_bytes())
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            log.warning("activity_copy_unread", error=str(error))

    def _save(self) -> None:
        # The process that this one follows wrote its last minutes after this one had begun.
        self._read()
        try:
            write_atomically(self._path, self._history.dump(), mode=PRIVATE)
        except OSError as error:
            # A full disk: charts of the last day are the least of what is lost then.
            log.warning("activity_copy_failed", error=error.strerror)
