"""What the protocol servers are given as their backend: the provisioning in service, which a reload
replaces, with a count of what it did."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall, deferLater

from provd.app import Provd, now
from provd.devices.account import IPNetwork
from provd.exchange import Answer, Outcome, Refusal, Request
from provd.provisioning.backend import Provisioning
from provd.provisioning.digest import Authentication
from provd.provisioning.files import FileMemory
from provd.provisioning.firmware import Shelf
from provd.provisioning.nonces import Nonces
from provd.provisioning.presence import Guarded, GuardedUploads, Presence
from provd.provisioning.recorder import Recorder
from provd.provisioning.sweeps import SweepsByTransport
from provd.provisioning.trust import Trust
from provd.provisioning.uploads import Receiving, Uploads
from provd.provisioning.watch import Watch
from provd.provisioning.ways import Ways
from provd.tally import Tally

LOOK_AT_IMAGES_EVERY = 60.0
"""Seconds; what was hashed before is hashed again only where its file has changed."""


class Serving:
    """Implements `provd.exchange.Backend`. A request is answered to its end by the provisioning
    that it began with."""

    def __init__(
        self,
        reactor: Any,
        parts: Provd,
        tally: Tally,
        *,
        in_thread: Callable[..., Any],
        images_thread: Callable[..., Any],
        aside: Callable[..., Any],
        presence: Presence,
        record: Callable[[bytes], object],
        share: int = 1,
    ) -> None:
        """`share`: among how many processes the memory for firmware is divided."""
        self._reactor = reactor
        self._tally = tally
        self._in_thread = in_thread
        self._aside = aside
        self._presence = presence
        self._record = record
        self._turn = threading.Lock()
        # They outlive a reload: a sweep stays silenced, a nonce is used only once, and a phone that
        # boots just then books one boot.
        self.sweeps = SweepsByTransport()
        self._authentication = Authentication(Nonces())
        self._recorder = Recorder(tally.booted)
        self.shelf = Shelf(
            parts.firmware,
            in_thread=images_thread,
            limit=parts.configuration.limits.firmware_octets,
            share=share,
        )
        self._current = self.provisioning(parts)
        self._uploads = self._uploads_of(parts)
        self.receiving = Receiving(
            lambda: self._uploads,
            in_thread=in_thread,
            record=record,
            recorder=self._recorder,
            pause=self._pause,
            clock=now,
        )
        self._looking = LoopingCall(self._look_at_images)
        self._looking.clock = reactor

    def start(self) -> None:
        """Firmware is verified at once, and when it has changed."""
        self._looking.start(LOOK_AT_IMAGES_EVERY)

    def stop(self) -> None:
        if self._looking.running:
            self._looking.stop()

    def ready(self, request: Request) -> Answer | Refusal | None:
        reply = self.shelf.ready(request) or self._current.ready(request)
        if reply is not None:
            self._tally.answered(reply, at_once=True)
        return reply

    async def answer(self, request: Request) -> Answer | Refusal:
        reply = await self.shelf.answer(request) or await self._current.answer(request)
        self._tally.answered(reply, at_once=False)
        return reply

    def delivered(self, request: Request, reply: Answer | Refusal, outcome: Outcome) -> None:
        # The record first: the process may die between the two.
        self._current.delivered(request, reply, outcome)
        self._tally.delivered(request, reply, outcome)
        self.shelf.delivered(reply)

    @property
    def memory(self) -> FileMemory:
        """The files that are in memory now."""
        return self._current.memory

    def take_over(self, provisioning: Provisioning, parts: Provd) -> None:
        """On the reactor's thread, between two requests."""
        self._current = provisioning
        self._uploads = self._uploads_of(parts)
        self.shelf.take_over(parts.firmware, parts.configuration.limits.firmware_octets)

    def provisioning(self, parts: Provd) -> Provisioning:
        """One over these parts, not yet in service."""
        devices = Guarded(parts.store.devices, self._presence)
        return Provisioning(
            devices,
            parts.registry,
            parts.files,
            parts.copies,
            generation=parts.generation,
            trust=self._trust(parts, devices.reading(parts.store.sites.all_networks)),
            in_thread=self._in_thread,
            aside=self._aside,
            record=self._record,
            pause=self._pause,
            clock=now,
            recorder=self._recorder,
            rendering=self._rendering,
            read_back=self._uploads_of(parts).read_back,
            challenges=parts.configuration.trust.challenge,
        )

    @contextmanager
    def _rendering(self) -> Iterator[None]:
        """One at a time: making a file is the interpreter's work alone, so several threads at it
        are no faster, and the reactor would wait for each of them in turn."""
        with self._turn, self._tally.rendering():
            yield

    def _look_at_images(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.shelf.verify())

    def _pause(self, seconds: float) -> Deferred[None]:
        return deferLater(self._reactor, seconds)

    def _uploads_of(self, parts: Provd) -> Uploads:
        devices = Guarded(parts.store.devices, self._presence)
        return Uploads(
            devices,
            parts.registry,
            parts.files,
            GuardedUploads(parts.store.uploads, self._presence),
            self._trust(parts, devices.reading(parts.store.sites.all_networks)),
            parts.generation,
            challenges=parts.configuration.trust.challenge,
        )

    def _trust(self, parts: Provd, networks: Callable[[], Iterable[IPNetwork]]) -> Trust:
        bench = parts.configuration.networks.bench
        return Trust(
            parts.registry,
            Ways(parts.registry, parts.profiles),
            parts.files.credentials,
            self._authentication,
            Watch(self.sweeps, networks, bench),
            bench,
        )
