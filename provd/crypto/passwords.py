"""People's passwords: argon2id (RFC 9106) with the library's parameters.

One hash or check takes about 0.1 s and 64 MiB: call it in a thread, never on the reactor.
"""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """The encoded hash, salt and parameters included ("$argon2id$v=19$...")."""
    return _HASHER.hash(password)


def check_password(password: str, encoded: str) -> bool:
    """Whether `password` made `encoded`. False also for a hash that can't be read."""
    try:
        return _HASHER.verify(encoded, password)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(encoded: str) -> bool:
    """Whether `encoded` was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(encoded)


def unmatchable_hash() -> str:
    """A hash that no password matches, to spend the same time on a name that does not exist."""
    return hash_password(secrets.token_urlsafe(32))
