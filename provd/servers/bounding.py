"""A bound on the connections of a Twisted server, in all and per address (IPv6: per /64).

Beyond it a connection is closed at once, before TLS: else whoever opens more than there are
descriptors ends what the process does for everybody.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory

from provd.servers.addresses import caller


class _Counted(ProtocolWrapper):
    whose = 0


class Bounded(WrappingFactory):
    """`factory` behind the bound."""

    protocol = _Counted
    noisy = False

    def __init__(self, factory: Any, most: int, most_per_address: int) -> None:
        super().__init__(factory)  # type: ignore[no-untyped-call]
        self._most = most
        self._most_per_address = most_per_address
        self._by_address: Counter[int] = Counter()

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: N802 (Twisted's name)
        _, whose = caller(getattr(addr, "host", "0.0.0.0"))  # noqa: S104
        here = self._by_address.get(whose, 0)
        if len(self.protocols) >= self._most or here >= self._most_per_address:
            return None
        made: Any = super().buildProtocol(addr)
        made.whose = whose
        return made

    def registerProtocol(self, p: Any) -> None:  # noqa: N802 (Twisted's name)
        super().registerProtocol(p)  # type: ignore[no-untyped-call]
        self._by_address[p.whose] += 1

    def unregisterProtocol(self, p: Any) -> None:  # noqa: N802 (Twisted's name)
        super().unregisterProtocol(p)  # type: ignore[no-untyped-call]
        self._by_address[p.whose] -= 1
        if not self._by_address[p.whose]:
            del self._by_address[p.whose]
