"""What phones send: who may, how much, and who gets it back.

Who may is decided as for that phone's own files, before anything of the upload is taken. Every
refusal is the same to the phone, at a random moment, whether its MAC is registered or not and
whether uploads are on or off.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from provd.devices.mac import Mac
from provd.devices.placement import Placement
from provd.devices.upload import Allowance, Sent
from provd.errors import NotFoundError, RenderError, StoreUnavailable
from provd.exchange import Admission, Answer, Outcome, Reason, Refusal, Request, Stored, Transport
from provd.frozen import frozen
from provd.provisioning.backend import HELD_BACK
from provd.provisioning.files import Files
from provd.provisioning.lookup import Devices, Generation
from provd.provisioning.multipart import file_in, is_form
from provd.provisioning.paths import take_apart
from provd.provisioning.policy import Grant, Way, place_of
from provd.provisioning.presence import UploadStore
from provd.provisioning.recorder import Recorder, Subject
from provd.provisioning.trust import Trust, nobodys
from provd.vendors.values import FileKind, FileMatch

log = structlog.get_logger()

MOST = Allowance(files=16, octets=4 << 20)
"""Of one device, all of its uploads together."""

_chance = random.SystemRandom()


@frozen
class Admitted(Subject):
    """With the digest of the token that the device had when it was decided: an upload takes its
    time, and is kept only while whoever had the device has it still."""

    token_digest: str = field(default="", repr=False)


class Catalogue(Protocol):
    """What is asked of the vendors' registry."""

    def candidates(self, path: str) -> tuple[FileMatch, ...]: ...

    def fitting(
        self, matches: tuple[FileMatch, ...], vendor: str | None, model: str
    ) -> FileMatch | None: ...


@dataclass(frozen=True, slots=True)
class Uploads:
    """Its methods block; they are for a thread. They raise StoreUnavailable."""

    devices: Devices
    catalogue: Catalogue
    files: Files
    store: UploadStore
    trust: Trust
    generation: Generation
    challenges: bool = False

    def admit(self, request: Request) -> Admission | Refusal:
        self.trust.watch.refresh(self.generation.value, request.received_at)
        path = take_apart(request.path)
        name = path.name.rpartition("/")[2]
        matches = [one for one in self.catalogue.candidates(name) if one.mac and one.file.upload]
        if not matches:
            return Refusal(Reason.UPLOAD_REFUSED, Subject())
        mac = matches[0].mac
        assert mac is not None  # noqa: S101  selected by it
        found = self.devices.find(mac)
        standing = found.standing if found else nobodys(mac, matches[0].vendor)
        decision = self.trust.decide(request, path.token, standing)
        if found is None:
            return self._refused(request, mac, None, Reason.UNKNOWN_MAC)
        if not isinstance(decision, Grant):
            return self._refused(request, mac, standing.device_id, decision)
        match = self.catalogue.fitting(tuple(matches), standing.vendor, standing.model)
        kind = match.file if match else None
        subject = Admitted(
            mac=mac,
            device_id=standing.device_id,
            file_kind=kind.name if kind else "",
            place=place_of(request, self.trust.bench),
            token_digest=standing.token_digest,
        )
        forged = kind is not None and _may_be_forged(kind, request, decision)
        if kind is None or kind.upload is None or forged or not self._takes(found.placement()):
            if decision.pin:  # a window that is not pinned proves nothing
                return self._refused(request, mac, standing.device_id, Reason.UPLOAD_REFUSED)
            self.trust.watch.granted(request, mac)
            return Refusal(Reason.UPLOAD_REFUSED, subject)
        address = str(request.address)
        if decision.pin and not self.devices.pin_window(standing.device_id, address):
            return self._refused(request, mac, standing.device_id, Reason.WINDOW_CLOSED)
        self.trust.watch.granted(request, mac)
        return Admission(kind.upload.maximum_octets, subject)

    def keep(self, request: Request, admission: Admission, content: bytes) -> Stored | Refusal:
        subject = admission.subject
        assert isinstance(subject, Admitted)  # noqa: S101  our own
        assert subject.device_id is not None  # noqa: S101
        own = _unwrapped(request, content)
        if own is None:
            return Refusal(Reason.UPLOAD_BROKEN, subject)
        name, at = take_apart(request.path).name.rpartition("/")[2], request.received_at
        sent = Sent(subject.device_id, subject.file_kind, subject.token_digest, name, own, at)
        try:
            created = self.store.put(sent, MOST)
        except NotFoundError:
            return Refusal(Reason.UPLOAD_REFUSED, subject)
        if created is None:
            return Refusal(Reason.QUOTA, subject)
        return Stored(created, len(own), subject)

    def read_back(
        self, kind: FileKind, placement: Callable[[], Placement], subject: Subject
    ) -> Answer | None:
        """What the phone sent as that kind of file, for itself: call it for who may have its files.
        None where there is nothing, or it is not the phone's to read."""
        if kind.upload is None or not kind.upload.read_back or subject.device_id is None:
            return None
        if not self._takes(placement()):
            return None
        upload = self.store.get(subject.device_id, kind.name)
        if upload is None:
            return None
        etag = hashlib.sha256(upload.content).hexdigest()[:32]
        modified = upload.facts.received_at.replace(microsecond=0)
        return Answer(upload.content, kind.media_type, etag, modified, subject)

    def challenged(self, request: Request, reply: Refusal) -> Refusal:
        """As for reading: who proved nothing is asked for user name and password, where the
        operator wants that."""
        subject = reply.subject
        in_vain = isinstance(subject, Subject) and subject.tried is not None
        if not (in_vain and self.challenges and request.transport is Transport.HTTPS):
            return reply
        stale = reply.reason is Reason.STALE_CREDENTIALS
        return replace(reply, challenge=self.trust.authentication.challenge(request, stale=stale))

    def _takes(self, placement: Placement) -> bool:
        try:
            return self.files.phone(placement).settings.get("provisioning.uploads") is True
        except RenderError:
            return False

    def _refused(self, request: Request, mac: Mac, device_id: int | None, why: Reason) -> Refusal:
        self.trust.watch.refused(request, mac)
        return Refusal(why, Subject(mac=mac, device_id=device_id, tried=mac))


def _unwrapped(request: Request, content: bytes) -> bytes | None:
    """The file's own octets: some phones post it in a form. None where there is no whole one."""
    content_type = request.headers.get("content-type", "")
    return file_in(content_type, content) if is_form(content_type) else content


def _may_be_forged(kind: FileKind, request: Request, grant: Grant) -> bool:
    """Over TFTP a whole upload can be written without seeing one answer, from any address; what the
    phone takes back as its configuration must not come that way. Who holds the bench is trusted."""
    comes_back = kind.upload is not None and kind.upload.read_back
    return comes_back and request.transport is Transport.TFTP and grant.way is not Way.BENCH


class Receiving:
    """Implements `provd.exchange.Receiver`; `uploads` gives those in service."""

    def __init__(
        self,
        uploads: Callable[[], Uploads],
        *,
        in_thread: Callable[..., Awaitable[Any]],
        record: Callable[[bytes], object],
        recorder: Recorder,
        pause: Callable[[float], Awaitable[object]],
        clock: Callable[[], datetime],
    ) -> None:
        self._uploads = uploads
        self._in_thread = in_thread
        self._record = record
        self._recorder = recorder
        self._pause = pause
        self._clock = clock

    async def admit(self, request: Request) -> Admission | Refusal:
        uploads = self._uploads()
        if uploads.trust.watch.silent(request):
            return Refusal(Reason.BLOCKED, Subject())
        reply: Admission | Refusal = await self._tried(request, uploads.admit, request)
        if isinstance(reply, Refusal):
            await self._hold_back(request)
            return uploads.challenged(request, reply)
        return reply

    async def store(
        self, request: Request, admission: Admission, content: bytes
    ) -> Stored | Refusal:
        uploads = self._uploads()
        reply: Stored | Refusal = await self._tried(
            request, uploads.keep, request, admission, content
        )
        return reply

    def received(self, request: Request, reply: Stored | Refusal, outcome: Outcome) -> None:
        if not (isinstance(reply, Refusal) and reply.reason is Reason.BLOCKED):
            self._record(self._recorder.line(request, reply, outcome))

    async def _tried(self, request: Request, function: Callable[..., Any], *given: Any) -> Any:
        try:
            return await self._in_thread(function, *given)
        except StoreUnavailable:
            log.warning("store_unavailable", transport=request.transport.value)
        except Exception:
            # The edge of the domain: one request must not take the server with it.
            log.exception("upload_failed", transport=request.transport.value)
        return Refusal(Reason.UNAVAILABLE, Subject())

    async def _hold_back(self, request: Request) -> None:
        """As `provd.provisioning.backend` does for files, and for every refusal."""
        until = request.received_at + timedelta(seconds=_chance.uniform(*HELD_BACK))
        await self._pause(max(0.0, (until - self._clock()).total_seconds()))
