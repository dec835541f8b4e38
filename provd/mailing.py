"""Every half minute the mails whose time has come are given to the mail server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from provd.errors import StoreError
from provd.threads import Threads

log = structlog.get_logger()

EVERY = 30.0
"""Seconds."""


class Mailing:
    """`deliver` sends one after the other until it is told that this is enough. It blocks, for as
    long as a mail server takes, so it has a thread to itself. `clock` is an IReactorTime."""

    def __init__(
        self, clock: Any, deliver: Callable[[Callable[[], bool]], object], *, threads: Threads
    ) -> None:
        self._deliver = deliver
        self._stopped = threading.Event()
        self._threads = threads
        self._loop = LoopingCall(lambda: Deferred.fromCoroutine(self._step()))
        self._loop.clock = clock

    def start(self) -> None:
        self._threads.start()
        self._loop.start(EVERY, now=False)

    def stop(self) -> None:
        """No further mail. The one that is on its way goes on until `join`."""
        self._stopped.set()
        if self._loop.running:
            self._loop.stop()

    def join(self) -> None:
        """Waits for the mail that is on its way, so that it is sent once and not twice."""
        self._threads.stop()

    async def _step(self) -> None:
        try:
            await self._threads.run(self._deliver, self._stopped.is_set)
        except StoreError as error:
            log.warning("mail_waits", error=str(error))
        except Exception:
            # A timer's step; the queue keeps what is in it.
            log.exception("mail_failed")
