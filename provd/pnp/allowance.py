"""How many SUBSCRIBEs are looked at: so many at once, so many a second from then on, of all phones
together and of each address. Pure: the time is given, monotonic, in seconds."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    burst: float
    per_second: float


ALL = Rate(200, 50)
"""A whole house that comes back after a power cut asks within a few seconds, several times each."""
EACH = Rate(10, 1)
REMEMBERED = 4096


class _Bucket:
    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._left, self._at = rate.burst, now

    def full(self, now: float) -> bool:
        return self._refilled(now) >= self._rate.burst

    def take(self, now: float) -> bool:
        self._left, self._at = self._refilled(now), now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def _refilled(self, now: float) -> float:
        return min(self._rate.burst, self._left + (now - self._at) * self._rate.per_second)


class Allowance:
    """Bounded: of more addresses than REMEMBERED the one that asked first is forgotten."""

    def __init__(self, now: float, *, together: Rate = ALL, each: Rate = EACH) -> None:
        self._together = _Bucket(together, now)
        self._each_rate = each
        self._each: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._each)

    def take(self, address: str, now: float) -> bool:
        """Whether one more is allowed. One address alone can't use up what all have."""
        bucket = self._each.setdefault(address, _Bucket(self._each_rate, now))
        if len(self._each) > REMEMBERED:
            self._each.popitem(last=False)
        return bucket.take(now) and self._together.take(now)
