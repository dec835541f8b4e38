"""Firmware images, verified and in memory, for whoever asks: they are no secret.

What is sent are octets in memory whose SHA-256 was that of firmware.yaml, so a file that changes
during a transfer does not matter to it. Whether the file has changed is looked at every few
seconds, in a thread; an image that is not what its entry says is withheld, and phones are answered
as for a file that does not exist.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from provd.exchange import Answer, Reason, Refusal, Request
from provd.frozen import frozen
from provd.provisioning.recorder import Subject
from provd.vendors.firmware import Firmware, Image
from provd.vendors.images import Found, Identity, identity_of, loaded, verified

log = structlog.get_logger()

LOOKED_AT_EVERY = timedelta(seconds=5)
MEDIA_TYPE = "application/octet-stream"
KIND = "firmware"
_SHOWN_DIGITS = 32

InThread = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Withheld:
    """An image that phones do not get, and why; for people."""

    vendor: str
    file: str
    version: str
    problem: str

    def __str__(self) -> str:
        return f"{self.vendor}/{self.file} {self.version}: {self.problem}"


@dataclass(slots=True)
class _Loaded:
    """An image in memory. `users` are the answers on their way."""

    image: Image
    identity: Identity
    size: int
    looked_at: datetime
    answer: Answer | None = None
    users: int = 0


@frozen
class Fetch(Subject):
    """The subject of an answer with firmware."""

    loaded: _Loaded | None = None


class _NoRoom(Exception):
    """All the memory for images is on its way to phones."""


class Shelf:
    """`ready`, `answer` and `delivered` are those of `provd.exchange.Backend`, but give None for
    what is no image, or a withheld one.

    `in_thread` runs a function in one thread of its own, one after another: phones that ask for an
    image while it is read wait for the one reading, and nobody waits for an image but they.
    `limit` bounds the images in memory, in octets, of `share` processes together: each has its part
    of it, or one image that is larger than that part.
    """

    def __init__(
        self, firmware: Firmware, *, in_thread: InThread, limit: int, share: int = 1
    ) -> None:
        self._firmware = firmware
        self._in_thread = in_thread
        self._limit = limit
        self._share = share
        self._lock = threading.Lock()
        self._loaded: dict[Image, _Loaded] = {}  # the one used last stands last
        self._leaving: list[_Loaded] = []  # replaced, and still on their way to somebody
        self._found: dict[Image, Found] = {}

    @property
    def withheld(self) -> tuple[Withheld, ...]:
        """The images that were found not to be what their entries say; from any thread."""
        found = [(image, self._found.get(image)) for image in self._firmware.images]
        return tuple(
            Withheld(image.vendor, image.file, image.version, one.problem)
            for image, one in found
            if one is not None and one.problem
        )

    @property
    def octets(self) -> int:
        """What the images in memory take."""
        return sum(one.size for one in (*self._loaded.values(), *self._leaving))

    def take_over(self, firmware: Firmware, limit: int) -> None:
        """After a reload: what is in memory and still has its entry stays."""
        with self._lock:
            self._firmware, self._limit = firmware, limit
            for image in self._loaded.keys() - set(firmware.images):
                self._leave(image)
            for image in self._found.keys() - set(firmware.images):
                del self._found[image]

    async def verify(self) -> None:
        """Looks at every image, whether anybody asks for it or not."""
        for image in self._firmware.images:
            await self._in_thread(self._verify, image)

    def ready(self, request: Request) -> Answer | None:
        image = self._firmware.find(request.path)
        if image is None:
            return None
        with self._lock:
            one = self._loaded.get(image)
            if one is None or not _is_fresh(one, request.received_at):
                return None
            return self._handed_out(one)

    async def answer(self, request: Request) -> Answer | Refusal | None:
        image = self._firmware.find(request.path)
        if image is None:
            return None
        try:
            answer: Answer | None = await self._in_thread(self._get, image, request.received_at)
        except _NoRoom:
            log.warning("firmware_waits_for_memory", vendor=image.vendor, file=image.file)
        except Exception:
            # The edge, as in provd.provisioning.backend: one image must not take the server along.
            log.exception("firmware_failed", vendor=image.vendor, file=image.file)
        else:
            return answer
        return Refusal(Reason.UNAVAILABLE, Subject(file_kind=KIND))

    def delivered(self, reply: Answer | Refusal) -> None:
        """Call it once for each answer that was given."""
        if isinstance(reply.subject, Fetch) and reply.subject.loaded is not None:
            with self._lock:
                one = reply.subject.loaded
                one.users -= 1
                if not one.users and one in self._leaving:
                    self._leaving.remove(one)

    # In the thread:

    def _get(self, image: Image, now: datetime) -> Answer | None:
        identity = identity_of(image)
        with self._lock:
            known = self._loaded.get(image)
            if known is not None and known.identity == identity:
                known.looked_at = now
                return self._handed_out(known)
        before = self._found.get(image)
        if before is not None and before.problem and before.identity == identity:
            return None  # anybody could have us read it again and again
        if self._too_large(image, identity):
            return None
        if identity is not None:
            self._make_room(identity.size)
        return self._load(image, now)

    def _load(self, image: Image, now: datetime) -> Answer | None:
        found = loaded(image)
        self._note(image, found)
        hash(found.content)  # kept in it; the TFTP server looks it up by that, on the reactor
        with self._lock:
            self._leave(image)
            if found.problem or found.identity is None or image not in self._firmware.images:
                return None
            one = _Loaded(image, found.identity, len(found.content), now)
            one.answer = _answer(image, found, one)
            self._loaded[image] = one
            return self._handed_out(one)

    def _verify(self, image: Image) -> None:
        identity = identity_of(image)
        known = self._found.get(image)
        is_same = known is not None and known.identity == identity and identity is not None
        if not is_same and not self._too_large(image, identity):
            self._note(image, verified(image))

    def _too_large(self, image: Image, identity: Identity | None) -> bool:
        if identity is None or identity.size <= self._limit:
            return False
        problem = f"it is larger than limits.firmware_megabytes, {self._limit >> 20}"
        self._note(image, Found(identity, problem))
        return True

    def _make_room(self, size: int) -> None:
        """Forgets images that nobody fetches, those used longest ago first. Raises _NoRoom."""
        with self._lock:
            part = self._limit // self._share
            for other in [one for one in self._loaded.values() if not one.users]:
                if self.octets + size > part:
                    del self._loaded[other.image]
            if self.octets and self.octets + size > part:
                raise _NoRoom

    def _note(self, image: Image, found: Found) -> None:
        before = self._found.get(image)
        self._found[image] = Found(found.identity, found.problem)
        if found.problem and (before is None or before.problem != found.problem):
            log.error(
                "firmware_withheld", vendor=image.vendor, file=image.file, problem=found.problem
            )
        elif not found.problem and (before is None or before.problem):
            log.info("firmware_verified", vendor=image.vendor, file=image.file)

    # With the lock held:

    def _handed_out(self, one: _Loaded) -> Answer | None:
        one.users += 1
        self._loaded[one.image] = self._loaded.pop(one.image)
        return one.answer

    def _leave(self, image: Image) -> None:
        one = self._loaded.pop(image, None)
        if one is not None and one.users:
            self._leaving.append(one)


def _is_fresh(one: _Loaded, now: datetime) -> bool:
    """A clock that was set back makes nothing fresh for longer."""
    return abs(now - one.looked_at) < LOOKED_AT_EVERY


def _answer(image: Image, found: Found, one: _Loaded) -> Answer:
    modified = datetime.fromtimestamp(one.identity.modified_ns // 1_000_000_000, UTC)
    subject = Fetch(file_kind=KIND, loaded=one)
    return Answer(found.content, MEDIA_TYPE, image.sha256[:_SHOWN_DIGITS], modified, subject)
