"""The daemon: the parts of `provd.app` with their sockets, started and stopped in order."""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import structlog
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from provd.app import Provd, now, started
from provd.configuration import Configuration
from provd.crypto.authority import Authority
from provd.crypto.files import PRIVATE, write_atomically
from provd.crypto.sealing import load_or_create_key
from provd.errors import ConfigurationError, ProvdError
from provd.jobs import Booking
from provd.portal import create_app
from provd.portal.settings import PortalSettings
from provd.provisioning.backend import Provisioning
from provd.provisioning.digest import Authentication
from provd.provisioning.nonces import Nonces
from provd.provisioning.spool import Spool
from provd.provisioning.sweeps import Sweeps
from provd.provisioning.trust import Trust
from provd.provisioning.watch import Watch
from provd.provisioning.ways import Ways
from provd.running import RUNTIME
from provd.servers.http import HttpLimits, HttpServer
from provd.servers.tftp import TftpLimits, TftpServer
from provd.servers.tls import CertificateFiles, TlsContexts, TlsFiles
from provd.servers.wsgi import WsgiLimits, WsgiServer
from provd.welcome import Ports, ca_file, welcome

log = structlog.get_logger()

Result = TypeVar("Result")
Server = TftpServer | HttpServer | WsgiServer

ANSWER_THREADS = 4
PORTAL_THREADS = 8
DESCRIPTORS = 65_536


class Daemon(Service):
    """Everything that listens. `startService` raises ConfigurationError when a port is busy, and
    then nothing is left open."""

    def __init__(self, reactor: Any, parts: Provd, *, greet: bool = False) -> None:
        self._reactor = reactor
        self._parts = parts
        self._greet = greet
        self._answers = ThreadPool(1, ANSWER_THREADS, "answers")
        self._bookings = ThreadPool(1, 1, "bookings")
        self._spool = Spool(parts.configuration.data / "journal.spool", parts.operations.boots.book)
        self._booking = Booking(reactor, self._spool, self._in(self._bookings))
        self._servers: list[Server] = []
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
        for kind, servers in (
            ("tftp", self._tftp),
            ("http", self._http),
            ("https", self._https),
            ("portal", self._portal),
        ):
            for server in servers():
                _listen(server, f"listen.{kind}_port")
                self._servers.append(server)
                self._bound.setdefault(kind, server.port)
        # A process that was killed between a commit and its notice left others with old files.
        self._parts.generation.raise_()
        # Only now: threads would keep a process alive that could not open its ports.
        self._answers.start()
        self._bookings.start()
        self._write_runtime()
        self._booking.wake()
        self._reactor.callWhenRunning(self._take_signals)
        # Vendors, templates and code live as long as the process: no collection need look at them.
        gc.collect()
        gc.freeze()
        if self._greet:
            # Not sys.stdout: twistd has made that a part of the log.
            print(welcome(self._parts, self._ports()), file=sys.__stdout__, flush=True)

    def _take_signals(self) -> None:
        """Twisted's own handlers let the process die of the signal in the end, and whoever asked
        it to stop would take that for a failure."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop_on_signal)

    def _stop_on_signal(self, number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)  # a second one ends it at once
        self._reactor.callFromThread(self._reactor.stop)

    def stopService(self) -> Deferred[None]:  # noqa: N802
        super().stopService()  # type: ignore[no-untyped-call]
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        for server in self._servers:
            await server.stop()
        await self._booking.stop()
        self._spool.close()
        self._runtime.unlink(missing_ok=True)
        self._stop_threads()
        self._parts.close()
        log.info("stopped")

    def _stop_threads(self) -> None:
        for pool in (self._answers, self._bookings):
            pool.stop()

    def _tftp(self) -> Iterator[Server]:
        configuration = self._parts.configuration
        limits = TftpLimits(
            allowed_networks=configuration.networks.tftp,
            maximum_sessions=configuration.limits.tftp_sessions,
        )
        yield TftpServer(
            self._reactor,
            self._backend,
            interfaces=usable(configuration.listen.addresses),
            port=configuration.listen.tftp_port,
            settings=limits,
            clock=now,
        )

    def _http(self) -> Iterator[Server]:
        return self._phones(self._parts.configuration.listen.http_port, None)

    def _https(self) -> Iterator[Server]:
        folder = self._parts.configuration.trust_folder
        if self._parts.configuration.tls.trust_folder is None:
            folder.mkdir(exist_ok=True)  # so that it is found; another must be there
        tls = TlsContexts(TlsFiles(self._certificates, trust_folder=folder))
        return self._phones(self._parts.configuration.listen.https_port, tls)

    def _phones(self, port: int, tls: TlsContexts | None) -> Iterator[Server]:
        limits = self._parts.configuration.limits
        http = HttpLimits(
            maximum_connections=limits.connections,
            maximum_connections_per_address=limits.connections_per_address,
        )
        for interface in usable(self._parts.configuration.listen.addresses):
            yield HttpServer(
                self._reactor,
                self._backend,
                interface=interface,
                port=port,
                tls=tls,
                limits=http,
                clock=now,
            )

    def _portal(self) -> Iterator[Server]:
        configuration = self._parts.configuration
        settings = PortalSettings(
            phone_addresses=tuple(self._phone_addresses()),
            enrolment_window=configuration.enrolment.window,
            idle=configuration.portal.idle,
            absolute=configuration.portal.absolute,
        )
        key = load_or_create_key(configuration.data / "session.key")
        application = create_app(
            self._parts.operations, secret_key=key, settings=settings, clock=now
        )
        for interface in usable(configuration.listen.addresses):
            yield WsgiServer(
                self._reactor,
                application,
                interface=interface,
                port=configuration.listen.portal_port,
                tls=self._tls,
                limits=WsgiLimits(threads=PORTAL_THREADS),
                setting="listen.portal_port",
            )

    @cached_property
    def _backend(self) -> Provisioning:
        parts = self._parts
        return Provisioning(
            parts.store.devices,
            parts.registry,
            parts.files,
            generation=parts.generation,
            trust=self._trust,
            in_thread=self._in(self._answers),
            record=self._booking.record,
            pause=lambda seconds: deferLater(self._reactor, seconds),
            clock=now,
            challenges=parts.configuration.trust.challenge,
        )

    @cached_property
    def _trust(self) -> Trust:
        parts = self._parts
        bench = parts.configuration.networks.bench
        return Trust(
            parts.registry,
            Ways(parts.registry, parts.profiles),
            parts.files.credentials,
            Authentication(Nonces()),
            Watch(Sweeps(), parts.store.sites.all_networks, bench),
            bench,
        )

    @cached_property
    def _tls(self) -> TlsContexts:
        """For people: they are not asked for certificates."""
        return TlsContexts(TlsFiles(self._certificates))

    @cached_property
    def _certificates(self) -> list[CertificateFiles]:
        """Certificates of our own authority, made or renewed where that is due."""
        configuration = self._parts.configuration
        authority = Authority(configuration.data / "tls")
        made = authority.certificates(certificate_names(configuration), now())
        return [CertificateFiles(chain=path, key=path) for path in (made.ecdsa, made.rsa)]

    def _phone_addresses(self) -> Iterator[str]:
        """What a phone can be pointed to, the safest first."""
        configuration = self._parts.configuration
        if configuration.listen.public_url:
            yield configuration.listen.public_url
        ports = self._ports()
        yield from (ports.at("https", ports.https), ports.at("http", ports.http))
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
            "ca_file": ca_file(self._parts.configuration),
            "pid": os.getpid(),
        }
        write_atomically(self._runtime, json.dumps(runtime, indent=2).encode(), mode=PRIVATE)

    @property
    def _runtime(self) -> Path:
        return self._parts.configuration.data / RUNTIME

    def _in(self, pool: ThreadPool) -> Callable[..., Awaitable[Any]]:
        def run(function: Callable[..., Result], *arguments: Any) -> Deferred[Result]:
            return deferToThreadPool(self._reactor, pool, function, *arguments)

        return run


def _listen(server: Server, setting: str) -> None:
    """Servers do not know what their ports are called in provd.yaml."""
    try:
        server.start()
    except ConfigurationError as error:
        raise ConfigurationError(
            error.problem, key=setting, remedy=f"Stop the other program, or change {setting}"
        ) from error


def raise_descriptor_limit() -> None:
    """Each connection is a descriptor, and a login's usual soft limit of 1024 is less than the
    connections that are allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def usable(addresses: Sequence[str]) -> list[str]:
    """Without IPv6 in the kernel `::` stands for every IPv4 address: provd starts there too."""
    if "::" in addresses and not _has_ipv6():
        return [address if address != "::" else "0.0.0.0" for address in addresses]  # noqa: S104
    return list(addresses)


def own_address(addresses: Sequence[str]) -> str:
    """At which this machine reaches what listens there."""
    first = addresses[0]
    return "127.0.0.1" if first in {"::", "0.0.0.0"} else first  # noqa: S104  compared with


def certificate_names(configuration: Configuration) -> list[str]:
    """Names and addresses by which phones and browsers may come."""
    listen = configuration.listen
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname(), listen.public_host]
    names += [one for one in listen.addresses if one not in {"::", "0.0.0.0"}]  # noqa: S104
    names += configuration.tls.names
    return list(dict.fromkeys(name for name in names if name))


def service_from(environ: Mapping[str, str]) -> Daemon:
    """What `twistd.tac` starts. Ends the process with one sentence where that can't be."""
    from twisted.internet import reactor

    try:
        return Daemon(reactor, started(environ), greet="PROVD_GREET" in environ)
    except ProvdError as error:
        raise SystemExit(f"provd: {error}") from error


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return False
    return True
