"""Watches for sweeps, except from where our own phones are known to stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import structlog

from provd.devices.account import IPNetwork
from provd.devices.mac import Mac
from provd.exchange import Request
from provd.provisioning.networks import Networks
from provd.provisioning.sweeps import SweepsByTransport

log = structlog.get_logger()

AT_MOST_EVERY = timedelta(seconds=30)


class Watch:
    """`load` gives the networks of all sites, from the database; `bench` are our own. There many
    phones may be unregistered without harm, and nobody gets silence.

    `silent` looks into memory only, so that what is silent costs no query.
    """

    def __init__(
        self,
        sweeps: SweepsByTransport,
        load: Callable[[], Iterable[IPNetwork]],
        bench: Sequence[IPNetwork],
    ) -> None:
        self._sweeps = sweeps
        self._load = load
        self._bench = tuple(bench)
        self._exempt = Networks(bench)
        self._generation: int | None = None
        self._loaded_at: datetime | None = None

    def refresh(self, generation: int, now: datetime) -> None:
        """Reads the sites' networks when something changed, but not at every change."""
        due = self._loaded_at is None or now - self._loaded_at >= AT_MOST_EVERY
        if generation != self._generation and due:
            self._generation, self._loaded_at = generation, now
            self._exempt = Networks([*self._bench, *self._load()])

    def silent(self, request: Request) -> bool:
        sweeps = self._sweeps.of(request.transport)
        if sweeps.silence_until is None:
            return False
        is_silent = sweeps.silent(request.address, request.received_at)
        return is_silent and request.address not in self._exempt

    def suspect(self, request: Request) -> bool:
        sweeps = self._sweeps.of(request.transport)
        is_suspect = sweeps.suspect(request.address, request.received_at)
        return is_suspect and request.address not in self._exempt

    def refused(self, request: Request, mac: Mac) -> None:
        if request.address in self._exempt:
            return
        sweeps = self._sweeps.of(request.transport)
        if sweeps.refused(request.address, mac, request.received_at):
            transport, address = request.transport.value, str(request.address)
            log.warning("sweep_silenced", address=address, transport=transport)

    def granted(self, request: Request, mac: Mac) -> None:
        self._sweeps.granted(request.transport, request.address, mac)
