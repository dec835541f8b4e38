"""Heads of requests that came before, octet by octet, and what the parser made of them.

A phone asks in the same words each time. Comparing them costs a tenth of parsing them.
This module knows neither a connection nor who asks.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar

_MOST: Final = 8192
_LONGEST_OCTETS: Final = 1024
_Meaning = TypeVar("_Meaning")


class Heads(Generic[_Meaning]):
    """Remembers `most` heads, and those of the time before, with 0 none at all; who fills it costs
    others a parsing."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._latest: dict[bytes, _Meaning] = {}
        self._before: dict[bytes, _Meaning] = {}

    def __len__(self) -> int:
        return len(self._latest) + len(self._before)

    def find(self, octets: bytes) -> _Meaning | None:
        found = self._latest.get(octets)
        if found is None and octets in self._before:
            found = self._before[octets]
            self.keep(octets, found)
        return found

    def keep(self, octets: bytes, meaning: _Meaning) -> None:
        """`octets` are the whole of one request, and all that there is to know of it."""
        if len(octets) > _LONGEST_OCTETS or not self._most:
            return
        if len(self._latest) >= self._most:
            self._before, self._latest = self._latest, {}
        self._latest[octets] = meaning
