"""Makes the servers that the configuration asks for; nothing listens before `start`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import structlog

from provd.addresses import usable
from provd.app import now
from provd.certificates import Certificates
from provd.configuration import Configuration
from provd.exchange import Backend, Receiver
from provd.process import descriptor_limit
from provd.servers.http import HttpLimits, HttpServer
from provd.servers.listening import Opener, Sockets
from provd.servers.tftp import TftpLimits, TftpServer
from provd.servers.tls import TlsContexts
from provd.servers.wsgi import WsgiLimits, WsgiServer

Server = TftpServer | HttpServer | WsgiServer
Application = Callable[..., Any]

_log = structlog.get_logger()

PORTAL_THREADS = 8
METRICS_THREADS = 2

RESERVED = 1024
"""Descriptors that are not for phones' connections."""


PHONES = tuple(f"listen.{kind}_port" for kind in ("tftp", "http", "https", "legacy"))
"""Settings of the ports that phones are served on."""


class Serves(Backend, Protocol):
    """A backend that takes uploads as well."""

    @property
    def receiving(self) -> Receiver: ...


class Listeners:
    """The servers by what they serve; for each there may be several, one for an address."""

    def __init__(
        self,
        reactor: Any,
        configuration: Configuration,
        sockets: Opener,
        *,
        share: int = 1,
    ) -> None:
        """`share`: among how many processes the limits on all phones are divided."""
        self._reactor = reactor
        self._configuration = configuration
        self._sockets = sockets
        self._share = share
        self._interfaces = usable(configuration.listen.addresses)
        ports = 3 if configuration.listen.legacy_port else 2
        self._descriptors = for_each_server(descriptor_limit(), len(self._interfaces) * ports)

    def tftp(self, backend: Serves) -> Iterator[Server]:
        configuration = self._configuration
        limits = TftpLimits(
            allowed_networks=configuration.networks.tftp,
            maximum_sessions=_part(configuration.limits.tftp_sessions, self._share),
            unvalidated_total_octets=_part(TftpLimits().unvalidated_total_octets, self._share),
        )
        yield TftpServer(
            self._reactor,
            backend,
            interfaces=self._interfaces,
            port=configuration.listen.tftp_port,
            setting="listen.tftp_port",
            settings=limits,
            sockets=self._sockets,
            receiver=backend.receiving,
            clock=now,
        )

    def http(self, backend: Serves) -> Iterator[Server]:
        return self._phones(backend, "http_port", None)

    def https(self, backend: Serves, certificates: Certificates) -> Iterator[Server]:
        return self._phones(backend, "https_port", certificates.phones)

    def legacy(self, backend: Serves, certificates: Certificates) -> Iterator[Server]:
        """None, unless it is asked for."""
        port = self._configuration.listen.legacy_port
        if port and certificates.legacy is not None:
            _log.warning(
                "old_tls_is_accepted",
                port=port,
                remedy="Set listen.legacy_port to 0 once no phone needs it",
            )
            yield from self._phones(backend, "legacy_port", certificates.legacy)

    def portal(self, application: Application, certificates: Certificates) -> Iterator[Server]:
        for interface in self._interfaces:
            yield WsgiServer(
                self._reactor,
                application,
                interface=interface,
                port=self._configuration.listen.portal_port,
                tls=certificates.people,
                limits=WsgiLimits(threads=PORTAL_THREADS),
                sockets=self._sockets,
                setting="listen.portal_port",
            )

    def metrics(self, application: Application) -> Iterator[Server]:
        where = self._configuration.listen.metrics
        if where is not None:
            yield WsgiServer(
                self._reactor,
                application,
                interface=where.address,
                port=where.port,
                limits=WsgiLimits(threads=METRICS_THREADS),
                sockets=self._sockets,
                setting="listen.metrics",
                quiet=True,
            )

    def _phones(self, backend: Serves, key: str, tls: TlsContexts | None) -> Iterator[Server]:
        limits = self._configuration.limits
        connections = _part(limits.connections, self._share)
        http = HttpLimits(
            maximum_connections=connections,
            maximum_connections_per_address=limits.connections_per_address,
            descriptors=self._descriptors,
        )
        if connections + http.maximum_turned_away > self._descriptors:
            _log.warning(
                "few_descriptors",
                setting=f"listen.{key}",
                connections=self._descriptors,
                remedy="Raise the process's limit (LimitNOFILE) or lower limits.connections",
            )
        for interface in self._interfaces:
            yield HttpServer(
                self._reactor,
                backend,
                interface=interface,
                port=getattr(self._configuration.listen, key),
                setting=f"listen.{key}",
                tls=tls,
                limits=http,
                sockets=self._sockets,
                receiver=backend.receiving,
                clock=now,
            )

    def reserve(self, sockets: Sockets) -> None:
        """Opens what other processes will serve phones on. Raises ConfigurationError."""
        listen = self._configuration.listen
        for interface in self._interfaces:
            sockets.datagram(
                interface,
                listen.tftp_port,
                setting="listen.tftp_port",
                receive_buffer_octets=TftpLimits().receive_buffer_octets,
                both_families="0.0.0.0" not in self._interfaces,  # noqa: S104 (compared with)
            ).close()
            for setting in PHONES[1:]:
                port = getattr(listen, setting.removeprefix("listen."))
                if port or setting != "listen.legacy_port":
                    backlog = HttpLimits().backlog
                    sockets.stream(interface, port, setting=setting, backlog=backlog).close()


def for_each_server(descriptors: int, servers: int) -> int:
    """How many of a process's descriptors each of the phones' HTTP servers may use. Some are kept
    for TFTP, the database, files and people, whoever connects: without them nothing works."""
    return max(1, (descriptors - min(RESERVED, descriptors // 2)) // servers)


def rebound(servers: Iterable[Server], configuration: Configuration, *, share: int = 1) -> None:
    """Lets a reload's bounds and networks count for whoever comes from now on."""
    limits = configuration.limits
    for server in servers:
        if isinstance(server, TftpServer):
            server.admit(configuration.networks.tftp, _part(limits.tftp_sessions, share))
        elif isinstance(server, HttpServer):
            server.bound(_part(limits.connections, share), limits.connections_per_address)


def _part(limit: int, share: int) -> int:
    """One process's, of a limit on all phones. The kernel spreads neighbourhoods over the
    processes (provd.servers.steering), so a limit on one address or network is no process's part:
    all that comes from there meets the same one."""
    return -(-limit // share)
