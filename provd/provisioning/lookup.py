"""The long way from a request to its reply: the store, the trust policy, the renderer. It blocks,
so it runs in a thread; what it finds it leaves in memory for the next time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from provd.devices.account import IPNetwork
from provd.devices.mac import Mac
from provd.devices.placement import Placement
from provd.errors import RenderError
from provd.exchange import Answer, Reason, Refusal, Request, Transport
from provd.provisioning.files import FileMemory, Files, Known, memory_key
from provd.provisioning.paths import AskedPath, mac_in, take_apart
from provd.provisioning.policy import Asking, Decision, Grant, decide, place_of
from provd.provisioning.recorder import Subject
from provd.vendors.values import FileMatch, Identification

log = structlog.get_logger()


class Devices(Protocol):
    """What is asked of the store; everything may raise StoreUnavailable."""

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


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, taken apart. `generation` was read first, so that a change during the look-up
    makes the result stale rather than wrong."""

    request: Request
    path: AskedPath
    matches: tuple[FileMatch, ...]
    generation: int

    def of_vendor(self, vendor: str | None) -> FileMatch | None:
        return next((match for match in self.matches if match.vendor == vendor), None)


class LookUp:
    """Called with a request, gives its reply. Raises StoreUnavailable."""

    def __init__(
        self,
        devices: Devices,
        catalogue: Catalogue,
        files: Files,
        memory: FileMemory,
        *,
        generation: Generation,
        bench: Sequence[IPNetwork],
    ) -> None:
        self._devices = devices
        self._catalogue = catalogue
        self._files = files
        self._memory = memory
        self._generation = generation
        self._bench = bench

    def __call__(self, request: Request) -> Answer | Refusal:
        path = take_apart(request.path)
        asked = _Asked(request, path, self._matches(path.name), self._generation.value)
        mac = next((match.mac for match in asked.matches if match.mac), None)
        if mac is not None:
            return self._device_file(asked, mac)
        if asked.matches:
            return self._shared_file(asked)
        stray = mac_in(path.name)
        placement = self._devices.placement(stray) if stray else None
        return Refusal(Reason.NO_SUCH_FILE, self._subject(asked, stray, placement, None))

    def _matches(self, name: str) -> tuple[FileMatch, ...]:
        """Phones may have been given an address with folders before the vendor's own names."""
        return self._catalogue.candidates(name) or self._catalogue.candidates(
            name.rpartition("/")[2]
        )

    def _device_file(self, asked: _Asked, mac: Mac) -> Answer | Refusal:
        placement = self._devices.placement(mac)
        if placement is None:
            return Refusal(Reason.UNKNOWN_MAC, Subject(mac=mac))
        decision = self._decide(asked, placement)
        if not isinstance(decision, Grant):
            return Refusal(decision, Subject(mac=mac, device_id=placement.device.id))
        match = asked.of_vendor(placement.device.vendor)
        subject = self._subject(asked, mac, placement, match)
        if match is None:
            return Refusal(Reason.WRONG_VENDOR, subject)
        if match.file.template is None:
            return Refusal(Reason.NO_SUCH_FILE, subject)
        address = str(asked.request.address)
        if decision.pin and not self._devices.pin_window(placement.device.id, address):
            return Refusal(Reason.WINDOW_CLOSED, Subject(mac=mac, device_id=placement.device.id))
        return self._rendered(asked, match, placement)

    def _shared_file(self, asked: _Asked) -> Answer | Refusal:
        """A file without a MAC holds nothing secret, so everybody may have it; whose it is only
        decides by whose settings it is rendered."""
        seen = self._catalogue.identify(asked.request.agent, asked.path.name)
        placement = self._owner(asked, seen)
        vendor = placement.device.vendor if placement else seen.vendor if seen else None
        if vendor is None and len({match.vendor for match in asked.matches}) == 1:
            vendor = asked.matches[0].vendor
        match = asked.of_vendor(vendor)
        if match is None or match.file.template is None:
            mac = placement.device.mac if placement else None
            return Refusal(Reason.NO_SUCH_FILE, self._subject(asked, mac, placement, match))
        return self._rendered(asked, match, placement)

    def _owner(self, asked: _Asked, seen: Identification | None) -> Placement | None:
        """By the token, else by the MAC that the phone names itself with, if it might have that
        device's own files: anybody can write a MAC into a User-Agent."""
        if asked.path.token and asked.request.transport is Transport.HTTPS:
            return self._devices.placement_by_token(asked.path.token)
        placement = self._devices.placement(seen.mac) if seen and seen.mac else None
        if placement is None or not isinstance(self._decide(asked, placement), Grant):
            return None
        return placement

    def _rendered(
        self, asked: _Asked, match: FileMatch, placement: Placement | None
    ) -> Answer | Refusal:
        request = asked.request
        mac = match.mac or (placement.device.mac if placement else None)
        try:
            file = self._files.file(match, placement)
        except RenderError as error:
            log.error("render_failed", mac=str(mac or ""), file=match.file.name, error=str(error))
            return Refusal(Reason.CANNOT_RENDER, self._subject(asked, mac, placement, match))
        known = Known(file, placement, mac, asked.path.token, asked.generation)
        self._memory.put(memory_key(request, shared=not match.file.per_device), known)
        return known.answer(request, self._bench)

    def _decide(self, asked: _Asked, placement: Placement) -> Decision:
        return decide(Asking(asked.request, placement, asked.path.token, self._bench))

    def _subject(
        self,
        asked: _Asked,
        mac: Mac | None,
        placement: Placement | None,
        match: FileMatch | None,
    ) -> Subject:
        return Subject(
            mac=mac,
            device_id=placement.device.id if placement else None,
            file_kind=match.file.name if match else "",
            place=place_of(asked.request, self._bench) if placement and match else None,
            boot_step=self._files.boot_step(match) if match else None,
        )
