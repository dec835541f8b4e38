"""Encrypted configuration files: the forms that phones decrypt with a key they were given before.

They never stand in place of authentication: who may have a file is decided first. What a form draws
by chance elsewhere is drawn here from key and content (HMAC-SHA-256), so that the same content is
the same file for ever: its ETag holds, and phones are not sent what they have. Who sees two files
learns only whether they are equal.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from provd.errors import RenderError, SimulationError
from provd.vendors.encryption import ecb, openssl, rfc8188

KEY = "provisioning.file_key"
FORM = "provisioning.file_form"
_BINARY = "application/octet-stream"
_GZIP = b"\x1f\x8b"
MOST_OCTETS = 64 << 20
"""No configuration inflates to more; what does is no phone's."""


@dataclass(frozen=True, slots=True)
class Form:
    """`encrypt` and `decrypt` take octets and the key as text; `decrypt` raises ValueError where
    the key is another, or the octets are damaged. A key has `key_length` characters of ASCII, or
    any number but none when that is 0. `marks` is how an encrypted file begins, empty where that
    can't be told. Over HTTP it has the Content-Encoding `coding`, if any."""

    encrypt: Callable[[bytes, str], bytes]
    decrypt: Callable[[bytes, str], bytes]
    key_length: int = 0
    marks: bytes = b""
    coding: str = ""
    media_type: str = _BINARY


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "openssl-md5": Form(
            partial(openssl.encrypt, digest="md5"),
            partial(openssl.decrypt, digest="md5"),
            marks=openssl.MAGIC,
        ),
        "openssl-sha256": Form(
            partial(openssl.encrypt, digest="sha256"),
            partial(openssl.decrypt, digest="sha256"),
            marks=openssl.MAGIC,
        ),
        "openssl-base64": Form(
            openssl.encrypt_base64,
            openssl.decrypt_base64,
            key_length=32,
            marks=openssl.MAGIC_BASE64,
            media_type="text/plain",
        ),
        "aes128gcm": Form(rfc8188.encrypt, rfc8188.decrypt, coding="aes128gcm"),
        "aes128ecb": Form(ecb.encrypt, ecb.decrypt, key_length=16),
    }
)
"""By the name that a manifest gives it."""


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A file as it is sent; `coding` is HTTP's Content-Encoding, empty for none."""

    content: bytes
    media_type: str
    coding: str


def check_key(name: str, key: str) -> None:
    """Raises RenderError, which names the setting and never shows it, for a key that the form can't
    take."""
    form = FORMS[name]
    if not key.isascii():
        raise RenderError(f"{KEY}: {name} takes letters, digits and signs of ASCII only")
    if form.key_length and len(key) != form.key_length:
        raise RenderError(
            f"{KEY} has {len(key)} characters, and {name} takes {form.key_length} exactly"
        )


def encrypt(name: str, content: bytes, key: str, *, packed: bool) -> Encrypted:
    """`packed`: compressed first. Raises RenderError as `check_key`."""
    check_key(name, key)
    form = FORMS[name]
    clear = gzip.compress(content, mtime=0) if packed else content
    return Encrypted(form.encrypt(clear, key), form.media_type, form.coding)


def decrypt(name: str, content: bytes, key: str) -> bytes:
    """As the phone does; an empty key is none. A file that is plainly not encrypted is as it is.

    Raises SimulationError where the phone could not read it.
    """
    form = FORMS[name]
    marked = bool(form.marks) and content.startswith(form.marks)
    if not key and marked:
        raise SimulationError("the file is encrypted, and the phone has no key")
    if not key or (form.marks and not marked):
        return content
    try:
        clear = form.decrypt(content, key)
        return _unpacked(clear) if clear.startswith(_GZIP) else clear
    except (ValueError, zlib.error):
        raise SimulationError("the file does not open with the phone's key") from None


def _unpacked(content: bytes) -> bytes:
    unpacking = zlib.decompressobj(wbits=31)
    clear = unpacking.decompress(content, MOST_OCTETS)
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise ValueError("it is damaged, or too large")
    return clear
