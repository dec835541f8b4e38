"""How many connections there are, in all and per address (IPv6: per /64), and what a new one may
hope for."""

from __future__ import annotations

import enum
from collections.abc import Callable

from provd.servers.http.limits import HttpLimits

_PRICE_WHEN_LATE = 4


class Verdict(enum.Enum):
    """SERVED as any; TURNED_AWAY with 503; CUT without a word."""

    SERVED = enum.auto()
    TURNED_AWAY = enum.auto()
    CUT = enum.auto()


class Connections:
    """Counts what `admit` let in until it `left`; `cut` are those that it never let in.

    To say 503 costs a handshake, nearly all that serving costs. So only so many are told each
    second, `told_per_second`, and the rest is cut, which costs nearly nothing: else a crowd at the
    door would take the processor from those inside. `monotonic` counts seconds.
    """

    def __init__(
        self, limits: HttpLimits, told_per_second: int, monotonic: Callable[[], float]
    ) -> None:
        self.cut = 0
        self._most_turned_away = min(limits.maximum_turned_away, limits.descriptors // 4)
        self._most_ever = limits.descriptors - self._most_turned_away
        self._told_per_second = told_per_second
        self._monotonic = monotonic
        self._may_be_told = float(told_per_second)
        self._counted_at = monotonic()
        self._served = 0
        self._turned_away = 0
        self._by_address: dict[int, int] = {}
        self.bound(limits.maximum_connections, limits.maximum_connections_per_address)

    def __len__(self) -> int:
        return self._served + self._turned_away

    def bound(self, connections: int, per_address: int) -> None:
        """Of new connections; those that are there stay."""
        self.most, self._most_per_address = min(connections, self._most_ever), per_address

    def hopeless(self, *, late: bool) -> bool:
        """Whether `admit` would cut whoever came now; cheaper, and without knowing who."""
        return late and self._credit() < _PRICE_WHEN_LATE

    def admit(self, whose: int, *, late: bool) -> Verdict:
        """`whose`: the newcomer's household. `late`: those inside wait too long already."""
        here = self._by_address.get(whose, 0)
        if not late and self._served < self.most and here < self._most_per_address:
            self._served += 1
            self._by_address[whose] = here + 1
            return Verdict.SERVED
        if self._turned_away < self._most_turned_away and self._may_tell(late):
            self._turned_away += 1
            return Verdict.TURNED_AWAY
        self.cut += 1
        return Verdict.CUT

    def left(self, whose: int, verdict: Verdict) -> None:
        if verdict is Verdict.TURNED_AWAY:
            self._turned_away -= 1
        elif verdict is Verdict.SERVED:
            self._served -= 1
            here = self._by_address.pop(whose)
            if here > 1:
                self._by_address[whose] = here - 1

    def _may_tell(self, late: bool) -> bool:
        price = _PRICE_WHEN_LATE if late else 1
        if self._credit() < price:
            return False
        self._may_be_told -= price
        return True

    def _credit(self) -> float:
        now, rate = self._monotonic(), self._told_per_second
        self._may_be_told = min(rate, self._may_be_told + (now - self._counted_at) * rate)
        self._counted_at = now
        return self._may_be_told
