"""What phones get while the database is away: their last good files, none without a decision.

The last known standing of a device decides, by the same policy. Whatever can't be decided, or is
refused, is answered alike: unavailable, try again later. A device that is not known here may well
be registered, so nobody is told that it is not.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from provd.devices.mac import Mac
from provd.devices.standing import Standing
from provd.errors import RenderError
from provd.exchange import Answer, Reason, Refusal, Request, Transport
from provd.provisioning.copies import Copies
from provd.provisioning.files import Files, Known
from provd.provisioning.lookup import Catalogue, matches_of, only_maker
from provd.provisioning.paths import AskedPath, mac_in, take_apart
from provd.provisioning.policy import Grant, place_of
from provd.provisioning.recorder import Subject
from provd.provisioning.trust import Trust, nobodys
from provd.vendors.values import FileMatch

log = structlog.get_logger()

NOT_NOW = Refusal(Reason.UNAVAILABLE, Subject())


class LastGood:
    """Called with a request, gives its reply; asks the disk, so it is for a thread."""

    def __init__(self, catalogue: Catalogue, files: Files, copies: Copies, trust: Trust) -> None:
        self._catalogue = catalogue
        self._files = files
        self._copies = copies
        self._trust = trust

    def __call__(self, request: Request) -> Answer | Refusal:
        path = take_apart(request.path)
        matches = matches_of(self._catalogue, path.name)
        mac = next((match.mac for match in matches if match.mac), None)
        if mac is None and matches:
            return self._shared_file(request, path, matches)
        mac = mac or mac_in(path.name)
        if mac is None:
            return Refusal(Reason.NO_SUCH_FILE, Subject())
        standing = self._let_in(request, path, mac, matches)
        if standing is None:
            return NOT_NOW
        return self._device_file(request, path, matches, standing)

    def _let_in(
        self, request: Request, path: AskedPath, mac: Mac, matches: tuple[FileMatch, ...]
    ) -> Standing | None:
        """The device that has that MAC, where whoever asks may have its files."""
        known = self._copies.standing(mac)
        return self._decided(
            request, path, known or nobodys(mac, matches[0].vendor if matches else "")
        )

    def _decided(self, request: Request, path: AskedPath, standing: Standing) -> Standing | None:
        """No window can be pinned now, so whom only that would let in must wait."""
        decision = self._trust.decide(request, path.token, standing)
        granted = isinstance(decision, Grant) and not decision.pin
        return standing if granted and standing.device_id else None

    def _device_file(
        self,
        request: Request,
        path: AskedPath,
        matches: tuple[FileMatch, ...],
        standing: Standing,
    ) -> Answer | Refusal:
        match = self._catalogue.fitting(matches, standing.vendor, standing.model)
        if match is not None and match.file.upload and match.file.upload.read_back:
            # It may well be there: told that it is not, some phones replace it by what they have.
            return replace(NOT_NOW, subject=self._subject(request, match, standing))
        if match is None or match.file.template is None:
            is_others = bool(matches) and match is None
            reason = Reason.WRONG_VENDOR if is_others else Reason.NO_SUCH_FILE
            return Refusal(reason, self._subject(request, match, standing))
        file = self._copies.file(standing, match.file.counts_as)
        if file is None:
            return replace(NOT_NOW, subject=self._subject(request, match, standing))
        known = Known.of(file, standing, standing.mac, path.token, generation=0)
        return known.answer(request, self._trust.bench)

    def _shared_file(
        self, request: Request, path: AskedPath, matches: tuple[FileMatch, ...]
    ) -> Answer | Refusal:
        """By its owner's settings where the phone says who it is. Else it is made of what lies on
        this machine, as ever."""
        seen = self._catalogue.identify(request.agent, path.name, certificate=request.certificate)
        if path.token and request.transport is Transport.HTTPS:
            known = self._copies.standing_by_token(path.token)
            owner = self._decided(request, path, known) if known else None
        elif seen and seen.mac:
            owner = self._let_in(request, path, seen.mac, matches)
        else:
            return self._nobodys_file(request, matches, seen.vendor if seen else None)
        return self._device_file(request, path, matches, owner) if owner else NOT_NOW

    def _nobodys_file(
        self, request: Request, matches: tuple[FileMatch, ...], vendor: str | None
    ) -> Answer | Refusal:
        if vendor is None:
            vendor = only_maker(matches)
        match = self._catalogue.fitting(matches, vendor, "")
        subject = self._subject(request, match, None)
        if match is None or match.file.template is None:
            return Refusal(Reason.NO_SUCH_FILE, subject)
        try:
            file = self._files.file(match, None)
        except RenderError as error:
            log.error("render_failed", file=match.file.name, error=str(error))
            return Refusal(Reason.CANNOT_RENDER, subject)
        return Known.of(file, None, None, "", generation=0).answer(request, self._trust.bench)

    def _subject(
        self, request: Request, match: FileMatch | None, standing: Standing | None
    ) -> Subject:
        return Subject(
            mac=standing.mac if standing else None,
            device_id=standing.device_id if standing else None,
            file_kind=match.file.name if match else "",
            place=place_of(request, self._trust.bench) if standing and match else None,
            boot_step=self._files.boot_step(match) if match else None,
        )
