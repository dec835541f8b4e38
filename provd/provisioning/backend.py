"""The backend of every protocol server: policy, files and journal behind `provd.exchange.Backend`.

On the reactor's thread stand only a look into memory and an append to the spool; everything that
may block runs in a thread, through the `in_thread` that the composition root hands in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from provd.devices.account import IPNetwork
from provd.devices.mac import Mac
from provd.devices.placement import Placement
from provd.errors import RenderError, StoreUnavailable
from provd.exchange import Answer, Outcome, Reason, Refusal, Request
from provd.provisioning.files import FileMemory, Files, Known
from provd.provisioning.journal import JournalEntry
from provd.provisioning.paths import AskedPath, mac_in, take_apart
from provd.provisioning.policy import Asking, Grant, decide, place_of
from provd.provisioning.recorder import Recorder, Subject
from provd.vendors.values import FileMatch, Identification

log = structlog.get_logger()


class Devices(Protocol):
    """What is asked of the store."""

    def placement(self, mac: Mac) -> Placement | None: ...

    def placement_by_token(self, token: str) -> Placement | None: ...

    def pin_window(self, device_id: int, address: str) -> bool:
        """Binds an open enrolment window to an address; False when another was faster."""


class Catalogue(Protocol):
    """What is asked of the vendors' registry."""

    def candidates(self, path: str) -> tuple[FileMatch, ...]: ...

    def identify(self, agent: str, path: str) -> Identification | None: ...


class Generation(Protocol):
    """A number that rises whenever anything changes that a phone's file is made from."""

    @property
    def value(self) -> int: ...


InThread = Callable[[Callable[[Request], Answer | Refusal], Request], Awaitable[Answer | Refusal]]


class Provisioning:
    """Implements `provd.exchange.Backend`."""

    def __init__(
        self,
        devices: Devices,
        catalogue: Catalogue,
        files: Files,
        *,
        generation: Generation,
        bench: Sequence[IPNetwork],
        in_thread: InThread,
        record: Callable[[JournalEntry], None],
    ) -> None:
        self._devices = devices
        self._catalogue = catalogue
        self._files = files
        self._generation = generation
        self._bench = bench
        self._in_thread = in_thread
        self._record = record
        self._recorder = Recorder()
        self._memory = FileMemory()

    def ready(self, request: Request) -> Answer | None:
        """A file in memory that this phone may have; refusals take the long way, all the same one,
        so that their timing tells nothing."""
        known = self._memory.get(request.path)
        if known is None or known.generation != self._generation.value:
            return None
        return self._from_memory(request, known)

    async def answer(self, request: Request) -> Answer | Refusal:
        try:
            return await self._in_thread(self.look_up, request)
        except StoreUnavailable:
            log.warning("store_unavailable", transport=request.transport.value)
            known = self._memory.get(request.path)
            reply = self._from_memory(request, known) if known else None
            return reply or Refusal(Reason.UNAVAILABLE, Subject())
        except Exception:
            # The edge of the domain: one request must not take the server with it.
            log.exception("answer_failed", transport=request.transport.value)
            return Refusal(Reason.UNAVAILABLE, Subject())

    def delivered(self, request: Request, reply: Answer | Refusal, outcome: Outcome) -> None:
        self._record(self._recorder.entry(request, reply, outcome))

    def look_up(self, request: Request) -> Answer | Refusal:
        """The long way, in a thread. Raises StoreUnavailable."""
        asked = take_apart(request.path)
        generation = self._generation.value
        matches = self._catalogue.candidates(asked.name)
        mac = next((match.mac for match in matches if match.mac), None)
        if mac is not None:
            return self._device_file(request, asked, mac, matches, generation)
        if matches:
            return self._shared_file(request, asked, matches, generation)
        stray = mac_in(asked.name)
        placement = self._devices.placement(stray) if stray else None
        return self._refuse(Reason.NO_SUCH_FILE, request, stray, placement)

    def _device_file(
        self,
        request: Request,
        asked: AskedPath,
        mac: Mac,
        matches: tuple[FileMatch, ...],
        generation: int,
    ) -> Answer | Refusal:
        placement = self._devices.placement(mac)
        if placement is None:
            return self._refuse(Reason.UNKNOWN_MAC, request, mac, None)
        decision = decide(Asking(request, placement, asked.token, self._bench))
        if not isinstance(decision, Grant):
            return self._refuse(decision, request, mac, placement)
        match = _of_vendor(matches, placement.device.vendor)
        if match is None:
            return self._refuse(Reason.WRONG_VENDOR, request, mac, placement)
        if match.file.template is None:
            return self._refuse(Reason.NO_SUCH_FILE, request, mac, placement)
        if decision.pin and not self._devices.pin_window(placement.device.id, str(request.address)):
            return self._refuse(Reason.WINDOW_CLOSED, request, mac, placement)
        return self._rendered(request, asked, match, placement, generation)

    def _shared_file(
        self,
        request: Request,
        asked: AskedPath,
        matches: tuple[FileMatch, ...],
        generation: int,
    ) -> Answer | Refusal:
        """A file without a MAC holds nothing secret. A token tells for whom it is all the same."""
        placement = self._devices.placement_by_token(asked.token) if asked.token else None
        vendor = placement.device.vendor if placement else self._vendor_of(request, asked, matches)
        match = _of_vendor(matches, vendor)
        if match is None or match.file.template is None:
            return self._refuse(Reason.NO_SUCH_FILE, request, None, placement)
        return self._rendered(request, asked, match, placement, generation)

    def _vendor_of(
        self, request: Request, asked: AskedPath, matches: tuple[FileMatch, ...]
    ) -> str | None:
        if len(matches) == 1:
            return matches[0].vendor
        seen = self._catalogue.identify(request.agent, asked.name)
        return seen.vendor if seen else None

    def _rendered(
        self,
        request: Request,
        asked: AskedPath,
        match: FileMatch,
        placement: Placement | None,
        generation: int,
    ) -> Answer | Refusal:
        mac = match.mac or (placement.device.mac if placement else None)
        try:
            file = self._files.file(match, placement)
        except RenderError as error:
            log.error("render_failed", mac=str(mac or ""), file=match.file.name, error=str(error))
            return self._refuse(Reason.CANNOT_RENDER, request, mac, placement)
        known = Known(file, placement, mac, asked.token, generation, match.file.per_device)
        self._memory.put(request.path, known)
        return self._reply(request, known)

    def _from_memory(self, request: Request, known: Known) -> Answer | None:
        if known.per_device and known.placement is not None:
            decision = decide(Asking(request, known.placement, known.token, self._bench))
            if not isinstance(decision, Grant) or decision.pin:
                return None
        return self._reply(request, known)

    def _reply(self, request: Request, known: Known) -> Answer:
        file = known.file
        subject = Subject(
            mac=known.mac,
            device_id=known.placement.device.id if known.placement else None,
            file_kind=file.kind,
            place=place_of(request, self._bench) if known.placement else None,
            completes_boot=file.completes_boot,
            required_kinds=file.required_kinds,
        )
        return Answer(file.content, file.media_type, file.etag, file.modified, subject)

    def _refuse(
        self, reason: Reason, request: Request, mac: Mac | None, placement: Placement | None
    ) -> Refusal:
        device_id = placement.device.id if placement else None
        return Refusal(reason, Subject(mac=mac, device_id=device_id))


def _of_vendor(matches: tuple[FileMatch, ...], vendor: str | None) -> FileMatch | None:
    return next((match for match in matches if match.vendor == vendor), None)
