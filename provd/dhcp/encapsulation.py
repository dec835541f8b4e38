"""Sub-options: code, length, content, one after another, in one option of the DHCP message."""

from __future__ import annotations

from collections.abc import Iterable

from provd.errors import InputError

LONGEST = 255
"""Octets of content that one option can have (RFC 2132, 2); splitting longer ones (RFC 3396) is
what phones do not put together."""


def encapsulated(suboptions: Iterable[tuple[int, bytes]]) -> bytes:
    """The content of option 43 (RFC 2132, 8.4). Raises InputError where it gets too long."""
    return b"".join(_part(code, content) for code, content in suboptions)


def vendor_identifying(enterprise: int, suboptions: Iterable[tuple[int, bytes]]) -> bytes:
    """The content of option 124 or 125 for one enterprise (RFC 3925, 3 and 4)."""
    content = encapsulated(suboptions)
    return enterprise.to_bytes(4, "big") + bytes([len(fitting(content))]) + content


def fitting(content: bytes) -> bytes:
    """Raises InputError for more than an option can have."""
    if len(content) > LONGEST:
        raise InputError(
            f"a DHCP option can't hold {len(content)} octets",
            remedy="Give listen.public_url a shorter name",
        )
    return content


def _part(code: int, content: bytes) -> bytes:
    return bytes([code, len(fitting(content))]) + content
