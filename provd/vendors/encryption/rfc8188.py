"""The content coding aes128gcm (RFC 8188), in records of 4096 octets.

16 octets of salt, the record size in 4, the length of the key's id in 1, and that id (here
none); then records: AES-128-GCM of up to 4079 octets and a delimiter, 2 in the last record and
1 in the others. Key and nonce base are HKDF-SHA-256 of salt and input keying material; the
nonce of a record is the base, XORed with the record's number.
"""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from provd.vendors.encryption.openssl import salt_of

_SALT_OCTETS = 16
_RECORD = 4096
_TAG_OCTETS = 16
_CONTENT = _RECORD - _TAG_OCTETS - 1
_HEADER = _SALT_OCTETS + 5


def encrypt(content: bytes, key: str) -> bytes:
    """`key` is the input keying material, its octets as they are."""
    salt = salt_of(content, key, _SALT_OCTETS)
    aead, base = _derived(key, salt)
    starts = range(0, max(len(content), 1), _CONTENT)
    records = [
        aead.encrypt(
            _nonce(base, number),
            content[start : start + _CONTENT] + (b"\2" if start == starts[-1] else b"\1"),
            None,
        )
        for number, start in enumerate(starts)
    ]
    return salt + _RECORD.to_bytes(4, "big") + b"\0" + b"".join(records)


def decrypt(content: bytes, key: str) -> bytes:
    """Raises ValueError where the key is another, or the content is damaged or cut."""
    size = int.from_bytes(content[_SALT_OCTETS : _SALT_OCTETS + 4], "big")
    if len(content) <= _HEADER or size <= _TAG_OCTETS + 1:
        raise ValueError("it has no header")
    body = content[_HEADER + content[_HEADER - 1] :]
    aead, base = _derived(key, content[:_SALT_OCTETS])
    try:
        return b"".join(_opened(body, size, aead, base))
    except InvalidTag:
        raise ValueError("it does not open") from None


def _opened(body: bytes, size: int, aead: AESGCM, base: bytes) -> Iterator[bytes]:
    starts = range(0, len(body), size)
    for number, start in enumerate(starts):
        record = aead.decrypt(_nonce(base, number), body[start : start + size], None)
        clear = record.rstrip(b"\0")
        if clear[-1:] != (b"\2" if start == starts[-1] else b"\1"):
            raise ValueError("it was cut")
        yield clear[:-1]


def _derived(key: str, salt: bytes) -> tuple[AESGCM, bytes]:
    def expanded(length: int, info: bytes) -> bytes:
        return HKDF(SHA256(), length, salt, info).derive(key.encode())

    aead = AESGCM(expanded(16, b"Content-Encoding: aes128gcm\0"))
    return aead, expanded(12, b"Content-Encoding: nonce\0")


def _nonce(base: bytes, number: int) -> bytes:
    return (int.from_bytes(base, "big") ^ number).to_bytes(len(base), "big")
