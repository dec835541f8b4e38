"""The Twisted side of TFTP: all sockets in one epoll descriptor that the reactor reads.

The reactor sees one readable descriptor; behind it, every socket is emptied in turn within a
budget of milliseconds, so that a burst of phones never keeps HTTP waiting. Time-outs are one sweep
per tenth of a second. This module knows neither packets nor files.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer  # type: ignore[import-untyped]

from provd.errors import ConfigurationError
from provd.exchange import Backend, Receiver
from provd.servers.listening import Opener, datagram_socket
from provd.servers.tftp.datagrams import DatagramWays
from provd.servers.tftp.limits import Networks, TftpLimits
from provd.servers.tftp.outgoing import Outgoing
from provd.servers.tftp.ports import TransferPools
from provd.servers.tftp.receiving import Received, Receptions
from provd.servers.tftp.routes import RouteMtu
from provd.servers.tftp.sockets import RequestSocket, TransferSocket
from provd.servers.tftp.transfer import Counters
from provd.servers.tftp.transfers import Transfers
from provd.servers.tftp.upload_socket import UploadSocket
from provd.servers.tftp.wheel import SLOT_SECONDS
from provd.servers.ticker import Ticker

_MOST_TURNS_TO_CATCH_UP = 32
_EVENTS_PER_POLL = 64
_WRITE = b"\0\2"
_V4_WILDCARD = "0.0.0.0"  # noqa: S104 (compared with, not bound to)
_log = structlog.get_logger()
Watched = RequestSocket | TransferSocket | UploadSocket


def _utc_now() -> datetime:
    return datetime.now(UTC)


@implementer(IReadDescriptor)
class TftpServer:
    """Serves `backend`'s files on `port` of every address in `interfaces`.

    `port` 0 takes any free one, `setting` is what the operator calls it; `clock` is the wall clock,
    aware and UTC; `monotonic` counts seconds. `start` raises ConfigurationError where it can't
    listen.
    """

    def __init__(
        self,
        reactor: Any,
        backend: Backend,
        *,
        interfaces: Sequence[str],
        port: int,
        setting: str = "tftp.port",
        settings: TftpLimits | None = None,
        sockets: Opener | None = None,
        receiver: Receiver | None = None,
        clock: Callable[[], datetime] = _utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reactor = reactor
        self._sockets = sockets or Opener()
        self._interfaces = tuple(interfaces)
        self._asked_port = port
        self._setting = setting
        self._settings = settings or TftpLimits()
        self._monotonic = monotonic
        self._mtu = RouteMtu()
        self._ways = DatagramWays(batched=self._settings.batched_datagrams)
        self._transfers = Transfers(
            backend,
            self._settings,
            clock=clock,
            monotonic=monotonic,
            largest_block=self._mtu.largest_block,
        )
        self._receptions = Receptions(
            receiver,
            self._settings,
            Outgoing(self._settings, self._transfers.counters, monotonic),
            self._open_upload,
            clock=clock,
            monotonic=monotonic,
            largest_block=self._mtu.largest_block,
        )
        self._request_sockets: list[RequestSocket] = []
        self._readers: dict[int, Callable[[], object]] = {}
        self._held: list[TransferSocket] = []
        self._stopping: Deferred[None] | None = None
        self._stop_at = 0.0
        self._change_ports_at = 0.0

    @property
    def port(self) -> int:
        """The port listened on."""
        return self._request_sockets[0].port if self._request_sockets else self._asked_port

    @property
    def running(self) -> int:
        """How many transfers run."""
        return len(self._transfers)

    @property
    def most_running(self) -> int:
        """How many may run at once."""
        return self._transfers.most

    @property
    def counters(self) -> Counters:
        return self._transfers.counters

    def start(self) -> None:
        self._epoll = select.epoll()
        self._pools = TransferPools(
            self._settings, self._ways, self._watch_transfers, self._unwatch
        )
        try:
            for interface in self._interfaces:
                self._listen(interface)
        except ConfigurationError:
            self._close()
            raise
        self._ticker = Ticker(self._reactor, SLOT_SECONDS, self._tick)
        self._ticker.start()
        self._reactor.addReader(self)
        _log.info("tftp-listening", interfaces=list(self._interfaces), port=self.port)

    def admit(self, networks: Networks, maximum_sessions: int) -> None:
        """From now on requests from these networks (empty: from everywhere), and so many at once;
        what runs goes on."""
        self._transfers.admit(networks, maximum_sessions)
        self._receptions.allow(networks)

    async def stop(self, grace_seconds: float = 5.0) -> None:
        """Take no more requests, let running transfers end within the grace, then close."""
        self._close_requests()
        self._stop_at = self._monotonic() + grace_seconds
        stopped: Deferred[None] = Deferred()
        self._stopping = stopped
        self._tick()
        await stopped

    def fileno(self) -> int:
        return self._epoll.fileno()

    def logPrefix(self) -> str:  # noqa: N802 (Twisted's name)
        return "tftp"

    def connectionLost(self, reason: object) -> None:  # noqa: N802 (Twisted's name)
        """The reactor shuts down; `stop` closes the sockets."""

    def doRead(self) -> None:  # noqa: N802 (Twisted's name)
        """Empty the sockets in turn, up to the budget; the rest is readable at the next turn."""
        until = self._monotonic() + self._settings.drain_budget_seconds
        while ready := self._epoll.poll(0, _EVENTS_PER_POLL):
            for descriptor, _ in ready:
                reader = self._readers.get(descriptor)
                if reader is not None:
                    reader()
            self._release()
            if self._monotonic() > until:
                return

    def _tick(self) -> None:
        self._transfers.sweep()
        self._receptions.sweep()
        if self._monotonic() >= self._change_ports_at:
            self._pools.change_ports()
            self._change_ports_at = self._monotonic() + self._settings.ports_change_seconds
        self._log_failures()
        if self._stopping is None:
            return
        busy = self._transfers or self._receptions.running
        if not busy or self._monotonic() >= self._stop_at:
            self._finish_stopping(self._stopping)

    def _finish_stopping(self, stopping: Deferred[None]) -> None:
        self._stopping = None
        self._transfers.abandon()
        self._receptions.abandon()
        self._ticker.stop()
        self._reactor.removeReader(self)
        self._close()
        _log.info("tftp-stopped")
        stopping.callback(None)

    def _close(self) -> None:
        self._pools.close()
        self._close_requests()
        self._mtu.close()
        self._epoll.close()

    def _close_requests(self) -> None:
        self._asked_port = self.port
        for each in self._request_sockets:
            self._unwatch(each)
            each.close()
        self._request_sockets.clear()

    def _listen(self, interface: str) -> None:
        opened = self._sockets.datagram(
            interface,
            self.port,
            setting=self._setting,
            receive_buffer_octets=self._settings.receive_buffer_octets,
            both_families=_V4_WILDCARD not in self._interfaces,
        )
        request_socket = RequestSocket(opened, interface, self._ways)
        self._request_sockets.append(request_socket)
        self._watch(request_socket, partial(self._take_requests, request_socket))

    def _watch_transfers(self, transfer_socket: TransferSocket) -> None:
        transfer_socket.catch_up = partial(self._catch_up, transfer_socket)
        self._watch(transfer_socket, partial(self._take, transfer_socket))

    def _watch(self, opened: Watched, reader: Callable[[], object]) -> None:
        self._readers[opened.fileno()] = reader
        self._epoll.register(opened.fileno(), select.EPOLLIN)

    def _unwatch(self, opened: Watched) -> None:
        if self._readers.pop(opened.fileno(), None) is not None:
            self._epoll.unregister(opened.fileno())

    def _open_upload(self, local: str, received: Received) -> UploadSocket:
        opened = UploadSocket(
            datagram_socket(local, 0, setting=self._setting, receive_buffer_octets=1 << 20),
            received,
            self._unwatch,
        )
        self._watch(opened, opened.take)
        return opened

    def _take_requests(self, request_socket: RequestSocket) -> None:
        """Some requests; one that trips us costs only itself."""
        requested, pick, hold = self._transfers.requested, self._pools.pick, self._hold
        for datagram, peer, local in request_socket.receive():
            try:
                if local and datagram[:2] == _WRITE:
                    self._receptions.requested(datagram, peer, local, pick(local, peer))
                elif local:
                    requested(datagram, peer, hold(pick(local, peer)))
            except Exception as error:
                self._transfers.failures.append(error)

    def _take(self, transfer_socket: TransferSocket) -> bool:
        """Some datagrams of running transfers; what they call forth leaves together. False when
        there were no more."""
        heads = transfer_socket.heads()
        transfer_socket.hold()
        self._transfers.received(heads, transfer_socket)
        transfer_socket.release()
        return len(heads) == transfer_socket.most

    def _hold(self, transfer_socket: TransferSocket) -> TransferSocket:
        """What requests call forth leaves with what running transfers do, this once."""
        transfer_socket.hold()
        self._held.append(transfer_socket)
        return transfer_socket

    def _release(self) -> None:
        for transfer_socket in self._held:
            transfer_socket.release()
        self._held.clear()

    def _catch_up(self, transfer_socket: TransferSocket) -> None:
        for _ in range(_MOST_TURNS_TO_CATCH_UP):
            if not self._take(transfer_socket):
                return

    def _log_failures(self) -> None:
        """One line for all since the last tick: a flood must not fill the log as well."""
        failures = self._transfers.failures
        if failures:
            count, last = len(failures), failures[-1]
            failures.clear()
            _log.error("datagrams-failed", count=count, exc_info=last)
