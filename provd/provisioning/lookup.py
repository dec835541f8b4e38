"""The long way from a request to its reply: the store, the trust policy, the renderer. It blocks,
so it runs in a thread; what it finds it leaves in memory for the next time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.devices.placement import Placement
from provd.devices.standing import Standing, standing_of
from provd.errors import RenderError
from provd.exchange import Answer, ClientCertificate, Reason, Refusal, Request, Transport
from provd.provisioning.copies import Copies
from provd.provisioning.files import FileMemory, Files, Known, memory_key
from provd.provisioning.paths import AskedPath, mac_in, take_apart
from provd.provisioning.policy import Decision, Grant, place_of
from provd.provisioning.recorder import Subject
from provd.provisioning.trust import Trust, nobodys
from provd.vendors.values import FileKind, FileMatch, Identification

log = structlog.get_logger()

_NOBODY = Mac("02" + "0" * 10)


class Found(Protocol):
    """A device whose secrets are still sealed."""

    @property
    def standing(self) -> Standing: ...

    def placement(self) -> Placement: ...


class Devices(Protocol):
    """What is asked of the store; everything may raise StoreUnavailable."""

    def find(self, mac: Mac) -> Found | None: ...

    def find_by_token(self, token: str) -> Found | None: ...

    def pin_window(self, device_id: int, address: str) -> bool:
        """Binds an open enrolment window to an address; False when another was faster."""


class Catalogue(Protocol):
    """What is asked of the vendors' registry."""

    def candidates(self, path: str) -> tuple[FileMatch, ...]: ...

    def identify(
        self, agent: str, path: str, *, certificate: ClientCertificate | None
    ) -> Identification | None: ...

    def fitting(
        self, matches: tuple[FileMatch, ...], vendor: str | None, model: str
    ) -> FileMatch | None: ...


class Generation(Protocol):
    """A number that rises whenever anything changes that a phone's file is made from."""

    @property
    def value(self) -> int: ...


ReadBack = Callable[[FileKind, Callable[[], Placement], Subject], Answer | None]
"""What a phone sent as that kind of file, for whoever may have the phone's own files."""


def nothing_back(
    kind: FileKind, placement: Callable[[], Placement], subject: Subject
) -> Answer | None:
    """Where no phone sends anything."""
    return None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, taken apart. `generation` was read first, so that a change during the look-up
    makes the result stale rather than wrong."""

    request: Request
    path: AskedPath
    matches: tuple[FileMatch, ...]
    generation: int


class LookUp:
    """Called with a request, gives its reply. Raises StoreUnavailable."""

    def __init__(
        self,
        devices: Devices,
        catalogue: Catalogue,
        files: Files,
        memory: FileMemory,
        copies: Copies,
        *,
        generation: Generation,
        trust: Trust,
        rendering: Callable[[], AbstractContextManager[object]] = nullcontext,
        read_back: ReadBack = nothing_back,
    ) -> None:
        """Each file is rendered inside of a `rendering()`."""
        self._read_back = read_back
        self._devices = devices
        self._catalogue = catalogue
        self._files = files
        self._memory = memory
        self._copies = copies
        self._generation = generation
        self._trust = trust
        self._rendering = rendering

    def __call__(self, request: Request) -> Answer | Refusal:
        self._trust.watch.refresh(self._generation.value, request.received_at)
        path = take_apart(request.path)
        asked = _Asked(
            request, path, matches_of(self._catalogue, path.name), self._generation.value
        )
        mac = next((match.mac for match in asked.matches if match.mac), None)
        if mac is not None:
            return self._device_file(asked, mac)
        if asked.matches:
            return self._shared_file(asked)
        return self._stray_file(asked)

    def _device_file(self, asked: _Asked, mac: Mac) -> Answer | Refusal:
        """Decides before any secret is opened, and about nobody's MAC as about a device's."""
        found = self._devices.find(mac)
        standing = found.standing if found else nobodys(mac, asked.matches[0].vendor)
        decision = self._decide(asked, standing)
        if found is None:
            return self._refused(asked, mac, None, Reason.UNKNOWN_MAC)
        if not isinstance(decision, Grant):
            return self._refused(asked, mac, standing, decision)
        match = self._catalogue.fitting(asked.matches, standing.vendor, standing.model)
        if match is None or match.file.template is None:
            return self._unrendered(asked, found, match, unproved=decision.pin)
        address = str(asked.request.address)
        if decision.pin and not self._devices.pin_window(standing.device_id, address):
            return self._refused(asked, mac, standing, Reason.WINDOW_CLOSED)
        self._trust.watch.granted(asked.request, mac)
        pinned = address if decision.pin else ""
        remembered = self._remembered(asked, standing)
        return remembered or self._rendered(asked, match, found.placement(), pinned)

    def _unrendered(
        self, asked: _Asked, found: Found, match: FileMatch | None, *, unproved: bool
    ) -> Answer | Refusal:
        """What is no file of ours pins no window; so whom only that would let in has proved
        nothing, and must not learn that one is open."""
        standing = found.standing
        reason = Reason.NO_SUCH_FILE if match else Reason.WRONG_VENDOR
        if unproved:
            return self._refused(asked, standing.mac, standing, reason, match)
        self._trust.watch.granted(asked.request, standing.mac)
        subject = self._subject(asked, standing.mac, standing, match)
        own = self._read_back(match.file, found.placement, subject) if match else None
        return own or Refusal(reason, subject)

    def _remembered(self, asked: _Asked, standing: Standing) -> Answer | None:
        """For phones that memory alone can't decide about: those with user name and password."""
        known = self._memory.get(asked.request)
        if known is None or known.standing is None or known.generation != asked.generation:
            return None
        same = known.standing.device_id == standing.device_id
        same = same and known.holds(asked.request, self._trust.bench)
        return known.answer(asked.request, self._trust.bench) if same else None

    def _stray_file(self, asked: _Asked) -> Refusal:
        """No vendor's name. A MAC in it tells whose timeline it belongs on, and counts as any."""
        mac = mac_in(asked.path.name)
        if mac is None:
            return Refusal(Reason.NO_SUCH_FILE, Subject())
        found = self._devices.find(mac)
        standing = found.standing if found else nobodys(mac, "")
        decision = self._decide(asked, standing)
        if found is None or not isinstance(decision, Grant) or decision.pin:
            return self._refused(asked, mac, _standing(found), Reason.NO_SUCH_FILE)
        return Refusal(Reason.NO_SUCH_FILE, self._subject(asked, mac, standing, None))

    def _refused(
        self,
        asked: _Asked,
        mac: Mac,
        standing: Standing | None,
        reason: Reason,
        match: FileMatch | None = None,
    ) -> Refusal:
        """The one way out for whoever proved nothing, whether there is such a device or not."""
        self._trust.watch.refused(asked.request, mac)
        device_id = standing.device_id if standing else None
        kind = match.file.name if match else ""
        proven = self._proven(asked, mac)
        subject = Subject(mac=mac, device_id=device_id, file_kind=kind, tried=mac, proven=proven)
        return Refusal(reason, subject)

    def _proven(self, asked: _Asked, mac: Mac) -> str:
        """By whose factory certificate the MAC is proved, registered or not: whoever registers it
        is told what it is."""
        certificate = asked.request.certificate
        seen = self._catalogue.identify("", "", certificate=certificate) if certificate else None
        return seen.vendor if seen and seen.mac == mac else ""

    def _shared_file(self, asked: _Asked) -> Answer | Refusal:
        """A file without a MAC holds nothing secret, so everybody may have it; whose it is only
        decides by whose settings it is rendered."""
        request = asked.request
        seen = self._catalogue.identify(
            request.agent, asked.path.name, certificate=request.certificate
        )
        owner, tried = self._owner(asked, seen)
        placement = owner.placement() if owner else None
        vendor = placement.device.vendor if placement else seen.vendor if seen else None
        if vendor is None:
            vendor = only_maker(asked.matches)
        model = placement.device.model if placement else seen.model if seen else ""
        match = self._catalogue.fitting(asked.matches, vendor, model)
        if match is None or match.file.template is None:
            mac = placement.device.mac if placement else None
            subject = self._subject(asked, mac, _standing(owner), match)
            return Refusal(Reason.NO_SUCH_FILE, replace(subject, tried=tried))
        reply = self._rendered(asked, match, placement)
        assert isinstance(reply.subject, Subject)  # noqa: S101  our own
        return replace(reply, subject=replace(reply.subject, tried=tried))

    def _owner(self, asked: _Asked, seen: Identification | None) -> tuple[Found | None, Mac | None]:
        """Whose request it is, and the MAC that it named in vain. By the token, else by the MAC
        that the phone names itself with, if it might have that device's own files: anybody can
        write a MAC into a User-Agent. What only an unpinned window lets in, is not pinned here."""
        if asked.path.token and asked.request.transport is Transport.HTTPS:
            found, mac = self._devices.find_by_token(asked.path.token), None
            standing = found.standing if found else nobodys(_NOBODY, "")
        elif seen and seen.mac:
            found, mac = self._devices.find(seen.mac), seen.mac
            standing = found.standing if found else nobodys(mac, seen.vendor)
        else:
            return None, None
        decision = self._decide(asked, standing)
        if found and isinstance(decision, Grant) and not decision.pin:
            return found, None
        if mac is not None:
            self._trust.watch.refused(asked.request, mac)
        return None, mac

    def _rendered(
        self, asked: _Asked, match: FileMatch, placement: Placement | None, pinned: str = ""
    ) -> Answer | Refusal:
        """`pinned` is the address that the window was bound to since the device was read."""
        request = asked.request
        mac = match.mac or (placement.device.mac if placement else None)
        standing = standing_of(placement) if placement else None
        if standing and pinned:
            standing = replace(standing, first_address=pinned)
        try:
            with self._rendering():
                place = place_of(request, self._trust.bench)
                file = self._files.file(match, placement, place)
        except RenderError as error:
            log.error("render_failed", mac=str(mac or ""), file=match.file.name, error=str(error))
            last = self._copies.file(standing, match.file.counts_as) if standing else None
            if last is None:
                return Refusal(Reason.CANNOT_RENDER, self._subject(asked, mac, standing, match))
            # Until something changes it is not tried again.
            known = Known.of(last, standing, mac, asked.path.token, asked.generation)
            self._memory.put(memory_key(request, shared=not match.file.per_device), known)
            return known.answer(request, self._trust.bench)
        if standing and file.place is not Place.BENCH:  # a copy may be given anywhere
            self._copies.keep(standing, file)
        known = Known.of(file, standing, mac, asked.path.token, asked.generation)
        self._memory.put(memory_key(request, shared=not match.file.per_device), known)
        return known.answer(request, self._trust.bench)

    def _decide(self, asked: _Asked, standing: Standing) -> Decision:
        return self._trust.decide(asked.request, asked.path.token, standing)

    def _subject(
        self,
        asked: _Asked,
        mac: Mac | None,
        standing: Standing | None,
        match: FileMatch | None,
    ) -> Subject:
        return Subject(
            mac=mac,
            device_id=standing.device_id if standing else None,
            file_kind=match.file.name if match else "",
            place=place_of(asked.request, self._trust.bench) if standing and match else None,
            boot_step=self._files.boot_step(match) if match else None,
        )


def only_maker(matches: tuple[FileMatch, ...]) -> str | None:
    """The vendor whose file it must be when nobody said who asks: the only one that has such a
    file. Others may merely know the name."""
    makers = {match.vendor for match in matches if match.file.template is not None}
    return makers.pop() if len(makers) == 1 else None


def matches_of(catalogue: Catalogue, name: str) -> tuple[FileMatch, ...]:
    """Phones may have been given an address with folders before the vendor's own names."""
    return catalogue.candidates(name) or catalogue.candidates(name.rpartition("/")[2])


def _standing(found: Found | None) -> Standing | None:
    return found.standing if found else None
