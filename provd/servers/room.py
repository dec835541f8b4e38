"""How much of what phones send may be in memory at once, before it is stored."""

from __future__ import annotations


class Room:
    """Octets that are reserved before they come, and given back."""

    def __init__(self, octets: int = 64 << 20) -> None:
        self._left = octets

    def take(self, octets: int) -> bool:
        """False, and nothing reserved, when there are not so many left."""
        if octets > self._left:
            return False
        self._left -= octets
        return True

    def give_back(self, octets: int) -> None:
        self._left += octets
