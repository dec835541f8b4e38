"""What a phone has sent: a log, or the changes that were made on it."""

from __future__ import annotations

from dataclasses import dataclass
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
