"""The workers: processes beside the main one that serve phones, while that serves people.

Each is a fresh process with a socket of its own on every port of the phones. It tells the main
process each second what it counts, over a pair of sockets; when that ends for either side, the
other side is gone. A worker that dies is started anew on the same sockets: its phones wait there.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer  # type: ignore[import-untyped]

from provd.app import Provd
from provd.certificates import Certificates
from provd.listeners import PHONES, Listeners
from provd.reloading import pinned
from provd.servers.listening import Listening, Sockets
from provd.servers.steering import steer
from provd.standby import Standby
from provd.threads import Threads
from provd.vitals import NOTHING, Counts, Now, Silenced, Vitals, summed, together

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds before a worker that died is started anew; each time twice as long, until one has lived
for LONGEST_WAIT."""

_MESSAGE_OCTETS = 256 << 10
_START = """
from provd import compiled
compiled.use()  # for whatever is imported from here on
from provd.worker import main
main()
"""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker tells of itself. `withheld`: firmware, as sentences."""

    counts: Counts = NOTHING
    now: Now = field(default_factory=Now)
    silenced: tuple[Silenced, ...] = ()
    withheld: tuple[str, ...] = ()

    @classmethod
    def of(cls, vitals: Vitals, withheld: Iterable[object]) -> Report:
        return cls(vitals.counts(), vitals.now(), vitals.silenced(), tuple(map(str, withheld)))

    def to_bytes(self) -> bytes:
        silenced = [(one.network, one.until.isoformat(), one.over) for one in self.silenced]
        return json.dumps([self.counts, asdict(self.now), silenced, self.withheld]).encode()

    @classmethod
    def from_bytes(cls, told: bytes) -> Report:
        """Raises ValueError or TypeError for what is none, or counts other things: whoever
        adds it up later would fail, and with it all that is shown."""
        counts, now, silenced, withheld = json.loads(told)
        if len(counts) != len(NOTHING) or not all(isinstance(count, int) for count in counts):
            raise ValueError("these are not the counts of this version")
        networks = tuple(
            Silenced(network, datetime.fromisoformat(until), over)
            for network, until, over in silenced
        )
        return cls(tuple(counts), Now(**now), networks, tuple(withheld))


@implementer(IReadDescriptor)
class Channel:
    """One end of a pair: `told` gets each message, `ended` is called when the other is gone."""

    def __init__(
        self,
        reactor: Any,
        end: socket.socket,
        told: Callable[[bytes], None],
        ended: Callable[[], None],
    ) -> None:
        end.setblocking(False)
        self._reactor = reactor
        self._end = end
        self._told = told
        self._ended = ended
        reactor.addReader(self)

    def fileno(self) -> int:
        return self._end.fileno()

    def logPrefix(self) -> str:  # noqa: N802 (Twisted's name)
        return "crew"

    def doRead(self) -> None:  # noqa: N802 (Twisted's name)
        try:
            told = self._end.recv(_MESSAGE_OCTETS)
        except BlockingIOError:
            return
        except OSError:
            told = b""
        if told:
            self._told(told)
        else:
            self._reactor.removeReader(self)
            self._end.close()
            self._ended()

    def connectionLost(self, reason: object) -> None:  # noqa: N802 (Twisted's name)
        """The reactor shuts down."""


class _Worker:
    """One place in the crew, whatever process has it. `environment` is added to our own."""

    def __init__(
        self,
        reactor: Any,
        number: int,
        arguments: dict[str, Any],
        environment: Mapping[str, str],
    ) -> None:
        self._reactor = reactor
        self._number = number
        self._arguments = arguments
        self._environment = environment
        self._wait = FIRST_WAIT
        self._stopped: Deferred[None] | None = None
        self.report: Report | None = None
        self.counted_before = NOTHING

    def start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        descriptors = [descriptor for _, _, descriptor in self._arguments["sockets"]]
        given = {**self._arguments, "channel": theirs.fileno()}
        paths = [str(Path(__file__).resolve().parent.parent), os.environ.get("PYTHONPATH", "")]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, json.dumps(given)],
                stdin=subprocess.DEVNULL,
                env={
                    **os.environ,
                    **self._environment,
                    "PYTHONPATH": os.pathsep.join(filter(None, paths)),
                },
                pass_fds=[theirs.fileno(), *descriptors],
            )
        self._started_at = self._reactor.seconds()
        Channel(self._reactor, ours, self._told, self._ended)
        log.info("worker_started", worker=self._number, pid=self._process.pid)

    def signal(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            self._process.send_signal(number)

    def stop(self) -> Deferred[None]:
        """Fires when it is gone."""
        self._stopped = Deferred()
        self.signal(signal.SIGTERM)
        if self._process.poll() is not None:
            self._gone()
        return self._stopped

    def _told(self, told: bytes) -> None:
        """What can't be read is said again in a second; until then the former report counts."""
        try:
            self.report = Report.from_bytes(told)
        except (ValueError, TypeError) as error:
            log.error("report_unreadable", worker=self._number, error=str(error))

    def _ended(self) -> None:
        """Its end of the pair is closed: it has ended, or will within moments."""
        if self._process.poll() is None:
            self._reactor.callLater(0.05, self._ended)
            return
        if self.report is not None:
            self.counted_before = summed([self.counted_before, self.report.counts])
            self.report = None
        if self._stopped is not None:
            self._gone()
            return
        lived = self._reactor.seconds() - self._started_at
        wait = FIRST_WAIT if lived > LONGEST_WAIT else self._wait
        self._wait = min(LONGEST_WAIT, 2 * wait)
        log.error("worker_died", worker=self._number, code=self._process.returncode, again_in=wait)
        self._reactor.callLater(wait, self._start_again)

    def _start_again(self) -> None:
        if self._stopped is None:
            self.start()

    def _gone(self) -> None:
        if self._stopped is not None and not self._stopped.called:
            self._stopped.callback(None)


class Crew:
    """Stands where `provd.phones.Phones` does in an installation of one process; implements
    `provd.vitals.Vitals` as well, by adding up. `own` are the main process's, which books too."""

    def __init__(
        self, reactor: Any, parts: Provd, workers: int, sockets: Sockets, own: Vitals
    ) -> None:
        self._reactor = reactor
        self._own = own
        # One that is started anew must not meet another database than we and the others have.
        self._environment = pinned(parts.configuration)
        self._threads = Threads(reactor, "answers", 1)
        self.standby = Standby(reactor, parts, self._threads.run)
        self._count = workers
        self._sockets = sockets
        self._workers: list[_Worker] = []

    def listen(self, make: Listeners, certificates: Certificates) -> None:
        """Opens the sockets of all. Raises ConfigurationError."""
        make.reserve(self._sockets)
        for each in self._sockets.all:
            if each.process == 0:
                steer(each.opened, self._count)

    def start(self) -> None:
        self._threads.start()
        self.standby.start()
        self._workers = [
            _Worker(
                self._reactor,
                number,
                {"workers": self._count, "sockets": [*map(_described, self._of(number))]},
                self._environment,
            )
            for number in range(self._count)
        ]
        for worker in self._workers:
            worker.start()

    def taking_over(self, parts: Provd) -> Callable[[], None]:
        """They read anew what we have read, and have found in order."""

        def take_over() -> None:
            for worker in self._workers:
                worker.signal(signal.SIGHUP)

        return take_over

    def stop(self, grace_seconds: float) -> Deferred[Any]:
        """Each ends within the grace, as its configuration says."""
        gone = gatherResults([worker.stop() for worker in self._workers])
        return Deferred.fromCoroutine(self._stop(gone))

    async def _stop(self, gone: Deferred[Any]) -> None:
        await gone
        await self.standby.stop()
        self._threads.stop()

    @property
    def vitals(self) -> Vitals:
        return self

    def counts(self) -> Counts:
        before = [worker.counted_before for worker in self._workers]
        return summed([self._own.counts(), *before, *(one.counts for one in self._reports)])

    def now(self) -> Now:
        return together([self._own.now(), *(report.now for report in self._reports)])

    def silenced(self) -> tuple[Silenced, ...]:
        found = [one for report in self._reports for one in report.silenced]
        return tuple(sorted(found, key=lambda one: one.until, reverse=True))

    def withheld(self) -> tuple[str, ...]:
        return tuple(sorted({one for report in self._reports for one in report.withheld}))

    def serves(self) -> bool:
        return self.missing() == 0

    def missing(self) -> int:
        """How many do not serve just now."""
        return self._count - len(self._reports)

    @property
    def _reports(self) -> list[Report]:
        return [worker.report for worker in self._workers if worker.report is not None]

    def _of(self, number: int) -> list[Listening]:
        return [
            each for each in self._sockets.all if each.process == number and each.setting in PHONES
        ]


def _described(each: Listening) -> tuple[str, str, int]:
    return each.setting, each.interface, each.opened.fileno()
