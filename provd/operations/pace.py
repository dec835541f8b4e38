"""How often one phone may be reached from outside, and how many at once."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from provd.devices.mac import Mac
from provd.errors import InputError

BETWEEN = 10.0
"""Seconds between two times that one phone is told: it may take so long to begin."""
AT_ONCE = 6
"""So many phones may be told at the same time: each takes a thread of the portal's."""
OF_ONE = 2
"""So many by one account: its phones' servers may be slow, which is nobody else's matter."""
_REMEMBERED = 10_000


class Pace:
    """When each phone was told last, for as many as are remembered; any thread may ask."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: OrderedDict[Mac, float] = OrderedDict()
        self._lock = threading.Lock()
        self._telling: Counter[int] = Counter()

    @contextmanager
    def room(self, account_id: int) -> Iterator[None]:
        """For one phone of that account's. Raises InputError where there is none."""
        with self._lock:
            if self._telling.total() >= AT_ONCE or self._telling[account_id] >= OF_ONE:
                raise InputError("other phones are being told just now", remedy="Try again shortly")
            self._telling[account_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._telling[account_id] -= 1
                self._telling += Counter()  # forgets who tells none

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
