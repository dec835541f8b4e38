"""What stands in the values of headers: lists, parameters, quoted text, addresses (RFC 3261, 25.1).

Reading is bounded by the message that it was part of, and never fails on what it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from provd.sip.messages import MessageError

_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_PIECE = re.compile(rf"(?:{_QUOTED}|<[^>]*+>|[^,\"<])*+", re.S)
_SEMICOLON = re.compile(rf"(?:{_QUOTED}|<[^>]*+>|[^;\"<])*+", re.S)
_URI = re.compile(
    r"(?P<scheme>sips?):(?:(?P<user>[^@\s<>\"]{1,512})@)?"
    r"(?P<host>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<rest>[;?][^\s<>\"]*)?",
    re.I,
)
_ADDRESS = re.compile(rf"\s*(?P<name>{_QUOTED}|[^<\"]*?)\s*<(?P<uri>[^<>\"]*)>(?P<rest>.*)", re.S)


@dataclass(frozen=True, slots=True)
class Uri:
    """sip:user@host:port;parameters. `user` is as written (percent-encoded); `host` is a name, an
    IPv4 address, or an IPv6 address in brackets; `port` is 0 where none is given."""

    scheme: str
    user: str
    host: str
    port: int = 0
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}:{user}{self.host}{port}{written(self.parameters)}"


@dataclass(frozen=True, slots=True)
class Address:
    """What To, From, Contact and Route hold: a URI as text, and the header's own parameters."""

    uri: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    display_name: str = ""


def listed(values: Iterable[str]) -> list[str]:
    """The members of headers that are lists, from one line or several: commas in quotes and in
    angle brackets are no separators. Not for challenges and credentials, which have commas of
    their own."""
    return [piece for value in values for piece in _split(value, _PIECE)]


def parameters(text: str) -> dict[str, str]:
    """`;a=1;b="two";c` -> {"a": "1", "b": "two", "c": ""}; names in lower case, the first wins."""
    found: dict[str, str] = {}
    for piece in _split(text, _SEMICOLON):
        name, _, value = piece.partition("=")
        found.setdefault(name.strip().lower(), unquoted(value.strip()))
    return found


def main_value(text: str) -> tuple[str, dict[str, str]]:
    """`check-sync;reboot=true` -> ("check-sync", {"reboot": "true"})."""
    first, *rest = _split(text, _SEMICOLON) or [""]
    return first, parameters(";".join(rest))


def address(text: str) -> Address:
    """One of `"Name" <uri>;tag=x`, `Name <uri>`, `<uri>`, and `uri;tag=x`.

    Raises MessageError.
    """
    if found := _ADDRESS.fullmatch(text):
        return Address(found["uri"], parameters(found["rest"]), unquoted(found["name"].strip()))
    uri, own = main_value(text)
    if not uri or re.search(r"[\s<>\"]", uri):
        raise MessageError("not an address")
    return Address(uri, own)


def uri(text: str) -> Uri:
    """A sip: or sips: URI. Raises MessageError."""
    found = _URI.fullmatch(text.strip())
    if not found or int(found["port"] or 0) > 65535:
        raise MessageError("not a SIP URI")
    own = (found["rest"] or "").partition("?")[0]
    return Uri(
        found["scheme"].lower(),
        found["user"] or "",
        found["host"],
        int(found["port"] or 0),
        parameters(own),
    )


def user_part(text: str) -> str:
    """A user as it stands in a URI (RFC 3261, 25.1: user); what may not stand there is escaped."""
    return quote(text, safe="!~*'()&=+$,;?/")


def quoted(text: str) -> str:
    """As a quoted string. Raises MessageError for control characters."""
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise MessageError("a quoted text holds a control character")
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def unquoted(text: str) -> str:
    """Without quotes, if it had them."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.S)
    return text


def written(given: Mapping[str, str]) -> str:
    """{"a": "1", "lr": ""} -> `;a=1;lr`. What is no token is quoted, but in URIs it must not be."""
    return "".join(f";{name}={value}" if value else f";{name}" for name, value in given.items())


def _split(text: str, piece: re.Pattern[str]) -> list[str]:
    """At each character that `piece` does not take; an unclosed quote ends the text."""
    found, at = [], 0
    while at <= len(text):
        match = piece.match(text, at)
        end = match.end() if match else at
        if text[at:end].strip():
            found.append(text[at:end].strip())
        at = len(text) + 1 if end < len(text) and text[end] in '"<' else end + 1
    return found
