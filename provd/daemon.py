"""The daemon: the parts of `provd.app` with their sockets; started, reloaded, stopped in order."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import structlog
from flask import Flask
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from provd.addresses import own_address, url, usable
from provd.answering import Answering
from provd.app import Provd, configuration_from, now, started
from provd.certificates import Certificates
from provd.configuration import Configuration
from provd.crypto.files import PRIVATE, write_atomically
from provd.crypto.sealing import load_or_create_key
from provd.errors import ProvdError
from provd.history import History
from provd.jobs import Booking
from provd.listeners import Listeners, Server, rebound
from provd.logs import configure_logs
from provd.monitoring import Watched, monitoring
from provd.portal import create_app
from provd.portal.context import EXTENSION
from provd.portal.settings import PortalSettings
from provd.process import keep_what_lives, raise_descriptor_limit, take_signals
from provd.process_vitals import ProcessVitals
from provd.provisioning.journal import JournalEntry
from provd.provisioning.spool import Spool
from provd.pulse import Pulse
from provd.reloading import Prepared, Reloader
from provd.running import RUNTIME
from provd.serving import Serving
from provd.tally import Tally
from provd.welcome import Ports, ca_file, welcome

log = structlog.get_logger()

Result = TypeVar("Result")

ANSWER_THREADS = 4


class Daemon(Service):
    """Everything that listens. `startService` raises ConfigurationError when a port is busy, and
    then nothing is left open."""

    def __init__(
        self,
        reactor: Any,
        parts: Provd,
        read: Callable[[], Configuration],
        *,
        greet: bool = False,
    ) -> None:
        """`read` gives the configuration anew, for a reload."""
        self._reactor = reactor
        self._parts = parts
        self._greet = greet
        self._answers = ThreadPool(1, ANSWER_THREADS, "answers")
        self._bookings = ThreadPool(1, 1, "bookings")
        self._tally = Tally()
        self._images = ThreadPool(1, 1, "images")
        self._spool = Spool(parts.configuration.data / "journal.spool", self._book)
        self._booking = Booking(reactor, self._spool, self._in(self._bookings))
        self._answering = Answering(self._in(self._answers), self._tally, reactor.seconds)
        self._serving = Serving(
            reactor,
            parts,
            self._tally,
            in_thread=self._answering,
            images_thread=self._in(self._images),
            record=self._record,
        )
        self._reloader = Reloader(
            read,
            lambda: self._parts,
            self._take_over,
            in_thread=self._in(self._answers),
            clock=now,
        )
        self._servers: list[Server] = []
        vitals = ProcessVitals(
            self._tally,
            self._answering,
            self._booking,
            self._serving.sweeps,
            self._servers,
            memory=lambda: self._serving.memory,
            clock=now,
        )
        self._watched = Watched(
            parts.store,
            vitals,
            certificate_ends_at=lambda: self._certificates.ends_at,
            withheld=lambda: self._serving.shelf.withheld,
            clock=now,
        )
        self._pulse = Pulse(
            reactor,
            vitals,
            History(now),
            parts.configuration.data,
            health=self._watched.health,
            in_thread=self._in(self._bookings),
        )
        self._bound: dict[str, int] = {}

    def startService(self) -> None:  # noqa: N802  Twisted's name
        super().startService()  # type: ignore[no-untyped-call]
        try:
            self._start()
        except ProvdError as error:
            # Loudly, and with nothing left open: the process ends.
            print(f"provd: {error}", file=sys.__stderr__, flush=True)
            raise SystemExit(1) from error

    def _start(self) -> None:
        raise_descriptor_limit()
        self._listen()
        # A process that was killed between a commit and its notice left others with old files.
        self._parts.generation.raise_()
        # Only now: threads would keep a process alive that could not open its ports.
        self._answers.start()
        self._bookings.start()
        self._images.start()
        self._serving.start()
        self._write_runtime()
        self._booking.wake()
        self._pulse.start()
        self._reactor.callWhenRunning(take_signals, self._reactor, self._reloader.ask)
        keep_what_lives()
        if self._greet:
            # Not sys.stdout: twistd has made that a part of the log.
            print(welcome(self._parts, self._ports()), file=sys.__stdout__, flush=True)

    def _listen(self) -> None:
        """The portal's pages name the phones' ports, which must be open by then."""
        make = Listeners(self._reactor, self._parts.configuration)
        self._open("tftp", make.tftp(self._serving))
        self._open("http", make.http(self._serving))
        self._certificates = Certificates.load(self._parts.configuration, now())
        self._open("https", make.https(self._serving, self._certificates))
        self._open("legacy", make.legacy(self._serving, self._certificates))
        self._portal = self._portal_application()
        self._open("portal", make.portal(self._portal, self._certificates))
        self._open("metrics", make.metrics(monitoring(self._watched)))

    def _open(self, kind: str, servers: Iterator[Server]) -> None:
        for server in servers:
            server.start()
            self._servers.append(server)
            self._bound.setdefault(kind, server.port)

    def _take_over(self, ready: Prepared) -> None:
        """In one step: no request sees one part old and another new."""
        configuration = ready.parts.configuration
        portal = replace(
            self._portal.extensions[EXTENSION],
            operations=ready.parts.operations,
            settings=self._portal_settings(configuration),
        )
        provisioning = self._serving.provisioning(ready.parts)
        self._parts = ready.parts
        self._portal.extensions[EXTENSION] = portal
        self._serving.take_over(provisioning, ready.parts)
        self._certificates.take_over(ready.certificates)
        rebound(self._servers, configuration)
        # Not sys.stderr: twistd has made that a part of the log.
        configure_logs(
            configuration.log.level, configuration.log.format, sys.__stderr__, twisted=False
        )
        keep_what_lives()

    def stopService(self) -> Deferred[None]:  # noqa: N802
        super().stopService()  # type: ignore[no-untyped-call]
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._serving.stop()
        for server in self._servers:
            await server.stop()
        await self._booking.stop()
        self._pulse.stop()
        self._spool.close()
        self._runtime.unlink(missing_ok=True)
        self._stop_threads()
        self._parts.close()
        log.info("stopped")

    def _stop_threads(self) -> None:
        for pool in (self._answers, self._bookings, self._images):
            pool.stop()

    def _portal_application(self) -> Flask:
        configuration = self._parts.configuration
        key = load_or_create_key(configuration.data / "session.key")
        return create_app(
            self._parts.operations,
            secret_key=key,
            settings=self._portal_settings(configuration),
            clock=now,
            server=self._pulse,
        )

    def _portal_settings(self, configuration: Configuration) -> PortalSettings:
        return PortalSettings(
            phone_addresses=tuple(self._phone_addresses(configuration)),
            enrolment_window=configuration.enrolment.window,
            idle=configuration.portal.idle,
            absolute=configuration.portal.absolute,
        )

    def _record(self, entry: JournalEntry) -> None:
        self._booking.record(entry)
        self._tally.recorded(entry)

    def _book(self, entries: Sequence[JournalEntry]) -> None:
        self._parts.operations.boots.book(entries)
        self._tally.booked(len(entries))

    def _phone_addresses(self, configuration: Configuration) -> Iterator[str]:
        """What a phone can be pointed to, the safest first."""
        if configuration.listen.public_url:
            yield configuration.listen.public_url
        ports = self._ports()
        yield ports.at("https", ports.https)
        if ports.legacy:
            yield ports.at("https", ports.legacy)
        yield ports.at("http", ports.http)
        yield ports.at("tftp", ports.tftp)

    def _ports(self) -> Ports:
        """Those in use, once the servers listen."""
        listen = self._parts.configuration.listen
        return Ports(
            host=own_address(usable(listen.addresses)),
            tftp=self._bound.get("tftp", listen.tftp_port),
            http=self._bound.get("http", listen.http_port),
            https=self._bound.get("https", listen.https_port),
            portal=self._bound.get("portal", listen.portal_port),
            legacy=self._bound.get("legacy", 0),
        )

    def _write_runtime(self) -> None:
        """What the command line needs to find this daemon."""
        ports = self._ports()
        runtime = {
            "host": ports.host,
            "tftp_port": ports.tftp,
            "http_port": ports.http,
            "https_port": ports.https,
            "portal_port": ports.portal,
            "legacy_port": ports.legacy,
            "ca_file": ca_file(self._parts.configuration),
            "metrics": self._metrics_url(),
            "pid": os.getpid(),
        }
        write_atomically(self._runtime, json.dumps(runtime, indent=2).encode(), mode=PRIVATE)

    def _metrics_url(self) -> str:
        """Empty where nobody may ask."""
        where = self._parts.configuration.listen.metrics
        return url("http", own_address([where.address]), self._bound["metrics"]) if where else ""

    @property
    def _runtime(self) -> Path:
        return self._parts.configuration.data / RUNTIME

    def _in(self, pool: ThreadPool) -> Callable[..., Awaitable[Any]]:
        def run(function: Callable[..., Result], *arguments: Any) -> Deferred[Result]:
            return deferToThreadPool(self._reactor, pool, function, *arguments)

        return run


def service_from(environ: Mapping[str, str]) -> Daemon:
    """What `twistd.tac` starts. Ends the process with one sentence where that can't be."""
    from twisted.internet import reactor

    try:
        return Daemon(
            reactor,
            started(environ),
            lambda: configuration_from(environ),
            greet="PROVD_GREET" in environ,
        )
    except ProvdError as error:
        raise SystemExit(f"provd: {error}") from error
