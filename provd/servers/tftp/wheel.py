"""When things are due, without a timer for each: a slot per tenth of a second.

An item lies in one slot. Whoever takes it out and finds its deadline moved puts it back, so a
packet that moves a deadline costs nothing here.
"""

from __future__ import annotations

import heapq
from typing import Generic, TypeVar

SLOT_SECONDS = 0.1
_Item = TypeVar("_Item")


class Wheel(Generic[_Item]):
    """Items by monotonic deadline in seconds."""

    def __init__(self) -> None:
        self._slots: dict[int, list[_Item]] = {}
        self._order: list[int] = []

    def add(self, item: _Item, deadline: float) -> None:
        slot = int(deadline / SLOT_SECONDS) + 1
        items = self._slots.get(slot)
        if items is None:
            items = self._slots[slot] = []
            heapq.heappush(self._order, slot)
        items.append(item)

    def due(self, now: float) -> list[_Item]:
        """Take out what is due."""
        found: list[_Item] = []
        while self._order and self._order[0] * SLOT_SECONDS <= now:
            found += self._slots.pop(heapq.heappop(self._order))
        return found
