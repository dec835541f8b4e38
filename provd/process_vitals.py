"""The vitals of this process: its tally, and what its servers and its booking count for
themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from provd.answering import Answering
from provd.jobs import Booking
from provd.provisioning.files import FileMemory
from provd.provisioning.sweeps import SweepsByTransport
from provd.servers.http import HttpServer
from provd.servers.tftp import TftpServer
from provd.tally import Tally
from provd.vitals import AT, CLASSES, HANDSHAKES, Counts, Now, Silenced

SHOWN = 20
"""Networks that are named; `Now.silenced` counts all."""


@dataclass(frozen=True, slots=True)
class BookingVitals:
    """Implements `provd.vitals.Vitals` for a process that books and serves no phone."""

    tally: Tally
    booking: Booking

    def counts(self) -> Counts:
        numbers = list(self.tally.counts())
        numbers[AT["booking_failures"]] = self.booking.failures
        numbers[AT["spool_lost"]] = self.booking.lost
        return tuple(numbers)

    def now(self) -> Now:
        return Now(
            spool_bytes=self.booking.waiting_bytes,
            spool_seconds=self.booking.waiting_seconds,
            spool_held=self.booking.held,
        )

    def silenced(self) -> tuple[Silenced, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class ProcessVitals:
    """Implements `provd.vitals.Vitals`. `servers` are those that listen; `memory` gives the files
    in service, which a reload replaces."""

    tally: Tally
    answering: Answering
    booking: Booking
    sweeps: SweepsByTransport
    servers: Iterable[object]
    memory: Callable[[], FileMemory]
    clock: Callable[[], datetime]

    def counts(self) -> Counts:
        numbers = list(BookingVitals(self.tally, self.booking).counts())
        for server in self._tftp:
            for field in fields(server.counters):
                numbers[AT[f"tftp.{field.name}"]] += getattr(server.counters, field.name)
        for web in self._web:
            none, _, *classes = web.statuses.by_class
            for name, number in zip(CLASSES, (*classes, none), strict=True):
                numbers[AT[f"responses.{web.transport}.{name}"]] += number
        # The servers of several addresses share their certificates, and count together.
        for handshakes in {id(web.handshakes): web.handshakes for web in self._web}.values():
            for name in HANDSHAKES:
                numbers[AT[f"handshakes.{name}"]] += getattr(handshakes, name, 0)
        return tuple(numbers)

    def now(self) -> Now:
        memory, web = self.memory(), self._web
        http = [one for one in web if not one.secure]
        https = [one for one in web if one.secure]
        return Now(
            files=len(memory),
            file_bytes=memory.held,
            file_limit=memory.limit,
            waiting=self.answering.waiting,
            answering=self.answering.answering,
            oldest_seconds=self.answering.oldest_seconds,
            transfers=sum(server.running for server in self._tftp),
            transfer_limit=sum(server.most_running for server in self._tftp),
            http=sum(server.connections for server in http),
            http_limit=sum(server.most_connections for server in http),
            https=sum(server.connections for server in https),
            https_limit=sum(server.most_connections for server in https),
            spool_bytes=self.booking.waiting_bytes,
            spool_seconds=self.booking.waiting_seconds,
            silenced=len(self.sweeps.silenced(self.clock())),
            spool_held=self.booking.held,
        )

    def silenced(self) -> tuple[Silenced, ...]:
        found = self.sweeps.silenced(self.clock())[:SHOWN]
        return tuple(Silenced(str(network), until, over) for network, until, over in found)

    @property
    def _tftp(self) -> list[TftpServer]:
        return [server for server in self.servers if isinstance(server, TftpServer)]

    @property
    def _web(self) -> list[HttpServer]:
        return [server for server in self.servers if isinstance(server, HttpServer)]
