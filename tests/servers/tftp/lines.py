"""A transfer port without a socket, for what hands packets to one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from provd.servers.tftp.datagrams import head_of
from provd.servers.tftp.pages import Page, Run
from provd.servers.tftp.peers import Peer
from provd.servers.tftp.transfer import Port
from provd.servers.tftp.transfers import Transfers


@dataclass
class Line:
    """Remembers what left through it."""

    sent: list[tuple[bytes, Peer]] = field(default_factory=list)
    catch_up: Callable[[], None] = lambda: None

    def send(self, run: Run, peer: Peer) -> None:
        self.sent += [(bytes(packet), peer) for packet in run]

    def send_each(self, vectors: list[bytes], pages: list[Page], peers: list[Peer]) -> None:
        for vector, page, peer in zip(vectors, pages, peers, strict=True):
            self.sent.append((bytes(page.found(vector)), peer))

    def take(self) -> list[bytes]:
        taken, self.sent = [packet for packet, _ in self.sent], []
        return taken


def come(transfers: Transfers, datagram: bytes, peer: Peer, port: Port) -> None:
    """One datagram on a transfer port; what trips over it is raised."""
    transfers.received([(head_of(datagram), peer)], port)
    if transfers.failures:
        raise transfers.failures.pop()
