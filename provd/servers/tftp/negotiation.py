"""What a request's options come to (RFC 2347 to 2349, 7440).

An option that we can't grant is left out of the OACK and the transfer runs without it; with none
granted there is no OACK. This module knows neither sockets nor sessions.
"""

from __future__ import annotations

from collections.abc import Mapping

from provd.frozen import frozen
from provd.servers.tftp.packets import option_acknowledgement

DEFAULT_BLOCK_OCTETS = 512
_LARGEST_BLOCK_OCTETS = 65464


@frozen
class Terms:
    """How a transfer runs. `oack` is empty when nothing was granted; `timeout_seconds` is None
    when the phone named none."""

    block_octets: int = DEFAULT_BLOCK_OCTETS
    window_blocks: int = 1
    timeout_seconds: int | None = None
    oack: bytes = b""


PLAIN = Terms()
"""Of who asked for no options."""


def negotiate(
    options: Mapping[bytes, bytes], *, size: int, maximum_block: int, maximum_window: int
) -> Terms:
    """The terms for a file of `size` octets; the bounds are in octets and blocks."""
    if not options:
        return PLAIN
    asked = {name: _number(value) for name, value in options.items()}
    granted = [
        (name, answer)
        for name, value in asked.items()
        if value is not None
        and (answer := _grant(name, value, size, maximum_block, maximum_window)) is not None
    ]
    return _terms(granted) if granted else PLAIN


def _number(value: bytes) -> int | None:
    """Decimal ASCII digits; a phone's `tsize` may be a long one, no other honest value is."""
    return int(value) if value.isdigit() and len(value) <= 20 else None


def _grant(
    name: bytes, value: int, size: int, maximum_block: int, maximum_window: int
) -> int | None:
    if name == b"blksize" and 8 <= value <= _LARGEST_BLOCK_OCTETS:
        return min(value, max(maximum_block, 8))
    if name == b"tsize":
        return size
    if name == b"timeout" and 1 <= value <= 255:
        return value
    if name == b"windowsize" and 1 <= value <= 65535:
        return min(value, maximum_window)
    return None


def _terms(granted: list[tuple[bytes, int]]) -> Terms:
    values = dict(granted)
    return Terms(
        block_octets=values.get(b"blksize", DEFAULT_BLOCK_OCTETS),
        window_blocks=values.get(b"windowsize", 1),
        timeout_seconds=values.get(b"timeout"),
        oack=option_acknowledgement(granted),
    )
