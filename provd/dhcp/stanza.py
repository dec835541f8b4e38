"""What a DHCP server is to send, as values without any server's syntax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address


@dataclass(frozen=True, slots=True)
class Option:
    """One option with its content as it stands on the wire.

    `text` is the content where it is printable ASCII, `addresses` where it is addresses; else it
    can be written in hexadecimal only. `note` is for people.
    """

    code: int
    content: bytes
    text: str = ""
    addresses: tuple[IPv4Address, ...] = ()
    note: str = ""

    @property
    def shown(self) -> str:
        """For a comment."""
        addresses = ", ".join(map(str, self.addresses))
        return addresses or self.text or self.content.hex(" ")


@dataclass(frozen=True, slots=True)
class VendorClass:
    """What a phone's option 60 begins with. Whose begins with one of `but_not`, longer classes of
    other stanzas, is not meant here."""

    begin: bytes
    but_not: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Stanza:
    """What the phones of one family are told: those of any of its `classes`; without any, those
    whose MACs begin with one of `ouis` (six hexadecimal digits each). `tag` is made of lower-case
    letters, digits and underscores."""

    tag: str
    title: str
    classes: tuple[VendorClass, ...]
    ouis: tuple[str, ...]
    options: tuple[Option, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A site's stanzas, those with the longest vendor classes first. `title` names the site, as
    people wrote it."""

    title: str
    stanzas: tuple[Stanza, ...]
    remarks: tuple[str, ...] = ()


def printable(content: bytes) -> str:
    """The content as text where it is printable ASCII, else empty."""
    return content.decode("ascii") if content and all(32 <= one < 127 for one in content) else ""


def comments(mark: str, lines: Sequence[str]) -> list[str]:
    """Lines of comment. What stands in them may come from people: no line end leaves a comment."""
    return [f"{mark} {_harmless(line)}".rstrip() for line in lines]


def _harmless(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)
