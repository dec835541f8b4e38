"""How much may be sent to addresses that have not shown that they are there.

A source address is forged easily, and a request of 30 octets calls forth 516: so every address has
a credit that its unacknowledged datagrams spend, that an acknowledgement gives back, and that
refills slowly; and all addresses together have one. This module knows no packets.
"""

from __future__ import annotations

_MOST_ACCOUNTS = 65_536
_TOTAL_REFILL_SECONDS = 10.0


class _Bucket:
    """A balance in octets that refills to `burst` at `rate` octets per second."""

    __slots__ = ("_at", "_burst", "_rate", "balance")

    def __init__(self, burst: float, rate: float, now: float) -> None:
        self._burst = self.balance = burst
        self._rate = rate
        self._at = now

    def refilled(self, now: float) -> float:
        """The balance at this time."""
        self.give_back((now - self._at) * self._rate)
        self._at = now
        return self.balance

    def give_back(self, octets: float) -> None:
        balance = self.balance + octets
        self.balance = balance if balance < self._burst else self._burst


class Credit:
    """What each unvalidated household (an address, of IPv6 a /64), and all together, may still be
    sent."""

    def __init__(self, *, burst: int, per_second: int, total: int, now: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._all = _Bucket(total, total / _TOTAL_REFILL_SECONDS, now)
        self._accounts: dict[bytes, _Bucket] = {}

    def __len__(self) -> int:
        return len(self._accounts)

    def spend(self, household: bytes, octets: int, now: float) -> bool:
        """Take `octets` from its credit; False, and nothing taken, when it lacks them."""
        account = self._accounts.get(household) or self._opened(household, now)
        if account.refilled(now) < octets or self._all.refilled(now) < octets:
            return False
        account.balance -= octets
        self._all.balance -= octets
        return True

    def give_back(self, household: bytes, octets: int) -> None:
        """What was spent. Who has been forgotten since has all of his credit anyhow."""
        account = self._accounts.get(household)
        if account is not None:
            account.give_back(octets)
        self._all.give_back(octets)

    def _opened(self, household: bytes, now: float) -> _Bucket:
        if len(self._accounts) >= _MOST_ACCOUNTS:
            self._forget_oldest()
        account = self._accounts[household] = _Bucket(self._burst, self._per_second, now)
        return account

    def _forget_oldest(self) -> None:
        """A flood of forged sources meets the common bound; remembering each would be its gain."""
        for key in list(self._accounts)[: _MOST_ACCOUNTS // 4]:
            del self._accounts[key]
