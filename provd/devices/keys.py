"""The neutral kinds of programmable keys, and ranges of keys filled by one statement."""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from provd.devices.device import Key
from provd.devices.kinds import Kind, text, url
from provd.devices.ranges import counted, numbers
from provd.devices.text import whole_number
from provd.errors import SettingError


class Needs(StrEnum):
    """Whether a key of that kind has a value."""

    NO = "no"
    MAY = "may"
    MUST = "must"


@dataclass(frozen=True, slots=True)
class KeyKind:
    """One kind. `doc` says what pressing the key does; `value` is what its value may be, None where
    it has none."""

    name: str
    doc: str
    needs: Needs = Needs.NO
    value: Kind | None = None

    @property
    def tries(self) -> tuple[str, ...]:
        """Values to try it with: none where that may be, and one."""
        without = () if self.needs is Needs.MUST else ("",)
        return (*without, *map(str, self.value.samples[:1])) if self.value else without


_PARTY = text(64, pattern=r"[^\s\"<>]+", wanted="Give a number or SIP user, without blanks")
_DIGITS = text(32, pattern=r"[0-9A-D*#,]+", wanted="Give what is sent: 0-9 A-D * # and , to wait")


def _group(value: object) -> str:
    """An address that many phones listen to (RFC 5771), with its port."""
    address, _, port = str(value).rpartition(":")
    try:
        fits = ipaddress.IPv4Address(address).is_multicast and 0 < int(port) < 65536
    except ValueError:
        fits = False
    if not fits or not port.isdecimal():
        raise ValueError(f"“{str(value)[:40]}” is no multicast address with a port")
    return str(value)


_GROUP = Kind(
    _group,
    "Give a multicast address with its port, for example 224.1.2.3:5000",
    samples=("224.9.9.9:7000",),
    schema={"type": "string"},
)

KEY_KINDS: Mapping[str, KeyKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            KeyKind("line", "Takes its line"),
            KeyKind("blf", "Shows whether that party speaks, and calls it", Needs.MUST, _PARTY),
            KeyKind("speed_dial", "Calls that number", Needs.MUST, _PARTY),
            KeyKind("park", "Parks the call, in that place if one is given", Needs.MAY, _PARTY),
            KeyKind("pickup", "Takes the call that rings at that party", Needs.MAY, _PARTY),
            KeyKind("group_pickup", "Takes a call that rings in the group", Needs.MAY, _PARTY),
            KeyKind("dtmf", "Sends these tones", Needs.MUST, _DIGITS),
            KeyKind("transfer", "Sends the call on, to that party if given", Needs.MAY, _PARTY),
            KeyKind("intercom", "Calls that party, which answers by itself", Needs.MUST, _PARTY),
            KeyKind("voicemail", "Calls the voice mail, its line's or that", Needs.MAY, _PARTY),
            KeyKind("dnd", "Switches do-not-disturb on and off"),
            KeyKind("forward", "Forwards calls, to that number if given", Needs.MAY, _PARTY),
            KeyKind("conference", "Brings calls together, or that party", Needs.MAY, _PARTY),
            KeyKind("hold", "Holds the call"),
            KeyKind("redial", "Calls the last number again"),
            KeyKind("directory", "Opens the phone book"),
            KeyKind("url", "Fetches that URL", Needs.MUST, url("http", "https")),
            KeyKind("multicast", "Speaks to a multicast group", Needs.MUST, _GROUP),
            KeyKind("none", "Does nothing, whatever the phone had there"),
        )
    }
)
"""By name, in the order in which people choose."""

_LABEL = text(64)


@dataclass(frozen=True, slots=True)
class KeyRange:
    """One statement for many keys: `positions` as in `provd.devices.ranges`; `value`, `label` and
    `line` may hold a counter, `{n}`, which is the position."""

    positions: str
    kind: str
    value: str = ""
    label: str = ""
    line: str = "1"
    module: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """What a model takes: `keys` by module (the phone itself is 0), its lines, and the kinds of
    keys that its vendor has. `model` is its name for people."""

    model: str
    keys: Mapping[int, int]
    lines: int
    kinds: Sequence[str]


def check_key(key: Key) -> Key:
    """The key, its kind, value and label checked. Raises SettingError, whose key is the field."""
    where = _where(key.module, key.position)
    kind = KEY_KINDS.get(key.kind)
    if kind is None:
        raise SettingError(
            f"there is no kind of key “{key.kind[:40]}”", where=where, key="kind",
            remedy=_nearest(key.kind, tuple(KEY_KINDS)),
        )  # fmt: skip
    if kind.value is None and key.value:
        raise SettingError(
            f"a {kind.name} key has no value", where=where, key="value", remedy="Leave it out"
        )
    if kind.needs is Needs.MUST and not key.value:
        assert kind.value is not None  # noqa: S101  the table says so
        raise SettingError(
            f"a {kind.name} key needs a value", where=where, key="value", remedy=kind.value.wanted
        )
    if kind.value is not None and key.value:
        _check(kind.value, key.value, where, "value")
    _check(_LABEL, key.label, where, "label")
    return key


def keys_of(ranges: Sequence[KeyRange], place: Place) -> tuple[Key, ...]:
    """All keys of the statements, by module and position. Raises SettingError for what the model
    or its vendor can't take, and where two statements give the same key, naming both."""
    given: dict[tuple[int, int], tuple[KeyRange, Key]] = {}
    for one in ranges:
        for key in _keys(one, place):
            earlier = given.setdefault((key.module, key.position), (one, key))
            if earlier[0] is not one:
                raise SettingError(
                    f"{earlier[0].positions} ({earlier[0].kind}) and {one.positions} ({one.kind}) "
                    f"both give {_where(key.module, key.position)}",
                    key="positions",
                    remedy="Take it out of one",
                )
    return tuple(given[at][1] for at in sorted(given))


def _keys(one: KeyRange, place: Place) -> Iterator[Key]:
    most = place.keys.get(one.module)
    if most is None:
        raise SettingError(
            f"{place.model} has no expansion module {one.module}", key="module",
            remedy=f"It takes {len(place.keys) - 1} of them",
        )  # fmt: skip
    _check_kind(one.kind, place)
    for n in _positions(one, place, most):
        line = counted(one.line, n, key="line")
        number = whole_number(line)
        if number is None or not 1 <= number <= place.lines:
            raise SettingError(
                f"{place.model} has no line “{line[:20]}”", where=_where(one.module, n), key="line",
                remedy=f"Give a line from 1 to {place.lines}",
            )  # fmt: skip
        value, label = counted(one.value, n), counted(one.label, n, key="label")
        yield check_key(Key(n, one.kind, value, label, number, one.module))


def _positions(one: KeyRange, place: Place, most: int) -> tuple[int, ...]:
    try:
        return numbers(one.positions, most)
    except SettingError as error:
        where = f"expansion module {one.module}" if one.module else place.model
        raise SettingError(
            f"{error.problem} ({where} has {most} keys)", key=error.key, remedy=error.remedy
        ) from None


def _check_kind(name: str, place: Place) -> None:
    if name in KEY_KINDS and name not in place.kinds:
        raise SettingError(
            f"{place.model} has no keys of kind {name}", key="kind",
            remedy=f"It has: {', '.join(place.kinds) or 'none'}",
        )  # fmt: skip
    if name not in KEY_KINDS:
        raise SettingError(
            f"there is no kind of key “{name[:40]}”", key="kind",
            remedy=_nearest(name, place.kinds),
        )  # fmt: skip


def _check(kind: Kind, value: str, where: str, field: str) -> None:
    try:
        kind.check(value)
    except ValueError as error:
        raise SettingError(str(error), where=where, key=field, remedy=kind.wanted) from None


def _where(module: int, position: int) -> str:
    return f"key {position} of module {module}" if module else f"key {position}"


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}"
