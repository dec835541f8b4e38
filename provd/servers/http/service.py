"""Listening for phones over HTTP or HTTPS, and the sweep over their deadlines.

This module knows neither requests nor files.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from socket import SocketType
from typing import Any

import structlog
from twisted.internet.defer import Deferred

from provd.exchange import Backend, Receiver, Transport
from provd.servers.addresses import caller
from provd.servers.http.beginners import Beginners
from provd.servers.http.channels import Channel, PlainChannel, TlsChannel
from provd.servers.http.connection import Connection, Surroundings
from provd.servers.http.connections import Connections, Verdict
from provd.servers.http.exchange import Served
from provd.servers.http.limits import HttpLimits
from provd.servers.http.listener import Listener, cut_off
from provd.servers.http.poll import Poll
from provd.servers.http.statuses import Statuses
from provd.servers.http.stream import Peer, Stream
from provd.servers.listening import Opener
from provd.servers.ticker import Ticker
from provd.servers.tls import Handshakes, TlsContexts

_SWEEP_SECONDS = 0.5
ACCEPTING_SECONDS, CUTTING_SECONDS = 0.004, 0.002
_log = structlog.get_logger()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class PhoneFactory:
    """Makes a Connection for each client that may have one, and remembers them."""

    def __init__(self, surroundings: Callable[[PhoneFactory], Surroundings]) -> None:
        self.connections: set[Connection] = set()
        self.draining = False
        self.late: Callable[[], bool] = lambda: False
        self._surroundings = around = surroundings(self)
        limits = around.served.limits
        over_tls = around.transport is Transport.HTTPS
        told = limits.told_over_tls_per_second if over_tls else limits.told_per_second
        self.admitted = Connections(limits, told, around.monotonic)
        self.beginners = Beginners(around.monotonic)

    def let_in(self, peer: Peer) -> Connection | None:
        """None for a connection to be cut."""
        if self.draining:
            return None
        address, whose = caller(peer.host)
        verdict = self.admitted.admit(whose, late=self.late())
        if verdict is Verdict.CUT:
            return None
        connection = Connection(self._surroundings, address, verdict)
        connection.whose = whose
        if verdict is Verdict.SERVED:
            connection.generation = self.beginners.came()
        self.connections.add(connection)
        return connection

    def answered(self, connection: Connection) -> None:
        generation, connection.generation = connection.generation, None
        if generation is not None:
            self.beginners.answered(generation)

    def left(self, connection: Connection) -> None:
        if connection not in self.connections:
            return
        if connection.generation is not None:
            self.beginners.left(connection.generation)
        self.connections.discard(connection)
        self.admitted.left(connection.whose, connection.verdict)

    def check(self, now: float) -> None:
        """What goes wrong with one is no concern of the next."""
        for connection in list(self.connections):
            try:
                connection.check(now)
            except Exception:
                _log.exception("connection-not-checked")
                self.left(connection)

    def drain(self) -> None:
        self.draining = True
        for connection in list(self.connections):
            connection.drain()


class HttpServer:
    """Serves `backend`'s files on `port` of `interface`, over TLS when `tls` is given.

    `port` 0 takes any free one, `setting` is what the operator calls it; `clock` is the wall clock,
    aware and UTC; `monotonic` counts seconds. `start` raises ConfigurationError where it can't
    listen.
    """

    def __init__(
        self,
        reactor: Any,
        backend: Backend,
        *,
        interface: str,
        port: int,
        setting: str = "",
        tls: TlsContexts | None = None,
        limits: HttpLimits | None = None,
        sockets: Opener | None = None,
        receiver: Receiver | None = None,
        clock: Callable[[], datetime] = _utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reactor = reactor
        self._sockets = sockets or Opener()
        self._interface = interface
        self._asked_port = port
        self._setting = setting or f"{'https' if tls else 'http'}.port"
        self._port = 0
        self._tls = tls
        self._limits = limits or HttpLimits()
        self._monotonic = monotonic
        self._listener: Listener | None = None
        self._stopping: Deferred[None] | None = None
        self._stop_at = 0.0
        self._served = Served(backend, self._limits, clock, receiver=receiver)
        self._factory = PhoneFactory(
            lambda factory: Surroundings(
                self._served,
                self.transport,
                monotonic,
                factory.left,
                factory.answered,
            )
        )

    @property
    def port(self) -> int:
        """The port listened on."""
        return self._port or self._asked_port

    @property
    def secure(self) -> bool:
        """Whether it speaks TLS."""
        return self._tls is not None

    @property
    def transport(self) -> Transport:
        return Transport.HTTPS if self.secure else Transport.HTTP

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return len(self._factory.connections)

    @property
    def cut(self) -> int:
        """How many were never let in, nor told so."""
        here = self._listener.cut if self._listener else 0
        return here + self._factory.admitted.cut

    @property
    def most_connections(self) -> int:
        """How many there may be; a few more are told so."""
        return self._factory.admitted.most

    @property
    def statuses(self) -> Statuses:
        """What was answered."""
        return self._served.statuses

    @property
    def handshakes(self) -> Handshakes | None:
        """None without TLS. Servers with the same certificates count together."""
        return self._tls.handshakes if self._tls else None

    def start(self) -> None:
        name = "https" if self._tls else "http"
        backlog = self._limits.backlog_over_tls if self._tls else self._limits.backlog
        opened = self._sockets.stream(
            self._interface, self._asked_port, setting=self._setting, backlog=backlog
        )
        self._front, self._inside = (Poll(self._reactor, self._monotonic) for _ in range(2))
        self._factory.late = self._late
        self._listener = Listener(self._front, opened, self._take, self._pace, self._monotonic)
        self._port = self._listener.port
        self._listener.start()
        for poll in (self._front, self._inside):
            poll.start()
        self._ticker = Ticker(self._reactor, _SWEEP_SECONDS, self._tick)
        self._ticker.start()
        _log.info(f"{name}-listening", interface=self._interface, port=self.port)

    def bound(self, connections: int, per_address: int) -> None:
        """From now on so many connections at once, in all and from one address; those that are
        there stay."""
        self._factory.admitted.bound(connections, per_address)

    async def stop(self, grace_seconds: float = 5.0) -> None:
        """Accept no more, let running responses end within the grace, then close."""
        if self._listener is not None:
            self._listener.stop()
            self._listener = None
        self._factory.drain()
        self._stop_at = self._monotonic() + grace_seconds
        stopped: Deferred[None] = Deferred()
        self._stopping = stopped
        self._tick()
        await stopped
        _log.info("http-stopped")

    def _late(self) -> bool:
        late, limits = self._inside.late_seconds, self._limits
        return late > limits.maximum_wait_seconds or (
            late > limits.busy_seconds and self._factory.beginners.enough()
        )

    def _pace(self) -> tuple[float, bool]:
        """When all that can be done is to turn others away, half as long, which is enough for all
        that came since the last turn: who waits in the kernel is told too late, and for whom it has
        no room, it drops his SYN, which he repeats after a second (docs/decisions/0039)."""
        late = self._late()
        hopeless = self._factory.admitted.hopeless(late=late)
        return CUTTING_SECONDS if late else ACCEPTING_SECONDS, hopeless

    def _take(self, opened: SocketType, peer: Peer) -> bool:
        """Whether he is let in, or told. Who is told waits behind nobody, and who is cut costs no
        TLS."""
        connection = self._factory.let_in(peer)
        if connection is None:
            cut_off(opened)
            return False
        poll = self._inside if connection.verdict is Verdict.SERVED else self._front
        try:
            Stream(poll, opened, self._channel(opened), peer).begin(connection)
        except Exception:
            self._factory.left(connection)  # without a transport nobody else would tell
            raise
        return True

    def _channel(self, opened: SocketType) -> Channel:
        if self._tls is None:
            return PlainChannel(opened)
        sparing = self.connections > self._limits.roomy_connections
        return TlsChannel(
            opened, self._tls.accepting(opened, sparing=sparing), self._tls.handshakes
        )

    def _tick(self) -> None:
        now = self._monotonic()
        self._factory.check(now)
        if self._listener is not None:
            self._listener.resume()
        if self._stopping is None:
            return
        if now >= self._stop_at:
            for connection in list(self._factory.connections):
                connection.abort()
        if not self._factory.connections:
            self._ticker.stop()
            for poll in (self._front, self._inside):
                poll.stop()
            stopping, self._stopping = self._stopping, None
            stopping.callback(None)
