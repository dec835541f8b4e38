"""Phones whose transfer has just ended: what still comes from them is late, and no error of theirs.

This module knows neither packets nor transfers.
"""

from __future__ import annotations

from provd.servers.tftp.peers import Peer

_SECONDS = 2.0


class Ended:
    """Remembers a peer for two to four seconds, by a clock that `sweep` is given."""

    def __init__(self) -> None:
        self._latest: set[Peer] = set()
        self._before: set[Peer] = set()
        self._forget_at = 0.0

    def add(self, peer: Peer) -> None:
        self._latest.add(peer)

    def __contains__(self, peer: Peer) -> bool:
        return peer in self._latest or peer in self._before

    def sweep(self, now: float) -> None:
        if now >= self._forget_at:
            self._before, self._latest = self._latest, set()
            self._forget_at = now + _SECONDS
