"""What serves phones in one process: their servers over the provisioning in service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from twisted.internet.defer import Deferred, gatherResults

from provd.answering import Answering
from provd.app import Provd, now
from provd.bookkeeping import Bookkeeping
from provd.certificates import Certificates
from provd.listeners import Listeners, Server, rebound
from provd.process_vitals import ProcessVitals
from provd.serving import Serving
from provd.standby import Standby
from provd.tally import Tally
from provd.threads import Threads

ANSWER_THREADS = 4


class Phones:
    """`listen` raises ConfigurationError when a port is busy; only after it `start`."""

    def __init__(
        self,
        reactor: Any,
        parts: Provd,
        bookkeeping: Bookkeeping,
        tally: Tally,
        *,
        share: int = 1,
    ) -> None:
        """`share`: among how many processes the limits are divided."""
        self._share = share
        self._threads = Threads(reactor, "answers", ANSWER_THREADS)
        self._images = Threads(reactor, "images", 1)
        answering = Answering(self._threads.run, tally, reactor.seconds)
        self.standby = Standby(reactor, parts, answering)
        self.serving = Serving(
            reactor,
            parts,
            tally,
            in_thread=self.standby.answering,
            aside=self.standby.aside,
            images_thread=self._images.run,
            presence=self.standby.presence,
            record=bookkeeping.record,
            share=share,
        )
        self.servers: list[Server] = []
        self.vitals = ProcessVitals(
            tally,
            answering,
            bookkeeping.booking,
            self.serving.sweeps,
            self.servers,
            memory=lambda: self.serving.memory,
            clock=now,
        )

    def listen(self, make: Listeners, certificates: Certificates) -> None:
        self._open(make.tftp(self.serving))
        self._open(make.http(self.serving))
        self._open(make.https(self.serving, certificates))
        self._open(make.legacy(self.serving, certificates))

    def start(self) -> None:
        self._threads.start()
        self._images.start()
        self.standby.start()
        self.serving.start()

    def serves(self) -> bool:
        """Whether all processes that serve phones do."""
        return True

    def missing(self) -> int:
        """How many of them do not."""
        return 0

    def withheld(self) -> Iterable[object]:
        """Firmware that is not what its entry says."""
        return self.serving.shelf.withheld

    def taking_over(self, parts: Provd) -> Callable[[], None]:
        """Makes all of it ready; what it gives puts it into service and can't fail."""
        provisioning = self.serving.provisioning(parts)

        def take_over() -> None:
            self.serving.take_over(provisioning, parts)
            rebound(self.servers, parts.configuration, share=self._share)

        return take_over

    def stop(self, grace_seconds: float) -> Deferred[Any]:
        """Takes no more from now on, and lets what runs come to its end, within the grace."""
        self.serving.stop()
        return Deferred.fromCoroutine(self._stop(grace_seconds))

    async def _stop(self, grace_seconds: float) -> None:
        await stopped(self.servers, grace_seconds)
        await self.standby.stop()
        self._threads.stop()
        self._images.stop()

    def _open(self, servers: Iterator[Server]) -> None:
        for server in servers:
            server.start()
            self.servers.append(server)


def stopped(servers: list[Server], grace_seconds: float) -> Deferred[Any]:
    """Fires when all are, and none waits for another one's phones."""
    return gatherResults(
        [Deferred.fromCoroutine(server.stop(grace_seconds)) for server in servers],
        consumeErrors=True,
    )
