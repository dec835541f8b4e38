"""What of an import file's settings the models of its phones can't take as it is: told before they
are registered, counted by model and setting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from provd.devices.settings import VOCABULARY
from provd.operations.checking import CheckedForm
from provd.provisioning.files import Files
from provd.vendors.attributing import notes_of
from provd.vendors.capability import capability
from provd.vendors.notes import Note, parts_of, remarks
from provd.vendors.registry import Registry

_MOST_TRIED = 100
"""Each is tried with a phone, which takes some hundredths of a second."""


@dataclass(frozen=True, slots=True)
class Remark:
    """`why` is a clause: what becomes of that setting's value on so many phones of the model."""

    model: str
    key: str
    devices: int
    why: str


@dataclass(slots=True)
class _Group:
    """Phones that have the same in common; the first of them."""

    form: CheckedForm
    devices: int = 0


def remarks_of(registry: Registry, files: Files, new: Sequence[CheckedForm]) -> tuple[Remark, ...]:
    """In the order of the file; of what is different in more than a hundred ways the rest is not
    looked at."""
    unable = [*_unable(registry, files, new)]
    silent = {(one.model, one.key) for one in unable}
    noted = (one for one in _noted(registry, files, new) if (one.model, one.key) not in silent)
    return (*unable, *noted)


def _unable(registry: Registry, files: Files, new: Sequence[CheckedForm]) -> Iterator[Remark]:
    """Models that have no such setting, whatever its value."""
    groups: dict[tuple[str, str, str], _Group] = {}
    for form in new:
        device = form.placement.device
        for key in device.settings:
            if key in VOCABULARY and VOCABULARY[key].for_phones:
                group = groups.setdefault((device.vendor, device.model, key), _Group(form))
                group.devices += 1
    for (name, model, key), group in [*groups.items()][:_MOST_TRIED]:
        vendor, phone = registry.vendor(name), files.phone(group.form.placement)
        able = capability(vendor, phone, key, phone.settings.get(key))
        if not able.reaches:
            why = "; ".join(remarks(able.notes)) or "not supported by this model"
            yield Remark(vendor.model(model).title, key, group.devices, why)


def _noted(registry: Registry, files: Files, new: Sequence[CheckedForm]) -> Iterator[Remark]:
    """Values that are not in the files as they are."""
    groups: dict[tuple[str, str, str, Note], _Group] = {}
    for form in new:
        device = form.placement.device
        for key, value in device.settings.items():
            for note in {one for one in form.notes if one.value in parts_of(value)}:
                group = groups.setdefault((device.vendor, device.model, key, note), _Group(form))
                group.devices += 1
    for (name, model, key, note), group in [*groups.items()][:_MOST_TRIED]:
        vendor, phone = registry.vendor(name), files.phone(group.form.placement)
        made = [file for file in vendor.files if file.template and file.fits(phone.model)]
        if any(note in notes_of(vendor, file, phone, key) for file in made if file.per_device):
            (why,) = remarks([note])
            yield Remark(vendor.model(model).title, key, group.devices, why)
