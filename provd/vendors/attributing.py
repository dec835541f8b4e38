"""Of which setting's value a note tells, found by trying other values."""

from __future__ import annotations

from dataclasses import replace

from provd.devices.settings import setting
from provd.errors import RenderError
from provd.vendors.notes import Note, of_value, parts_of
from provd.vendors.values import FileKind, Phone
from provd.vendors.vendor import Vendor


def notes_of(vendor: Vendor, file: FileKind, phone: Phone, key: str) -> tuple[Note, ...]:
    """What is noted of that setting's value. Raises RenderError when the file can't be made."""
    value = phone.settings.get(key)
    notes = vendor.render_noted(file, phone)[1]
    number = type(value) is int
    if not any(one.value in parts_of(value) or (one.said and number) for one in notes):
        return ()
    bare = _noted_with(vendor, file, phone, key, None)
    samples = setting(key).kind.samples if number or bare is None else ()
    others = [_noted_with(vendor, file, phone, key, sample) for sample in samples]
    return tuple(of_value(value, notes, bare, [one for one in others if one is not None]))


def _noted_with(
    vendor: Vendor, file: FileKind, phone: Phone, key: str, value: object
) -> tuple[Note, ...] | None:
    """None where the file can't be made so."""
    settings = phone.settings.replaced({key: value})
    try:
        return vendor.render_noted(file, replace(phone, settings=settings))[1]
    except RenderError:
        return None
