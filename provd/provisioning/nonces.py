"""Nonces of HTTP digest (RFC 7616, 3.3 and 5.4): signed when given, counted when used.

A nonce holds its time and is signed, so giving one costs no memory. Only a nonce that somebody has
used with the right password is remembered, with the highest `nc` seen, and that must rise. When one
has to be forgotten, every nonce that is as old or older is void: no request counts twice.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import threading
from collections import OrderedDict
from datetime import datetime, timedelta

_SIGNATURE = 16
_TIME = 8
_RANDOM = 8
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Nonces:
    """Valid in this process and for `lifetime` only; any thread may ask."""

    def __init__(
        self, lifetime: timedelta = timedelta(minutes=5), remembered: int = 50_000
    ) -> None:
        self._key = os.urandom(32)
        self._lifetime = lifetime // _MICROSECOND
        self._remembered = remembered
        self._highest: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._void_until = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._highest)

    def give(self, now: datetime) -> str:
        body = _microseconds(now).to_bytes(_TIME, "big") + os.urandom(_RANDOM)
        return base64.urlsafe_b64encode(body + self._signed(body)).decode()

    def use(self, nonce: str, count: int, now: datetime) -> bool:
        """Whether it is ours, fresh, and `count` higher than ever before; then it is noted. To be
        called when all else is right."""
        given_at = self._given_at(nonce)
        if given_at is None or not 0 <= _microseconds(now) - given_at < self._lifetime:
            return False
        with self._lock:
            known = self._highest.pop(nonce, None)
            if known is None and given_at <= self._void_until:
                return False
            highest = known[1] if known else 0
            self._highest[nonce] = (given_at, max(highest, count))
            self._forget()
            return count > highest

    def _forget(self) -> None:
        while len(self._highest) > self._remembered:
            _, (given_at, _) = self._highest.popitem(last=False)
            self._void_until = max(self._void_until, given_at)

    def _given_at(self, nonce: str) -> int | None:
        try:
            whole = base64.urlsafe_b64decode(nonce.encode("ascii"))
        except (binascii.Error, UnicodeEncodeError):
            return None
        body, signature = whole[: _TIME + _RANDOM], whole[_TIME + _RANDOM :]
        # Base64 has more than one spelling of the same octets, and each would be counted apart.
        is_ours = hmac.compare_digest(self._signed(body), signature)
        spelt = base64.urlsafe_b64encode(whole).decode() == nonce
        return int.from_bytes(body[:_TIME], "big") if is_ours and spelt else None

    def _signed(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")[:_SIGNATURE]


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
