"""How many connections there are, in all and per address, and what a new one may hope for."""

from __future__ import annotations

import enum
from collections import Counter

from provd.exchange import IPAddress
from provd.servers.http.limits import HttpLimits


class Verdict(enum.Enum):
    """SERVED as any; TURNED_AWAY with 503; CUT without a word."""

    SERVED = enum.auto()
    TURNED_AWAY = enum.auto()
    CUT = enum.auto()


class Connections:
    """Counts what `admit` let in until it `left`."""

    def __init__(self, limits: HttpLimits) -> None:
        self._most_turned_away = limits.maximum_turned_away
        self.bound(limits.maximum_connections, limits.maximum_connections_per_address)
        self._served = 0
        self._turned_away = 0
        self._by_address: Counter[IPAddress] = Counter()

    def __len__(self) -> int:
        return self._served + self._turned_away

    def bound(self, connections: int, per_address: int) -> None:
        """Of new connections; those that are there stay."""
        self._most, self._most_per_address = connections, per_address

    def admit(self, address: IPAddress) -> Verdict:
        here = self._by_address.get(address, 0)
        if self._served < self._most and here < self._most_per_address:
            self._served += 1
            self._by_address[address] += 1
            return Verdict.SERVED
        if self._turned_away < self._most_turned_away:
            self._turned_away += 1
            return Verdict.TURNED_AWAY
        return Verdict.CUT

    def left(self, address: IPAddress, verdict: Verdict) -> None:
        if verdict is Verdict.TURNED_AWAY:
            self._turned_away -= 1
        elif verdict is Verdict.SERVED:
            self._served -= 1
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]
