"""What of one phone's lines, keys and settings another model can take over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from provd.devices.device import Device, Key, Line
from provd.devices.keys import KEY_KINDS, Place
from provd.devices.settings import RAW_PREFIX
from provd.operations.lines import place_of
from provd.vendors.values import Model
from provd.vendors.vendor import Vendor


@dataclass(frozen=True, slots=True)
class Fitted:
    """What it takes, and a clause for people about each thing that it can't."""

    lines: tuple[Line, ...]
    keys: tuple[Key, ...]
    settings: Mapping[str, object]
    lost: tuple[str, ...]


def fitted(device: Device, vendor: Vendor, model: Model) -> Fitted:
    """Lines beyond the model's, keys that it or its vendor lacks, and another vendor's own
    parameters are lost."""
    lost: list[str] = []
    lines = tuple(line for line in device.lines if line.number <= model.lines)
    lost += [
        f"line {line.number} ({line.user}): {model.title} has {_counted(model.lines, 'line')}"
        for line in device.lines
        if line.number > model.lines
    ]
    place, keys = place_of(vendor, model), []
    for key in device.keys:
        if why := _lacks(place, key):
            lost.append(f"{_named(key)}: {why}")
        else:
            keys.append(key)
    own = f"{RAW_PREFIX}{vendor.name}."
    settings = {
        key: value
        for key, value in device.settings.items()
        if not key.startswith(RAW_PREFIX) or key.startswith(own)
    }
    lost += [
        f"setting {key}: a parameter of another vendor's"
        for key in sorted(device.settings.keys() - settings.keys())
    ]
    return Fitted(lines, tuple(keys), settings, tuple(lost))


def _lacks(place: Place, key: Key) -> str:
    """Why the key has no place there; empty where it has."""
    most = place.keys.get(key.module)
    if most is None:
        return f"{place.model} takes {_counted(len(place.keys) - 1, 'expansion module')}"
    if key.position > most:
        where = f"expansion module {key.module}" if key.module else place.model
        return f"{where} has {_counted(most, 'key')}"
    if key.line > place.lines:
        return f"{place.model} has {_counted(place.lines, 'line')}"
    if key.kind in KEY_KINDS and key.kind not in place.kinds:
        return f"{place.model} has no keys of kind {key.kind}"
    return ""


def _named(key: Key) -> str:
    where = f" of module {key.module}" if key.module else ""
    return f"key {key.position}{where} ({' '.join((key.kind, key.value)).strip()})"


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what if number == 1 else what + 's'}"
