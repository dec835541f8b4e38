"""A phone, changed in one thing at a time: what provenance tries a vendor's templates with.

Nothing here knows any template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from provd.devices.contact import Contact
from provd.devices.device import Device, Key, Line
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.devices.setting import Setting
from provd.devices.settings import LINE_FIELDS, RAW_PREFIX, VOCABULARY, setting
from provd.vendors.values import Fact, Model, Phone, ToldFirmware

MOST_SAMPLES = 12
FIRMWARE = "firmware.version"
_KEY_FIELDS = ("kind", "value", "label", "line")


@dataclass(frozen=True, slots=True)
class Origin:
    """What a line of a file may depend on. `setting` is its key where it is one; `name` is how
    people call it: time.zone, line 2, password, model, MAC."""

    name: str
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """The phone with another value of that."""

    origin: Origin
    phone: Phone


def of_settings(
    phone: Phone, vendor: str, without: frozenset[str], only: str = ""
) -> Iterator[Variant]:
    """Every setting for phones but those of `without` (or `only` that one), whether set or not,
    with other values that it may have, and without any."""
    rows = [row for row in VOCABULARY.values() if row.for_phones and row.key not in without]
    rows += [setting(f"{RAW_PREFIX}{vendor}.{name}") for name in phone.settings.raw(vendor)]
    for row in rows:
        if only and row.key != only:
            continue
        origin = Origin(row.key, row.key)
        for value in _others(row, phone.settings.get(row.key)):
            settings = phone.settings.replaced({row.key: value})
            yield Variant(origin, replace(phone, settings=settings))


def of_the_rest(phone: Phone, models: Sequence[Model]) -> Iterator[Variant]:
    """Its MAC and label, the server's addresses, the day, contacts, and the facts of its model, as
    other models have them."""
    device = phone.device
    other_mac = Mac(f"02{int(device.mac.digits[2:], 16) ^ 0x5A5A5A5A5A:010x}")
    changed: dict[str, list[dict[str, Any]]] = {
        "MAC": [{"device": replace(device, mac=other_mac)}],
        "label": [{"device": replace(device, label=text)} for text in ("Sample", "")],
        "provisioning address": [
            {"provisioning_url": "https://sample.example.net/S4mple/"}, {"provisioning_url": ""}
        ],
        "server address": [{"server_host": "sample.example.net"}],
        "today": [{"today": phone.today + timedelta(days=366)}],
        "contacts": [{"contacts": (Contact("Sample", (("work", "77"),)),)}, {"contacts": ()}],
    }  # fmt: skip
    for name, some in changed.items():
        for fields in some:
            yield Variant(Origin(name), replace(phone, **fields))
    for name, model in _models(phone.model, models, _used(device)):
        yield Variant(Origin(name), replace(phone, model=model))


def of_firmware(phone: Phone) -> Iterator[Variant]:
    """With another image, and without any."""
    image = ToldFirmware("s.bin", "9.9", "http://sample.example.net/s.bin")
    for firmware in (image, ToldFirmware()):
        yield Variant(Origin(FIRMWARE, FIRMWARE), replace(phone, firmware=firmware))


def lines_of_fields(phone: Phone) -> Iterator[tuple[str, Phone]]:
    """(field, phone): one field of all lines changed at once."""
    for name in LINE_FIELDS:
        lines = tuple(_line(line, (name,)) for line in phone.device.lines)
        yield name, _with(phone, lines=lines)


def keys_of_fields(phone: Phone, kinds: Sequence[str]) -> Iterator[tuple[str, Phone]]:
    """The same for keys."""
    for name in _KEY_FIELDS:
        keys = tuple(_key(key, (name,), kinds, phone) for key in phone.device.keys)
        yield name, _with(phone, keys=keys)


def with_other_line(phone: Phone, line: Line) -> Phone:
    """One line changed in all that it has."""
    other = _line(line, tuple(LINE_FIELDS))
    return _with(phone, lines=_exchanged(phone.device.lines, line, other))


def without_line(phone: Phone, line: Line) -> Phone:
    return _with(phone, lines=tuple(one for one in phone.device.lines if one is not line))


def with_other_key(phone: Phone, key: Key, kinds: Sequence[str]) -> Phone:
    """One key changed in all that it has."""
    other = _key(key, _KEY_FIELDS, kinds, phone)
    return _with(phone, keys=_exchanged(phone.device.keys, key, other))


def without_key(phone: Phone, key: Key) -> Phone:
    return _with(phone, keys=tuple(one for one in phone.device.keys if one is not key))


def _with(phone: Phone, **fields: Any) -> Phone:
    return replace(phone, device=replace(phone.device, **fields))


def _exchanged(some: tuple[Any, ...], one: object, other: object) -> tuple[Any, ...]:
    return tuple(other if each is one else each for each in some)


def _others(row: Setting, value: object) -> Iterator[object]:
    if value is not None:
        yield None
    samples = [sample for sample in row.kind.samples if sample != value]
    yield from samples[:MOST_SAMPLES]


def _line(line: Line, fields: Sequence[str]) -> Line:
    changed: dict[str, Any] = {name: _sample(name, line) for name in fields}
    return replace(line, **changed)


def _sample(field: str, line: Line) -> object:
    """Like no other line's, of the field's kind."""
    if field == "password":
        return Secret(f"S4mple{line.number}x")
    if field == "registrar":
        return f"sample{line.number}.example.net"
    return f"7{line.number:03}7" if field == "voicemail" else f"s4mple{line.number}x"


def _key(key: Key, fields: Sequence[str], kinds: Sequence[str], phone: Phone) -> Key:
    other_kinds = sorted((kind for kind in kinds if kind != key.kind), key="line".__eq__)
    values: dict[str, object] = {
        "kind": next(iter(other_kinds), key.kind),  # a line's key moves other lines' keys
        "value": f"7{key.module}{key.position:03}7",
        "label": f"s4mple{key.module}{key.position}",
        "line": 1 if key.line > 1 else min(2, phone.model.lines),
    }
    chosen: dict[str, Any] = {name: values[name] for name in fields}
    return replace(key, **chosen)


def _used(device: Device) -> dict[str, int]:
    """What a model must have for this device, at least."""
    return {
        "lines": max((line.number for line in device.lines), default=0),
        "keys": max((key.position for key in device.keys if not key.module), default=0),
        "modules": max((key.module for key in device.keys), default=0),
        "module_keys": max((key.position for key in device.keys if key.module), default=0),
    }


def _models(
    model: Model, models: Sequence[Model], used: Mapping[str, int]
) -> Iterator[tuple[str, Model]]:
    """The model, one fact at a time as some other model has it, with more lines and keys than it
    has, and with no more than are used."""
    yield "model", replace(model, name="Sample")
    yield "model", replace(model, title="Sample 7")
    for field, least in used.items():
        counts: list[dict[str, Any]] = [
            {field: count} for count in (getattr(model, field) + 1, least)
        ]
        for count in counts:
            yield f"model: {field}", replace(model, **count)
    for column, fact in model.facts.items():
        found: dict[Fact, None] = dict.fromkeys(one.facts.get(column, fact) for one in models)
        others = [other for other in found if other != fact]
        for other in others[:4]:
            facts = {**model.facts, column: other}
            yield f"model: {column}", replace(model, facts=facts)
