"""What a setting's value may be: each kind checks one value and says what it wants instead.

Kinds raise ValueError with a clause for a person; `provd.devices.settings` adds key and remedy.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from provd.devices.secret import Secret
from provd.devices.text import is_noncharacter

_LABELS = re.compile(r"(?=.{1,253}\Z)(?!-)[A-Za-z0-9_-]{1,63}(?:\.(?!-)[A-Za-z0-9_-]{1,63})*\.?")


@dataclass(frozen=True, slots=True)
class Kind:
    """`check` returns the value as it is kept, or raises ValueError. `wanted` is the remedy, a
    whole sentence without its full stop. `words` are the choices, for forms. A `secret` is sealed
    where it is stored and never shown. `read` makes what `check` takes of text from a command line
    or a spreadsheet, and leaves alone what it can't read. `samples` are some values that hold, as
    different as may be: with them it is tried what a value changes. `schema` is what of `check` a
    JSON Schema (draft 2020-12) can say."""

    check: Callable[[object], object]
    wanted: str
    words: tuple[str, ...] = ()
    secret: bool = False
    read: Callable[[str], object] = str
    samples: tuple[object, ...] = ()
    schema: Mapping[str, object] = field(default_factory=dict, hash=False, compare=False)


_TEXTS = ("Sample", "sample", "7", "DE", "00", "US", "*7", "x", "1/7", "224.9.9.9:7000")
"""Some of them have the form that a text must have."""


def printable(text: str) -> str:
    """The text itself. Raises ValueError for what could end a line or a file's syntax: control
    characters, line and paragraph separators, surrogates and non-characters (Unicode Cc, Zl, Zp,
    Cs, U+FDD0.., U+xxFFFE/F)."""
    if text.isprintable():  # far stricter, and a loop in C: nearly all text is done here
        return text
    for character in text:
        control = unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}
        if control or is_noncharacter(character):
            raise ValueError(f"the control character U+{ord(character):04X} is not allowed")
    return text


def text(longest: int = 128, *, pattern: str = "", wanted: str = "") -> Kind:
    """One line of text. A `pattern` must match the whole of it."""

    def check(value: object) -> str:
        found = _clean(value, longest)
        if pattern and not re.fullmatch(pattern, found):
            raise ValueError(f"“{found}” is not of the right form")
        return found

    schema: dict[str, object] = {"type": "string", "maxLength": longest}
    if pattern:
        schema["pattern"] = f"^(?:{pattern})$"
    return Kind(
        check,
        wanted or f"Give one line of text of at most {longest} characters",
        samples=_holding(check, _TEXTS),
        schema=schema,
    )


def secret(longest: int = 128) -> Kind:
    """One line of text that is kept as a Secret and never shown, in errors neither."""

    def check(value: object) -> Secret:
        clear = value.reveal() if isinstance(value, Secret) else value
        return Secret(_clean(clear, longest))

    return Kind(
        check,
        f"Give one line of at most {longest} characters, in quotes",
        secret=True,
        samples=(Secret("Sample1"), Secret("2other")),
        schema={"type": "string", "maxLength": longest},
    )


def boolean() -> Kind:
    def check(value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"{_shown(value)} is neither true nor false")
        return value

    words: dict[str, object] = {"true": True, "yes": True, "false": False, "no": False}
    return Kind(
        check,
        "Write true or false",
        read=lambda text: words.get(text.strip().lower(), text),
        samples=(True, False),
        schema={"type": "boolean"},
    )


def integer(least: int, most: int) -> Kind:
    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{_shown(value)} is not a whole number")
        if not least <= value <= most:
            raise ValueError(f"{value} is out of range")
        return value

    return Kind(
        check,
        f"Give a whole number from {least} to {most}",
        read=_number,
        samples=tuple(dict.fromkeys((least, most, (least + most) // 2))),
        schema={"type": "integer", "minimum": least, "maximum": most},
    )


def choice(*words: str) -> Kind:
    def check(value: object) -> str:
        if value not in words:
            raise ValueError(f"{_shown(value)} is not one of the choices")
        return str(value)

    wanted = f"Choose one of: {', '.join(words)}"
    return Kind(check, wanted, words, samples=words, schema={"enum": list(words)})


def many(one: Kind, most: int) -> Kind:
    """An ordered list without repetitions, kept as a tuple."""

    def check(value: object) -> tuple[object, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{_shown(value)} is not a list")
        found = tuple(one.check(item) for item in value)
        if len(set(found)) != len(found):
            raise ValueError("the list names something twice")
        if len(found) > most:
            raise ValueError(f"the list has more than {most} items")
        return found

    def read(text: str) -> object:
        return [one.read(part) for part in re.split(r"[\s,]+", text) if part]

    found = one.samples[:most]
    samples = (found, found[::-1], *((sample,) for sample in found)) if found else ()
    items: dict[str, object] = {"type": "array", "items": dict(one.schema), "maxItems": most}
    return Kind(
        check,
        f"Give a list. For each item: {one.wanted}",
        one.words,
        read=read,
        samples=tuple(dict.fromkeys(samples)),
        schema=items | {"uniqueItems": True},
    )


def host() -> Kind:
    """A DNS name in ASCII, an IPv4 address, or an IPv6 address without brackets."""
    return Kind(
        _host,
        "Give a host name or an IP address, without scheme and port",
        samples=("sample.example.net", "192.0.2.77"),
        schema={"type": "string", "maxLength": 253},
    )


def url(*schemes: str) -> Kind:
    """An absolute URL without user and password: those would end up in logs."""

    def check(value: object) -> str:
        found = _clean(value, 512)
        parts = urlsplit(found)
        if parts.scheme not in schemes or not parts.hostname or " " in found:
            raise ValueError(f"“{found}” is no such URL")
        if parts.username is not None:
            raise ValueError("the URL holds a user name")
        return found

    return Kind(
        check,
        f"Give a URL that begins with {' or '.join(s + '://' for s in schemes)}",
        samples=(f"{schemes[-1]}://sample.example.net/s", f"{schemes[0]}://192.0.2.77/x"),
        schema={"type": "string", "maxLength": 512, "pattern": f"^(?:{'|'.join(schemes)})://"},
    )


def time_zone() -> Kind:
    def check(value: object) -> str:
        found = _clean(value, 64)
        try:
            ZoneInfo(found)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"“{found}” is not a time zone") from None
        return found

    return Kind(
        check,
        "Give a name of the IANA time zone database, for example Europe/Berlin",
        samples=("Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"),
        schema={"type": "string", "maxLength": 64},
    )


def _holding(check: Callable[[object], str], texts: Iterable[str]) -> tuple[str, ...]:
    """The first three that hold."""
    found: list[str] = []
    for text in texts:
        try:
            found.append(check(text))
        except ValueError:
            continue
    return tuple(found[:3])


def _number(text: str) -> object:
    return int(text) if re.fullmatch("[+-]?[0-9]{1,18}", text.strip()) else text


def _host(value: object) -> str:
    found = _clean(value, 253)
    if "%" in found:  # ipaddress takes whatever stands behind it for an interface's name
        raise ValueError(f"“{found}” names an interface, which only its own host knows")
    try:
        return str(ipaddress.ip_address(found))
    except ValueError:
        if not _LABELS.fullmatch(found) or re.fullmatch(r"[\d.]+", found):
            raise ValueError(f"“{found}” is not a host name") from None
        return found


def _clean(value: object, longest: int) -> str:
    if not isinstance(value, str):
        hint = "; YAML reads it so without quotes" if isinstance(value, bool | int | float) else ""
        raise ValueError(f"{_shown(value)} is not text{hint}")
    if len(value) > longest:
        raise ValueError(f"it is longer than {longest} characters")
    if value != value.strip():
        raise ValueError("it begins or ends with a blank")
    return printable(value)


def _shown(value: object) -> str:
    return "a secret" if isinstance(value, Secret) else f"“{str(value)[:40]!s}”"
