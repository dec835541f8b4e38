"""The packets of TFTP and nothing about their order.

    RRQ, WRQ   01|02  name 0 mode 0 (option 0 value 0)*      RFC 1350, 2347
    DATA       03     block  octets
    ACK        04     block
    ERROR      05     code  text 0
    OACK       06     (option 0 value 0)*

`parse_request` takes whatever a network may carry and never raises.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

_TWO_NUMBERS = struct.Struct("!HH")
READ_REQUEST, WRITE_REQUEST, DATA, ACKNOWLEDGEMENT, ERROR, OPTION_ACKNOWLEDGEMENT = range(1, 7)
_LONGEST_NAME_OCTETS = 512
_MODES = {b"octet", b"netascii"}
_REQUESTS = {b"\0\1": READ_REQUEST, b"\0\2": WRITE_REQUEST}
_NO_OPTIONS: Mapping[bytes, bytes] = MappingProxyType({})


class ErrorCode(enum.IntEnum):
    """The error codes that we send (RFC 1350, appendix)."""

    NOT_DEFINED = 0
    FILE_NOT_FOUND = 1
    ACCESS_VIOLATION = 2
    DISK_FULL = 3
    ILLEGAL_OPERATION = 4
    UNKNOWN_TRANSFER = 5


class FileRequest(NamedTuple):
    """A well-formed RRQ or WRQ. Option names are lower case; of a doubled one the first counts."""

    name: bytes
    writes: bool = False
    netascii: bool = False
    options: Mapping[bytes, bytes] = _NO_OPTIONS


@dataclass(frozen=True, slots=True)
class Malformed:
    """An RRQ or WRQ that nobody can understand; its sender waits for an answer all the same."""

    problem: str


def parse_request(datagram: bytes) -> FileRequest | Malformed | None:
    """What came in on the request port; None for all that deserves no packet in return."""
    opcode = _REQUESTS.get(datagram[:2])
    if opcode is None:
        return None
    fields = datagram[2:].split(b"\0")
    if len(fields) < 3:  # two strings, each ended by its NUL, and what follows the last NUL
        return Malformed("Malformed request")
    name, mode = fields[0], fields[1].lower()
    if not name or len(name) > _LONGEST_NAME_OCTETS:
        return Malformed("Bad file name")
    if mode not in _MODES:  # "mail" among them: obsolete since RFC 1350
        return Malformed("Unknown mode")
    options = _options(fields[2:-1]) if len(fields) > 3 else _NO_OPTIONS
    return FileRequest(name, opcode == WRITE_REQUEST, mode == b"netascii", options)


def _options(fields: list[bytes]) -> dict[bytes, bytes]:
    """Pairs; an option without its value, or without a name (padding), is no option."""
    options: dict[bytes, bytes] = {}
    for name, value in zip(fields[::2], fields[1::2], strict=False):
        if name:
            options.setdefault(name.lower(), value)
    return options


def data_header(block: int) -> bytes:
    """The header of the DATA packet number `block`, counted from 1; the number wraps to 0."""
    return _TWO_NUMBERS.pack(DATA, block & 0xFFFF)


def acknowledgement(block: int) -> bytes:
    """The ACK of block number `block`, which wraps to 0."""
    return _TWO_NUMBERS.pack(ACKNOWLEDGEMENT, block & 0xFFFF)


def error(code: ErrorCode, text: str) -> bytes:
    return struct.pack("!HH", ERROR, code) + text.encode("ascii") + b"\0"


def option_acknowledgement(options: Iterable[tuple[bytes, int]]) -> bytes:
    """An OACK (RFC 2347)."""
    pairs = b"".join(b"%s\0%d\0" % pair for pair in options)
    return struct.pack("!H", OPTION_ACKNOWLEDGEMENT) + pairs
