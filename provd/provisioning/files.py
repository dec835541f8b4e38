"""Rendered files: made from a device's layers when they are asked for, kept in memory until one of
those layers changes."""

from __future__ import annotations

import copy
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from provd.devices.account import IPNetwork
from provd.devices.layers import Layer, Settings, merge
from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.devices.placement import Placement, token_digest
from provd.devices.secret import Secret
from provd.devices.standing import Standing, TrustWay
from provd.errors import InputError, RenderError
from provd.exchange import Answer, Request
from provd.provisioning.credentials import Credentials
from provd.provisioning.firmware_policy import Choice, chosen
from provd.provisioning.lasting import Lasting
from provd.provisioning.networks import networks_of
from provd.provisioning.policy import place_of
from provd.provisioning.recorder import Subject
from provd.provisioning.suspended import without_accounts
from provd.provisioning.ways import WAYS, ways_from
from provd.vendors.encryption import KEY
from provd.vendors.firmware import Firmware
from provd.vendors.notes import Note, noted
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry
from provd.vendors.sending import sent
from provd.vendors.values import FileMatch, Model, Phone, SharedPhone, ToldFirmware
from provd.vendors.vendor import Vendor

LEGACY = "provisioning.legacy"
MEMORY_BYTES = 128 << 20
"""Rendered files kept, by the sum of their sizes: 10,000 phones take some 50 MB."""


@dataclass(frozen=True, slots=True)
class File:
    """A rendered file. `required_kinds` are the kinds that make up the full configuration of that
    phone; `etag` is the start of the content's SHA-256. `place` is where alone the phone may have
    it, None: anywhere; `coding` its Content-Encoding over HTTP, empty for none. One that was made
    for a `suspended` phone is no part of a full configuration."""

    kind: str
    content: bytes
    media_type: str
    etag: str
    modified: datetime
    completes_boot: bool
    required_kinds: tuple[str, ...]
    boot_step: int | None
    place: Place | None = None
    coding: str = ""
    suspended: bool = False

    @property
    def filed_as(self) -> str:
        return filed_as(self.kind, suspended=self.suspended)


def filed_as(kind: str, *, suspended: bool) -> str:
    """Under which name a copy is kept: what a phone got while it had service must not reach it
    while it has none, and the other way round."""
    return f"{kind} while suspended" if suspended else kind


@dataclass(frozen=True, slots=True)
class Known:
    """A file in memory with all that deciding about it needs. A request for what was made for
    one device is decided by that device's standing; `lasting` holds the answers that the policy
    gave for good."""

    file: File
    standing: Standing | None
    mac: Mac | None
    token: str
    generation: int
    lasting: Lasting

    @classmethod
    def of(
        cls, file: File, standing: Standing | None, mac: Mac | None, token: str, generation: int
    ) -> Known:
        lasting = Lasting(networks_of(standing.networks if standing else ()))
        return cls(file, standing, mac, token, generation, lasting)

    def holds(self, request: Request, bench: Sequence[IPNetwork]) -> bool:
        """Whether it was rendered for where the phone asks from."""
        return self.file.place is None or self.file.place is place_of(request, bench)

    def answer(self, request: Request, bench: Sequence[IPNetwork]) -> Answer:
        file = self.file
        subject = Subject(
            mac=self.mac,
            device_id=self.standing.device_id if self.standing else None,
            file_kind=file.kind,
            place=place_of(request, bench) if self.standing else None,
            completes_boot=file.completes_boot,
            required_kinds=file.required_kinds,
            boot_step=file.boot_step,
        )
        return Answer(file.content, file.media_type, file.etag, file.modified, subject, file.coding)


def memory_key(request: Request, *, shared: bool) -> str:
    """A file that many phones ask for is kept for each User-Agent: some name their MAC there, and
    get the file by their own settings."""
    return f"{request.path}\n{request.agent}" if shared else request.path


class FileMemory:
    """The files used last; any thread may put."""

    ENTRY = 1536
    """What an entry takes besides its content, in bytes, roughly."""

    def __init__(self, limit: int = MEMORY_BYTES) -> None:
        self._limit = limit
        self._held = 0
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    @property
    def held(self) -> int:
        """What the files take, in bytes, roughly."""
        return self._held

    @property
    def limit(self) -> int:
        """How much they may take before those used longest ago are forgotten."""
        return self._limit

    def get(self, request: Request) -> Known | None:
        of_one = self._known.get(request.path)  # memory_key, without a call for nearly all there is
        return of_one or self._known.get(memory_key(request, shared=True))

    def put(self, key: str, known: Known) -> None:
        with self._lock:
            self._forget(key)
            self._known[key] = known
            self._held += self._size(key, known)
            while self._held > self._limit and len(self._known) > 1:
                self._forget(next(iter(self._known)))

    def _forget(self, key: str) -> None:
        known = self._known.pop(key, None)
        if known is not None:
            self._held -= self._size(key, known)

    def _size(self, key: str, known: Known) -> int:
        return len(known.file.content) + len(key) + self.ENTRY


def layers_of(
    placement: Placement | None, vendor: Vendor, model: Model | None, profiles: Profiles
) -> list[Layer]:
    """From the default down to the device; later wins.

    A site's time zone is a field of the site that people fill in, so it stands as the first value
    of the site's layer.
    """
    layers = [profiles.default, *vendor.layers(model)]
    if placement is None:
        return layers
    device, site = placement.device, placement.site
    if device.profile:
        layers.append(profiles.profile(device.profile))
    accounts = (placement.provider, placement.reseller, placement.customer)
    layers.extend(Layer(f"{one.kind} {one.name}", one.settings) for one in accounts if one)
    zone = {"time.zone": site.time_zone} if site.time_zone else {}
    layers.append(Layer(f"site {site.name}", {**zone, **site.settings}))
    layers.append(Layer("device", device.settings))
    return layers


class Files:
    """Renders files.

    `public_url` is the HTTPS address that phones are told, with a slash at its end, or empty: then
    their own provisioning address is left alone and neither token nor password is delivered.
    `legacy_url` is the same for phones that know old TLS only; empty is `public_url`. `host`
    is the name by which phones reach this server. Without `credentials` the passwords hold for this
    process only. `firmware` is what there is on the shelf.
    """

    def __init__(
        self,
        registry: Registry,
        profiles: Profiles,
        *,
        public_url: str,
        host: str,
        clock: Callable[[], datetime],
        credentials: Credentials | None = None,
        legacy_url: str = "",
        firmware: Firmware = Firmware(),  # noqa: B008  immutable
    ) -> None:
        self._registry = registry
        self._firmware = firmware
        self._profiles = profiles
        self._public_url = public_url
        self._legacy_url = legacy_url or public_url
        self._host = host
        self._clock = clock
        self.credentials = credentials or Credentials(os.urandom(32))
        self._first_made = FirstMade()

    def file(
        self, match: FileMatch, placement: Placement | None, place: Place = Place.SITE
    ) -> File:
        """`place` is where the phone asks from. Raises RenderError, which names the template's file
        and line where it is to blame."""
        vendor = self._registry.vendor(match.vendor)
        phone = self.phone(placement, place) if placement else self._shared(match, vendor)
        made = sent(match.file, phone, vendor.render(match.file, phone))
        suspended = placement is not None and placement.suspended
        etag = hashlib.sha256(made.content).hexdigest()[:32]
        return File(
            kind=match.file.counts_as,
            content=made.content,
            media_type=made.media_type,
            coding=made.coding,
            etag=etag,
            modified=self._first_made.at(match.file.name, etag, self._clock()),
            completes_boot=match.file.completes_boot and not suspended,
            required_kinds=() if suspended else vendor.required_kinds(phone.model),
            boot_step=vendor.boot_step(match.file.name),
            suspended=suspended,
            place=phone.firmware.place if isinstance(phone, Phone) else None,
        )

    def phone(self, placement: Placement, place: Place = Place.SITE) -> Phone:
        """All that a device's files are rendered from, where it asks from; while it is suspended,
        without its accounts. Raises RenderError when a layer holds something that is no setting.
        """
        phone = self._phone(placement, place)
        return without_accounts(phone) if placement.suspended else phone

    def _phone(self, placement: Placement, place: Place = Place.SITE) -> Phone:
        device = placement.device
        vendor = self._registry.vendor(device.vendor)
        try:
            model = vendor.model(device.model)
            layers = layers_of(placement, vendor, model, self._profiles)
            merged = merge([self._login(placement, merge(layers)), *layers])
            settings = self._registry.hidden(merged)
        except InputError as error:
            raise RenderError(str(error)) from error
        return Phone(
            device,
            model,
            settings,
            self._url(placement, settings),
            self._host,
            self._clock().date(),
            placement.contacts,
            self._told(chosen(self._firmware.images, device, settings, place), settings),
        )

    def firmware(self, placement: Placement, place: Place = Place.SITE) -> Choice:
        """What firmware the device is told to run, or why none. Raises RenderError as `phone`."""
        return self.firmware_of(self.phone(placement, place), place)

    def firmware_of(self, phone: Phone, place: Place = Place.SITE) -> Choice:
        """The same for a phone with settings of any kind."""
        choice = chosen(self._firmware.images, phone.device, phone.settings, place)
        by_name = self._registry.vendor(phone.device.vendor).names_firmware
        if choice.image is None or self._base(phone.settings) or by_name:
            return choice
        reason = f"{choice.image.version} has no address: listen.public_url is not set"
        return Choice(None, reason, place=choice.place)

    def key_of(self, placement: Placement) -> Secret | None:
        """What the device decrypts its files with; None where they are not encrypted. Raises
        RenderError as `phone`."""
        key = self.phone(placement).settings.get(KEY)
        return key if isinstance(key, Secret) else None

    def _told(self, choice: Choice, settings: Settings) -> ToldFirmware:
        """An image is no secret: its URL needs no token."""
        image = choice.image
        if image is None:
            return ToldFirmware(missing=choice.missing, place=choice.place)
        base = self._base(settings)
        url = f"{base}{image.vendor}/{quote(image.file)}" if base else ""
        return ToldFirmware(image.file, image.version, url, place=choice.place)

    def _base(self, settings: Settings) -> str:
        return self._legacy_url if settings.get(LEGACY) else self._public_url

    def _url(self, placement: Placement, settings: Settings) -> str:
        """Where the phone shall come back to, with its token where that opens anything."""
        if not self._public_url:
            return ""
        url = self._base(settings)
        if TrustWay.TOKEN not in ways_from(settings.get(WAYS)):
            return url
        return f"{url}{placement.enrolment.token.reveal()}/"

    def _login(self, placement: Placement, settings: Settings) -> Layer:
        """The weakest layer of all: whoever gives phones a user of his own has reasons."""
        opens = TrustWay.CREDENTIALS in ways_from(settings.get(WAYS))
        if not self._public_url or not opens or settings.get("provisioning.user"):
            return Layer("enrolment", {})
        digest = token_digest(placement.enrolment.token.reveal())
        login = self.credentials.of(placement.device.mac, digest)
        return Layer(
            "enrolment",
            {"provisioning.user": login.user, "provisioning.password": login.password},
        )

    def with_profiles(self, profiles: Profiles) -> Files:
        """The same over other profiles, to see what they would make."""
        other = copy.copy(self)
        other._profiles = profiles
        return other

    def boot_step(self, match: FileMatch) -> int | None:
        return self._registry.vendor(match.vendor).boot_step(match.file.name)

    def try_all(self, placement: Placement) -> tuple[Note, ...]:
        """Renders every file of the device's boot and forgets it, of a suspended one as it will be
        with service again. What of its values is not in them as it is. Raises RenderError."""
        vendor = self._registry.vendor(placement.device.vendor)
        phone = self._phone(placement)
        with noted() as notes:
            own = [file for file in vendor.files if file.per_device and file.fits(phone.model)]
            made = [file for file in own if file.template is not None]
            for file, content in zip(made, vendor.render_each(made, phone), strict=True):
                sent(file, phone, content)
        return tuple(dict.fromkeys(notes))

    def _shared(self, match: FileMatch, vendor: Vendor) -> SharedPhone:
        settings = merge(layers_of(None, vendor, match.model, self._profiles))
        url = self._legacy_url if settings.get(LEGACY) else self._public_url
        return SharedPhone(match.model, settings, self._host, self._clock().date(), url)


class FirstMade:
    """Since when a file has had its content, for Last-Modified: the first time that it was made.

    Bounded; a file that was forgotten counts as made anew, which costs a phone one download.
    """

    def __init__(self, limit: int = 50_000) -> None:
        self._limit = limit
        self._first: OrderedDict[tuple[str, str], datetime] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, kind: str, etag: str, now: datetime) -> datetime:
        with self._lock:
            first = self._first.setdefault((kind, etag), now.replace(microsecond=0))
            if len(self._first) > self._limit:
                self._first.popitem(last=False)
            return first
