"""A worker's process: `provd.crew` starts it, and it serves phones until it is told to end, or its
main process is gone."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall

from provd.app import Provd, build_without_database, now
from provd.bookkeeping import Bookkeeping
from provd.certificates import Certificates
from provd.configuration_file import configuration_from
from provd.crew import Channel, Report
from provd.errors import ProvdError
from provd.listeners import Listeners
from provd.logs import configure_logs
from provd.phones import Phones
from provd.process import keep_what_lives, raise_descriptor_limit
from provd.reloading import Prepared, Reloader
from provd.servers.listening import Listening, Sockets, adopted
from provd.tally import Tally
from provd.threads import Threads
from provd.ticket_keys import TicketKeys

REPORT_EVERY = 1.0
"""Seconds."""

log = structlog.get_logger()


class Worker:
    """Serves phones on `sockets`, one of `workers` processes; reports over `end`."""

    def __init__(
        self, reactor: Any, parts: Provd, sockets: Sockets, end: socket.socket, workers: int
    ) -> None:
        self._reactor = reactor
        self._parts = parts
        self._sockets = sockets
        self._end = end
        self._workers = workers
        self._stopping = False
        self._tally = Tally()
        self._threads = Threads(reactor, "reloading", 1)
        self._bookkeeping = Bookkeeping(reactor, lambda: self._parts, self._tally)
        self._phones = Phones(reactor, parts, self._bookkeeping, self._tally, share=workers)
        self._reloader = Reloader(
            lambda: configuration_from(os.environ),
            lambda: self._parts,
            self._take_over,
            in_thread=self._threads.run,
            clock=now,
        )
        self._reporting = LoopingCall(self._report)
        self._reporting.clock = reactor

    def start(self) -> None:
        """Raises ConfigurationError."""
        configuration = self._parts.configuration
        self._certificates = Certificates.load(configuration, now())
        make = Listeners(self._reactor, configuration, self._sockets, share=self._workers)
        self._phones.listen(make, self._certificates)
        # As in the daemon's start: one that was killed between a commit and its notice left others
        # with old files.
        self._parts.generation.raise_()
        self._threads.start()
        self._phones.start()
        self._bookkeeping.start()
        self._ticket_keys = TicketKeys(self._reactor, self._certificates, self._threads.run)
        self._ticket_keys.start()
        Channel(self._reactor, self._end, lambda _: None, self.stop)
        self._reporting.start(REPORT_EVERY)
        keep_what_lives()

    def reload(self) -> None:
        self._reloader.ask()

    def stop(self) -> None:
        """Once, however often it is asked for."""
        if not self._stopping:
            self._stopping = True
            Deferred.fromCoroutine(self._stop()).addErrback(_failed).addBoth(
                lambda _: self._reactor.stop()
            )

    async def _stop(self) -> None:
        self._ticket_keys.stop()
        draining = self._phones.stop(self._parts.configuration.drain_seconds)
        self._sockets.close()  # the main process has them for a successor
        await draining
        # What it served is known now; booking may take longer than anybody waits for us.
        self._report()
        await self._bookkeeping.stop()
        self._report()
        self._reporting.stop()
        self._threads.stop()
        self._parts.close()

    def _take_over(self, ready: Prepared) -> None:
        take_over = self._phones.taking_over(ready.parts)
        self._parts = ready.parts
        take_over()
        self._certificates.take_over(ready.certificates)
        configuration = ready.parts.configuration
        configure_logs(configuration.log.level, configuration.log.format)
        keep_what_lives()

    def _report(self) -> None:
        """What does not fit just now is told the next time: it is counted from the start."""
        with suppress(OSError):
            self._end.send(Report.of(self._phones.vitals, self._phones.withheld()).to_bytes())


def main() -> None:
    # Ctrl-C reaches every process of a terminal, and the main one tells us anyway.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    early: list[int] = []
    signal.signal(signal.SIGHUP, lambda number, _: early.append(number))
    given = json.loads(sys.argv[1])
    end = socket.socket(fileno=given["channel"])
    end.set_inheritable(False)
    sockets = Sockets(Listening(name, at, 0, adopted(fd)) for name, at, fd in given["sockets"])
    try:
        parts = _parts()
        from twisted.internet import reactor

        worker = Worker(reactor, parts, sockets, end, given["workers"])
        worker.start()
    except ProvdError as error:
        raise SystemExit(f"provd: {error}") from error
    _take_signals(reactor, worker)
    if early:  # whatever it is about, we may have read it before
        worker.reload()
    _run(reactor)


def _parts() -> Provd:
    configuration = configuration_from(os.environ)
    configure_logs(configuration.log.level, configuration.log.format)
    raise_descriptor_limit()
    return build_without_database(configuration)


def _run(reactor: Any) -> None:
    reactor.run(installSignalHandlers=False)


def _take_signals(reactor: Any, worker: Worker) -> None:
    signal.signal(signal.SIGTERM, lambda *_: reactor.callFromThread(worker.stop))
    signal.signal(signal.SIGHUP, lambda *_: reactor.callFromThread(worker.reload))


def _failed(failure: Any) -> None:
    log.error("worker_stop_failed", error=str(failure.value))
