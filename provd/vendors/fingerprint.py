"""A number for what stands in a file, for phones that take a file only when the version within it
is another than the one they have."""

from __future__ import annotations

import hashlib

PLACEHOLDER = "fingerprint-of-this-file"
"""What templates write; `stamped` puts the number there when the rest of the file is known."""

_DIGITS = 10


def stamped(content: bytes) -> bytes:
    """The file with ten digits for each placeholder: the same for the same content, others for
    any other."""
    number = int.from_bytes(hashlib.sha256(content).digest()) % 10**_DIGITS
    return content.replace(PLACEHOLDER.encode("ascii"), str(number).zfill(_DIGITS).encode("ascii"))
