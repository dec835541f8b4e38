"""The path a phone asks for, taken apart: an optional token, then the vendor's own file name."""

from __future__ import annotations

import re

from provd.devices.mac import Mac
from provd.errors import MacError
from provd.frozen import frozen

_TOKEN = re.compile(r"[0-9a-f]{32}")
_MAC = re.compile(r"(?<![0-9a-f])[0-9a-f]{12}(?![0-9a-f])|(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}", re.I)


@frozen
class AskedPath:
    """`token` is empty when the path bears none; `name` is what the vendor's patterns see."""

    token: str
    name: str


def take_apart(path: str) -> AskedPath:
    """A token is a first part of exactly 32 lower-case hexadecimal digits (128 bits)."""
    first, slash, rest = path.partition("/")
    if slash and _TOKEN.fullmatch(first):
        return AskedPath(first, rest)
    return AskedPath("", path)


def mac_in(name: str) -> Mac | None:
    """A MAC that stands anywhere in a name no vendor's pattern knows, for the journal only."""
    for candidate in _MAC.findall(name):
        try:
            return Mac.parse(candidate)
        except MacError:
            continue
    return None
