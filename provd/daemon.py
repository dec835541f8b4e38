"""The daemon: the parts of `provd.app` with their sockets; started, reloaded, stopped in order."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from flask import Flask
from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults

from provd import compiled, demonstration
from provd.app import Provd, now, started
from provd.bookkeeping import Bookkeeping
from provd.certificates import Certificates
from provd.chores import Chores
from provd.configuration import Configuration
from provd.configuration_file import configuration_from
from provd.configuration_sources import DEMONSTRATE, GREET, TAKE_OVER
from provd.crew import Crew
from provd.crypto.files import obstacle
from provd.crypto.sealing import load_or_create_key
from provd.errors import ProvdError
from provd.handover import Lock, Offer, Predecessor, in_use, predecessor
from provd.history import History
from provd.listeners import PHONES, Listeners, Server
from provd.logs import configure_logs
from provd.monitoring import Watched, monitoring
from provd.phones import Phones, stopped
from provd.plug_and_play import PnpService
from provd.portal import create_app
from provd.portal.context import EXTENSION
from provd.portal.settings import PortalSettings
from provd.process import (
    count_monotonically,
    keep_what_lives,
    raise_descriptor_limit,
    start_again,
    take_signals,
    tell_systemd,
)
from provd.process_vitals import BookingVitals
from provd.pulse import Pulse
from provd.reloading import Prepared, Reloader
from provd.servers.listening import Sockets, inherited_from_systemd
from provd.tally import Tally
from provd.threads import Threads
from provd.ticket_keys import TicketKeys
from provd.welcome import welcome
from provd.whereabouts import Whereabouts

log = structlog.get_logger()

LOOK_FOR_LOCK = 0.1
"""Seconds between two looks whether the predecessor has let go of the data folder."""


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
        take_over: bool = False,
    ) -> None:
        """`read` gives the configuration anew, for a reload. `take_over`: follow whoever serves."""
        self._reactor = reactor
        self._parts = parts
        self._greet = greet
        self._take_over_from_running = take_over
        self._stopping = False
        self._has_successor = False
        self._threads = Threads(reactor, "reloading", 1)
        self._tally = Tally()
        self._lock = Lock(self._data)
        self._offer = Offer(
            self._data,
            lambda: self._sockets.all,
            stopping=lambda: self._stopping,
            followed=lambda: reactor.callFromThread(self._followed),
        )
        self._chores = Chores(reactor, lambda: self._parts)
        self._reloader = Reloader(
            read,
            lambda: self._parts,
            self._take_over,
            in_thread=self._threads.run,
            clock=now,
        )
        self._servers: list[Server] = []
        self._bound: dict[str, int] = {}
        self._whereabouts = Whereabouts(reactor, lambda: self._parts, self._bound, self._offer)

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
        previous = self._previous()
        inherited = [*inherited_from_systemd(os.environ, os.getpid())]
        inherited += previous.sockets if previous else []
        workers = self._parts.configuration.workers
        self._sockets = Sockets(inherited, processes=workers, several=PHONES)
        self._bookkeeping = Bookkeeping(self._reactor, lambda: self._parts, self._tally)
        self._phones = self._served_by(workers)
        self._watch()
        self._listen()
        if unused := self._sockets.close_unused():
            log.warning("sockets_unused", count=unused)
        # A process that was killed between a commit and its notice left others with old files.
        self._parts.generation.raise_()
        # Only now: threads would keep a process alive that could not open its ports.
        self._threads.start()
        self._phones.start()
        self._bookkeeping.start()
        self._pulse.start()
        self._ticket_keys = TicketKeys(self._reactor, self._certificates, self._threads.run)
        self._ticket_keys.start()
        self._chores.start()
        self._pnp.start()
        self._take_lock()
        keep_what_lives()
        self._reactor.callWhenRunning(self._running, previous)

    def _running(self, previous: Predecessor | None) -> None:
        """Who knows of us may send signals: by default SIGHUP and SIGUSR2 end a process."""
        take_signals(self._reactor, self._reloader.ask, self._succeed)
        self._whereabouts.make_known()
        if previous:
            self._follow(previous)
        tell_systemd(os.environ, f"READY=1\nMAINPID={os.getpid()}")
        if self._greet:
            # Not sys.stdout: twistd has made that a part of the log.
            print(welcome(self._parts, self._whereabouts.ports), file=sys.__stdout__, flush=True)

    def _previous(self) -> Predecessor | None:
        """The daemon that we follow, if there is one. Raises ConfigurationError when it is to go
        on."""
        is_ours = self._lock.taken()
        found = predecessor(self._data, take_over=self._take_over_from_running)
        if not is_ours and found is None:
            raise in_use(self._data)
        return found

    def _follow(self, previous: Predecessor) -> None:
        """Once all that serve phones do; until then the predecessor serves on."""
        if self._phones.serves():
            previous.follow()
        else:
            self._reactor.callLater(LOOK_FOR_LOCK, self._follow, previous)

    def _take_lock(self) -> None:
        if not self._stopping and not self._lock.taken():
            self._reactor.callLater(LOOK_FOR_LOCK, self._take_lock)

    def _succeed(self) -> None:
        """A new process, perhaps of a new version, takes over from this one."""
        given = {key: os.environ[key] for key in os.environ if key not in {GREET, DEMONSTRATE}}
        starting = self._threads.run(start_again, {**given, TAKE_OVER: "1"})
        starting.addCallbacks(
            lambda pid: log.info("successor_started", pid=pid),
            lambda failure: log.error("successor_not_started", error=str(failure.value)),
        )

    def _followed(self) -> None:
        """The successor has our sockets, and alone: it may stop and close them before we end."""
        self._has_successor = True
        if self._stopping:
            self._sockets.close()
        else:
            self._reactor.stop()

    def _served_by(self, workers: int) -> Phones | Crew:
        if workers > 1:
            own = BookingVitals(self._tally, self._bookkeeping.booking)
            return Crew(self._reactor, self._parts, workers, self._sockets, own)
        return Phones(self._reactor, self._parts, self._bookkeeping, self._tally)

    def _watch(self) -> None:
        vitals = self._phones.vitals
        self._watched = Watched(
            self._parts.store,
            self._phones.standby.presence,
            vitals,
            certificate_ends_at=lambda: self._certificates.ends_at,
            any_certificate_ends_at=lambda: self._certificates.any_ends_at,
            withheld=self._phones.withheld,
            missing_workers=self._phones.missing,
            folder_problem=lambda: obstacle(self._data),
            clock=now,
        )
        self._pulse = Pulse(
            self._reactor,
            vitals,
            History(now),
            self._data,
            health=self._watched.health,
            in_thread=self._threads.run,
        )

    def _listen(self) -> None:
        """The portal's pages name the phones' ports, which must be open by then."""
        make = Listeners(self._reactor, self._parts.configuration, self._sockets)
        self._certificates = Certificates.load(self._parts.configuration, now())
        self._phones.listen(make, self._certificates)
        for kind in ("tftp", "http", "https", "legacy"):
            self._bound[kind] = self._sockets.port(f"listen.{kind}_port") or 0
        self._portal = self._portal_application()
        self._open("portal", make.portal(self._portal, self._certificates))
        self._open("metrics", make.metrics(monitoring(self._watched)))
        self._pnp = PnpService(
            self._reactor,
            lambda: self._parts,
            self._phones.standby.presence,
            self._tally,
            self._bookkeeping.record,
        )
        self._pnp.listen()

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
        take_over = self._phones.taking_over(ready.parts)
        self._parts = ready.parts
        self._portal.extensions[EXTENSION] = portal
        take_over()
        self._certificates.take_over(ready.certificates)
        # Not sys.stderr: twistd has made that a part of the log.
        configure_logs(
            configuration.log.level, configuration.log.format, sys.__stderr__, twisted=False
        )
        keep_what_lives()

    def stopService(self) -> Deferred[None]:  # noqa: N802
        super().stopService()  # type: ignore[no-untyped-call]
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        """From now on a successor may start on the same folder, and be given our sockets: phones
        that ask meanwhile wait in them."""
        self._stopping = True
        self._whereabouts.forget()
        self._lock.release()
        self._ticket_keys.stop()
        self._chores.stop()
        self._pnp.stop()
        grace = self._parts.configuration.drain_seconds
        log.info("stopping", at_most_seconds=grace)
        everything = gatherResults([stopped(self._servers, grace), self._phones.stop(grace)])
        if self._has_successor:
            self._sockets.close()
        await everything
        await self._bookkeeping.stop()
        self._pulse.stop()  # now all is counted, by workers too
        self._chores.join()
        self._offer.stop()
        self._sockets.close()
        self._threads.stop()
        self._parts.close()
        log.info("stopped")

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
            phone_addresses=self._whereabouts.for_phones(configuration),
            enrolment_window=configuration.enrolment.window,
            idle=configuration.portal.idle,
            absolute=configuration.portal.absolute,
        )

    @property
    def _data(self) -> Path:
        return self._parts.configuration.data


def service_from(environ: Mapping[str, str]) -> Daemon:
    """What `twistd.tac` starts. Ends the process with one sentence where that can't be."""
    from twisted.internet import reactor

    count_monotonically(reactor)
    try:
        parts = started(environ)
        if not compiled.in_use():
            log.info("runs-from-source", why=compiled.unusable(compiled.folder()))
        if DEMONSTRATE in environ:
            demonstration.load_first(parts)
        return Daemon(
            reactor,
            parts,
            lambda: configuration_from(environ),
            greet=GREET in environ,
            take_over=TAKE_OVER in environ,
        )
    except ProvdError as error:
        raise SystemExit(f"provd: {error}") from error
