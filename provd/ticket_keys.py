"""Gives TLS other keys for its tickets from time to time.

A ticket holds a session's secret, sealed with a key that OpenSSL makes with a context. Who learns
it can read all sessions whose tickets it sealed. So no key seals for longer than EVERY.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from provd.certificates import Certificates
from provd.errors import ProvdError

log = structlog.get_logger()

EVERY = 12 * 3600.0
"""Seconds. A phone that comes back with a ticket of before makes one whole handshake."""


class TicketKeys:
    """`clock` is an IReactorTime; `in_thread` runs what reads files."""

    def __init__(
        self, clock: Any, certificates: Certificates, in_thread: Callable[..., Deferred[Any]]
    ) -> None:
        self._certificates = certificates
        self._in_thread = in_thread
        self._loop = LoopingCall(lambda: Deferred.fromCoroutine(self._renew()))
        self._loop.clock = clock

    def start(self) -> None:
        self._loop.start(EVERY, now=False)

    def stop(self) -> None:
        if self._loop.running:
            self._loop.stop()

    async def _renew(self) -> None:
        for contexts in self._certificates.contexts:
            try:
                renew = await self._in_thread(contexts.renewing)
            except ProvdError as error:
                log.error("ticket_keys_stay", error=str(error))
            except Exception:
                # A timer's step: whatever it was, the old keys serve on.
                log.exception("ticket_keys_stay")
            else:
                renew()
