"""Sealing: secrets encrypted at rest, each bound to the one place where it may be opened.

A sealed secret is: 1 byte format (1), 12 bytes random nonce, ciphertext, 16 bytes tag; AES-256-GCM
(NIST SP 800-38D). The additional authenticated data is the secret's place, such as
"line.password:<uuid of the row>", so a copy of the bytes in another row or column does not open.
A random 96-bit nonce is safe for 2^32 secrets under one key.
"""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from provd.crypto.files import PRIVATE, create_once
from provd.errors import SealError

KEY_BYTES = 32
_FORMAT = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16


class Sealer:
    """Seals and opens under one 256-bit key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise SealError(f"a sealing key has {KEY_BYTES} bytes, this one has {len(key)}")
        self._cipher = AESGCM(key)

    def seal(self, text: str, *, place: str) -> bytes:
        """The sealed form of `text`; different each time. `place` must be given to open it."""
        return self.seal_bytes(text.encode(), place=place)

    def open(self, sealed: bytes, *, place: str) -> str:
        """The clear text. Raises SealError when it was altered, sealed with another key, or
        sealed for another place."""
        return self.open_bytes(sealed, place=place).decode()

    def seal_bytes(self, clear: bytes, *, place: str) -> bytes:
        """As `seal`, for what is no text."""
        nonce = os.urandom(_NONCE_BYTES)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, clear, place.encode())

    def open_bytes(self, sealed: bytes, *, place: str) -> bytes:
        """As `open`, for what is no text."""
        if len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES or sealed[:1] != _FORMAT:
            raise SealError(f"what is stored at {place} is not a sealed secret of this version")
        nonce, content = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, content, place.encode())
        except InvalidTag:
            raise SealError(
                f"the secret at {place} does not open: another key sealed it, it was altered, "
                "or it was copied from another row. Restore the key file that belongs to this "
                "database"
            ) from None


def load_or_create_key(path: Path) -> bytes:
    """The key kept at `path`, base64 in one line, readable by its owner only; made when missing.

    Raises SealError when the file can't be used.
    """
    try:
        if not path.exists():
            fresh = base64.b64encode(os.urandom(KEY_BYTES)) + b"\n"
            create_once(path, fresh, mode=PRIVATE)
        return _read_key(path)
    except OSError as error:
        raise SealError(f"the key file {path} can't be used: {error.strerror}") from error


def _read_key(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise SealError(f"the key file {path} is readable by others. Remedy: chmod 600 {path}")
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise SealError(f"{path} does not hold a key of {KEY_BYTES} bytes in base64")
    return key
