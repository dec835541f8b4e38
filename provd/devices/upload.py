"""What a phone has sent: a log, or the changes that were made on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class UploadFacts:
    """`kind` is the vendor's name for that kind of file, `name` the file's as the phone wrote it;
    `size` is in octets."""

    kind: str
    name: str
    size: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Upload:
    """One, with all of it."""

    facts: UploadFacts
    content: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """One that has come whole and is to be kept. `token_digest` is of the token that the device had
    when it was let in."""

    device_id: int
    kind: str
    token_digest: str = field(repr=False)
    name: str
    content: bytes = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many uploads of a device are kept, and of how many octets together."""

    files: int
    octets: int
