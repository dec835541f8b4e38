"""How much may be sent to addresses that have not shown that they are there.

A source address is forged easily, and a request of 30 octets calls forth 516: so every address has
a credit that its unacknowledged datagrams spend, that an acknowledgement gives back, and that
refills slowly; and all addresses together have one. This module knows no packets.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from provd.servers.addresses import household

_MOST_ACCOUNTS = 65_536
_TOTAL_REFILL_SECONDS = 10.0


class _Bucket:
    """A balance in octets that refills to `burst` at `rate` octets per second."""

    __slots__ = ("_at", "_balance", "_burst", "_rate")

    def __init__(self, burst: float, rate: float, now: float) -> None:
        self._burst = self._balance = burst
        self._rate = rate
        self._at = now

    def holds(self, octets: int, now: float) -> bool:
        self._balance = min(self._burst, self._balance + (now - self._at) * self._rate)
        self._at = now
        return self._balance >= octets

    def change(self, octets: int) -> None:
        self._balance = min(self._burst, self._balance + octets)


class Credit:
    """What each unvalidated address (IPv6: each /64), and all together, may still be sent."""

    def __init__(self, *, burst: int, per_second: int, total: int, now: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._all = _Bucket(total, total / _TOTAL_REFILL_SECONDS, now)
        self._accounts: dict[int, _Bucket] = {}

    def __len__(self) -> int:
        return len(self._accounts)

    def spend(self, address: IPv4Address | IPv6Address, octets: int, now: float) -> bool:
        """Take `octets` from the address's credit; False, and nothing taken, when it lacks them."""
        account = self._account(address, now)
        if not (account.holds(octets, now) and self._all.holds(octets, now)):
            return False
        account.change(-octets)
        self._all.change(-octets)
        return True

    def give_back(self, address: IPv4Address | IPv6Address, octets: int, now: float) -> None:
        self._account(address, now).change(octets)
        self._all.change(octets)

    def _account(self, address: IPv4Address | IPv6Address, now: float) -> _Bucket:
        key = household(address)
        account = self._accounts.get(key)
        if account is None:
            if len(self._accounts) >= _MOST_ACCOUNTS:
                self._forget_oldest()
            account = self._accounts[key] = _Bucket(self._burst, self._per_second, now)
        return account

    def _forget_oldest(self) -> None:
        """A flood of forged sources meets the common bound; remembering each would be its gain."""
        for key in list(self._accounts)[: _MOST_ACCOUNTS // 4]:
            del self._accounts[key]
