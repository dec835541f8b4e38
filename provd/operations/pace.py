"""How often one phone may be reached from outside, and how many at once."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from provd.devices.mac import Mac
from provd.errors import InputError

BETWEEN = 10.0
"""Seconds between two times that one phone is told: it may take so long to begin."""
AT_ONCE = 4
"""So many phones may be told at the same time: each takes a thread of the portal's."""
_REMEMBERED = 10_000


class Pace:
    """When each phone was told last, for as many as are remembered; any thread may ask."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: OrderedDict[Mac, float] = OrderedDict()
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(AT_ONCE)

    def __enter__(self) -> None:
        if not self._room.acquire(blocking=False):
            raise InputError("other phones are being told just now", remedy="Try again shortly")

    def __exit__(self, *_: object) -> None:
        self._room.release()

    def step(self, mac: Mac) -> None:
        """Raises InputError when it was told a moment ago."""
        now = self._clock()
        with self._lock:
            since = now - self._last.get(mac, -math.inf)
            if since < BETWEEN:
                raise InputError(
                    f"this phone was told {since:.0f} seconds ago",
                    remedy=f"Wait {math.ceil(BETWEEN - since)} seconds",
                )
            self._last[mac] = now
            self._last.move_to_end(mac)
            if len(self._last) > _REMEMBERED:
                self._last.popitem(last=False)
