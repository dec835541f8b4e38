"""Which of a phone's own values its files can't be made with: a template fails over a value without
knowing whence it comes, so they are given one after the other to a phone that has none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from functools import partial
from typing import Any

from provd.devices.device import Device, Line
from provd.devices.secret import Secret
from provd.errors import InputError, RenderError

_REMEDY = "Write it otherwise, or leave it out"
_OF_LINES = tuple(field.name for field in fields(Line) if field.name != "number")


def faults(device: Device, make: Callable[[Device], object]) -> list[InputError]:
    """With the form's keys. `make` makes all files, or raises RenderError. None are found where the
    values of others (a site's, a customer's) are at fault."""
    sound = _bare(device)
    found: list[InputError] = []
    if _refused(sound, make):
        return found
    for key, added in _values(device):
        more = added(sound)
        error = _refused(more, make)
        if error is None:
            sound = more
        else:
            said = f"no configuration can be made from this: {error.problem}"
            found.append(InputError(said, key=key, remedy=_REMEDY))
    return found


def _refused(device: Device, make: Callable[[Device], object]) -> RenderError | None:
    try:
        make(device)
    except RenderError as error:
        return error
    return None


def _bare(device: Device) -> Device:
    """With lines that nothing is wrong with, and nothing else of its own."""
    secret, registrar = Secret("1"), "sip.example.net"
    lines = tuple(Line(one.number, "1", secret, registrar=registrar) for one in device.lines)
    return replace(device, lines=lines, keys=(), settings={}, label="", profile="")


def _values(device: Device) -> Iterator[tuple[str, Callable[[Device], Device]]]:
    """The form's key of each, and what gives it to another device."""
    yield "label", lambda other: replace(other, label=device.label)
    yield "profile", lambda other: replace(other, profile=device.profile)
    for at, line in enumerate(device.lines):
        for name in _OF_LINES:
            if value := getattr(line, name):
                yield f"lines.{at + 1}.{name}", partial(_with_line, at=at, given={name: value})
    for key, value in device.settings.items():
        yield key, partial(_with_setting, given={key: value})
    yield "keys", lambda other: replace(other, keys=device.keys)


def _with_line(device: Device, at: int, given: Mapping[str, Any]) -> Device:
    lines = list(device.lines)
    lines[at] = replace(lines[at], **given)
    return replace(device, lines=tuple(lines))


def _with_setting(device: Device, given: Mapping[str, object]) -> Device:
    return replace(device, settings={**device.settings, **given})
