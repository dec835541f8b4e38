"""What leaves towards addresses that have not shown that they are there.

Every datagram before a phone's first valid ACK, and every ERROR, goes through here and costs
credit.
"""

from __future__ import annotations

from collections.abc import Callable

from provd.servers.tftp.admission import Credit
from provd.servers.tftp.limits import Networks, TftpLimits
from provd.servers.tftp.pages import Run, alone
from provd.servers.tftp.peers import Peer, address_of, household_of
from provd.servers.tftp.transfer import Counters, Port, Transfer


class Outgoing:
    """Sends within the credit and the allowed networks; `counters` learn what was held back."""

    def __init__(
        self, settings: TftpLimits, counters: Counters, monotonic: Callable[[], float]
    ) -> None:
        self._networks = settings.allowed_networks
        self._counters = counters
        self._monotonic = monotonic
        self._credit = Credit(
            burst=settings.unvalidated_burst_octets,
            per_second=settings.unvalidated_octets_per_second,
            total=settings.unvalidated_total_octets,
            now=monotonic(),
        )

    def allow(self, networks: Networks) -> None:
        """From now on only sources in these; empty allows everyone."""
        self._networks = networks

    def allowed(self, peer: Peer) -> bool:
        """Sources outside the allowed networks get no packet at all."""
        if not self._networks:
            return True
        address = address_of(peer)
        if any(address in network for network in self._networks):
            return True
        self._counters.outside_networks += 1
        return False

    def unvalidated(self, transfer: Transfer, run: Run, now: float) -> bool:
        """Send before the first valid ACK; False when the credit does not suffice."""
        octets = len(run.octets)
        if not self._credit.spend(household_of(transfer.peer), octets, now):
            self._counters.turned_away_credit += 1
            return False
        transfer.spent += octets
        transfer.port.send(run, transfer.peer)
        return True

    def validated(self, transfer: Transfer) -> None:
        """The phone is there: what it was sent on trust is given back."""
        self._credit.give_back(household_of(transfer.peer), transfer.spent)
        transfer.spent = 0

    def refusal(self, packet: bytes, peer: Peer, port: Port) -> None:
        """An ERROR to a request of which the backend is not asked."""
        self._counters.refused += 1
        self.error(packet, peer, port)

    def error(self, packet: bytes, peer: Peer, port: Port) -> None:
        if self.affords(packet, peer):
            port.send(alone(packet), peer)

    def affords(self, packet: bytes, peer: Peer) -> bool:
        """Takes it from the credit; for who has another kind of port to send it by."""
        return self._credit.spend(household_of(peer), len(packet), self._monotonic())
