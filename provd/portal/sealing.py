"""What a page must carry to the next step and nobody may read: SIP passwords of a pending form.

The quote comes between typing a form and registering the phone. What was typed travels through the
browser as one sealed field: Fernet (AES-128-CBC with HMAC-SHA256) under a key derived from the
portal's secret key, so any worker process can open it and none has to remember it. A sealed field
opens only for the user it was sealed for, for one purpose, for 12 hours (a session's longest life).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LIFETIME = timedelta(hours=12)


class SealedFields:
    """Seals and opens JSON values; `clock` gives aware UTC times."""

    def __init__(self, secret_key: bytes, clock: Callable[[], datetime]) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=b"provd portal sealed fields").derive(
            secret_key
        )
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))
        self._clock = clock

    def seal(self, value: object, *, user: str, purpose: str) -> str:
        """ASCII text, fit for a hidden field."""
        packed = json.dumps([user, purpose, value]).encode()
        return self._fernet.encrypt_at_time(packed, self._seconds()).decode()

    def open(self, sealed: str, *, user: str, purpose: str) -> object | None:
        """The value, or None when it is too old, changed, or somebody else's."""
        try:
            packed = self._fernet.decrypt_at_time(
                sealed.encode(), int(LIFETIME.total_seconds()), self._seconds()
            )
        except InvalidToken:
            return None
        owner, sealed_for, value = json.loads(packed)
        return value if (owner, sealed_for) == (user, purpose) else None

    def _seconds(self) -> int:
        return int(self._clock().timestamp())
