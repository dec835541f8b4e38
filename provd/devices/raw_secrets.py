"""Which of a vendor's own parameters hold a secret, as far as their names tell."""

from __future__ import annotations

import itertools
import re

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
"""Words of authPassword, SIP_PSWD, md5-password."""

_SECRET = frozenset({"pass", "pswd", "pwd", "psk", "pin", "token", "pass word"})
_BEGINNINGS = ("passw", "passphr", "secret", "credential")
_ENDINGS = ("password", "passwd", "pswd", "pwd", "passphrase", "psk")
_KEYS = frozenset(
    {"auth", "private", "shared", "preshared", "encryption", "crypto", "session", "api", "file"}
)
"""What a key is that nobody may know; other keys are buttons."""


def tells_secret(parameter: str) -> bool:
    """account.1.password and ADMIN_PSWD do, linekey.1.value does not. What only a vendor knows (P2)
    its manifest says."""
    words = [word.lower() for word in _PART.findall(parameter)]
    pairs = itertools.pairwise(words)
    return any(map(_is_secret, words)) or any(
        (one in _KEYS and other.startswith("key")) or f"{one} {other}" in _SECRET
        for one, other in pairs
    )


def _is_secret(word: str) -> bool:
    return word in _SECRET or word.startswith(_BEGINNINGS) or word.endswith(_ENDINGS)
