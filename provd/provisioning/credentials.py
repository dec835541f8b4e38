"""User name and password of a device, with which it asks for its files.

They follow from the device's token and a key of the installation, so nothing is stored for them and
whoever renews the token renews them: what the first configuration delivered opens nothing any more.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass

from provd.devices.mac import Mac
from provd.devices.secret import Secret

_PURPOSE = b"provd: a device's password over HTTP, 1"
_BYTES = 15
"""120 bits: 24 letters and digits, which every phone's form takes."""


@dataclass(frozen=True, slots=True)
class Login:
    user: str
    password: Secret


class Credentials:
    """`key` is a secret of the installation; another key makes other passwords."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, _PURPOSE, "sha256")

    def of(self, mac: Mac, token_digest: str) -> Login:
        """`token_digest` is what stands beside the sealed token (devices.placement)."""
        text = f"{mac.digits}:{token_digest}".encode()
        password = base64.b32encode(hmac.digest(self._key, text, "sha256")[:_BYTES])
        return Login(mac.digits, Secret(password.decode().lower()))
