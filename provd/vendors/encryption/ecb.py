"""AES-128-ECB with the key's 16 characters as they are, as openssl enc -aes-128-ecb -nopad -K.

Equal blocks stay equal in it, which is the vendors' choice. What the phones' own tool fills the
last block with is not known: line feeds are used here, which mean nothing at the end of a text,
whether a phone takes them off or not.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

_BLOCK = 16


def encrypt(content: bytes, key: str) -> bytes:
    encryptor = _cipher(key).encryptor()
    filled = content + b"\n" * (-len(content) % _BLOCK)
    return encryptor.update(filled) + encryptor.finalize()


def decrypt(content: bytes, key: str) -> bytes:
    """Raises ValueError for what has no whole blocks. With another key something else comes out."""
    decryptor = _cipher(key).decryptor()
    return decryptor.update(content) + decryptor.finalize()


def _cipher(key: str) -> Cipher[ECB]:
    return Cipher(AES(key.encode()), ECB())  # noqa: S305  what the phones read
