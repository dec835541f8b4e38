"""Whether a model can take a value at all, whatever else its phone is told.

A setting may change nothing because another one is off: what a phone's password for the switch is
matters only where it signs in to one. So it is tried beside other settings of all kinds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from provd.devices.device import Key, Line
from provd.devices.keys import KEY_KINDS
from provd.devices.secret import Secret
from provd.devices.settings import VOCABULARY, setting
from provd.errors import RenderError
from provd.vendors.encryption import KEY
from provd.vendors.notes import Note, of_value
from provd.vendors.values import FileKind, Phone
from provd.vendors.vendor import Vendor

_WAYS = 4


@dataclass(frozen=True, slots=True)
class Capability:
    """`reaches`: another value would change some file of the model. `notes` tell what of the value
    is not in its files as it is."""

    reaches: bool
    notes: tuple[Note, ...] = ()


def capability(vendor: Vendor, phone: Phone, key: str, value: object) -> Capability:
    """Of a setting for phones, or of a vendor's own raw parameter, and a value as it is kept."""
    if key in vendor.unsupported_settings:
        return Capability(reaches=False)
    if key not in VOCABULARY:
        return Capability(reaches=True)
    if key == KEY:  # no template asks for it
        return Capability(any(file.encryption(phone.model) for file in vendor.files))
    files = [file for file in vendor.files if file.template is not None and file.fits(phone.model)]
    notes: dict[Note, None] = {}
    for around in _surroundings(vendor, phone):
        reached, found = _tried(vendor, files, around, key, value)
        notes |= dict.fromkeys(found)
        if reached:
            return Capability(reaches=True, notes=tuple(notes))
    return Capability(reaches=False, notes=tuple(notes))


def _tried(
    vendor: Vendor, files: list[FileKind], phone: Phone, key: str, value: object
) -> tuple[bool, list[Note]]:
    """Whether any value changes any file, and what is noted of this value."""
    reached = False
    notes: list[Note] = []
    for file in files:
        found = _made(vendor, file, phone, key, value)
        bare = _made(vendor, file, phone, key, None)
        if found is None:
            continue
        others = [_made(vendor, file, phone, key, sample) for sample in setting(key).kind.samples]
        reached |= any(made and made[0] != found[0] for made in (bare, *others))
        without = bare[1] if bare else None
        notes += of_value(value, found[1], without, [made[1] for made in others if made])
    return reached, notes


def _made(
    vendor: Vendor, file: FileKind, phone: Phone, key: str, value: object
) -> tuple[bytes, tuple[Note, ...]] | None:
    settings = phone.settings.replaced({key: value})
    try:
        return vendor.render_noted(file, replace(phone, settings=settings))
    except RenderError:
        return None


def _surroundings(vendor: Vendor, phone: Phone) -> Iterator[Phone]:
    """The phone as it is; with all else set, in several ways; with a half of all else set, in so
    many ways that any two settings are once one set and one not."""
    phone = _furnished(vendor, phone)
    yield phone
    rows = [row for row in VOCABULARY.values() if row.for_phones and row.kind.samples]
    for at in range(_WAYS):
        values = {row.key: row.kind.samples[at % len(row.kind.samples)] for row in rows}
        yield replace(phone, settings=phone.settings.replaced(values))
    for bit in range(len(rows).bit_length()):
        for half in (0, 1):
            values = {
                row.key: row.kind.samples[0] if number >> bit & 1 == half else None
                for number, row in enumerate(rows)
            }
            yield replace(phone, settings=phone.settings.replaced(values))


def _furnished(vendor: Vendor, phone: Phone) -> Phone:
    """With a line in any case, and on the keys that it has not used one of each kind."""
    device = phone.device
    lines = device.lines or (Line(1, "100", Secret("sample")),)
    used = {key.position for key in device.keys if not key.module}
    free = (number for number in range(1, phone.model.keys + 1) if number not in used)
    kinds = sorted(vendor.key_kinds, key=lambda kind: kind not in _TELLING)
    wanted = [(kind, value) for kind in kinds for value in KEY_KINDS[kind].tries]
    keys = tuple(Key(n, kind, value) for n, (kind, value) in zip(free, wanted, strict=False))
    return replace(phone, device=replace(device, lines=lines, keys=(*device.keys, *keys)))


_TELLING = ("line", "pickup", "group_pickup", "blf", "voicemail", "park", "intercom")
"""Kinds that settings have a word in: they come first where keys are few."""
