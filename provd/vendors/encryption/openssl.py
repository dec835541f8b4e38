"""What `openssl enc -aes-256-cbc -salt` writes, and reads again with -d.

"Salted__", 8 octets of salt, AES-256-CBC with PKCS #7 padding; key and IV by EVP_BytesToKey(3)
with one round of the digest: MD5 was the command's default until OpenSSL 1.1.0, then SHA-256.
With -a all of it is in Base64, in lines of 64 characters.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import textwrap

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

MAGIC = b"Salted__"
MAGIC_BASE64 = base64.b64encode(MAGIC)[:10]
"""As far as the salt does not show in it."""

_SALT_OCTETS = 8
_KEY_OCTETS, _IV_OCTETS = 32, 16
_LINE = 64


def encrypt(content: bytes, passphrase: str, *, digest: str) -> bytes:
    return _salted(content, passphrase, salt_of(content, passphrase), digest)


def decrypt(content: bytes, passphrase: str, *, digest: str) -> bytes:
    """Raises ValueError where the passphrase is another, or the content is damaged."""
    start = len(MAGIC) + _SALT_OCTETS
    salt, body = content[len(MAGIC) : start], content[start:]
    if not content.startswith(MAGIC):
        raise ValueError("it is not salted")
    decryptor = _cipher(passphrase, salt, digest).decryptor()
    padded = decryptor.update(body) + decryptor.finalize()
    unpadder = PKCS7(AES.block_size).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def encrypt_base64(content: bytes, passphrase: str) -> bytes:
    text = base64.b64encode(encrypt(content, passphrase, digest="md5")).decode()
    return "".join(f"{line}\n" for line in textwrap.wrap(text, _LINE)).encode()


def decrypt_base64(content: bytes, passphrase: str) -> bytes:
    """Raises ValueError as `decrypt`."""
    try:
        octets = base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        raise ValueError("it is no Base64") from None
    return decrypt(octets, passphrase, digest="md5")


def salt_of(content: bytes, passphrase: str, octets: int = _SALT_OCTETS) -> bytes:
    """The same for the same content and key, and nobody's guess without the key."""
    key = b"provd: salt of a file\0" + passphrase.encode()
    return hmac.new(key, content, hashlib.sha256).digest()[:octets]


def _salted(content: bytes, passphrase: str, salt: bytes, digest: str) -> bytes:
    padder = PKCS7(AES.block_size).padder()
    encryptor = _cipher(passphrase, salt, digest).encryptor()
    padded = padder.update(content) + padder.finalize()
    return MAGIC + salt + encryptor.update(padded) + encryptor.finalize()


def _cipher(passphrase: str, salt: bytes, digest: str) -> Cipher[CBC]:
    """EVP_BytesToKey(3): digests of the one before, passphrase and salt, one after another."""
    made, last = b"", b""
    while len(made) < _KEY_OCTETS + _IV_OCTETS:
        last = hashlib.new(
            digest, last + passphrase.encode() + salt, usedforsecurity=False
        ).digest()
        made += last
    key, iv = made[:_KEY_OCTETS], made[_KEY_OCTETS : _KEY_OCTETS + _IV_OCTETS]
    return Cipher(AES(key), CBC(iv))
