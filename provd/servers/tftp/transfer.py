"""One phone's transfer, the port it runs on, and what is counted of all.

This module does nothing: `transfers` drives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from provd.exchange import Answer, Request
from provd.servers.tftp.packets import FileRequest
from provd.servers.tftp.pages import Page, Run
from provd.servers.tftp.peers import Peer
from provd.servers.tftp.session import Session


class Port(Protocol):
    """The transfer port that a transfer uses (`sockets.TransferSocket`)."""

    @property
    def catch_up(self) -> Callable[[], None]: ...

    def send(self, run: Run, peer: Peer) -> None: ...

    def send_each(self, vectors: list[bytes], pages: list[Page], peers: list[Peer]) -> None: ...


@dataclass(slots=True)
class Counters:
    """What happened since the start; for a metrics page."""

    requests: int = 0
    repeated_requests: int = 0
    malformed: int = 0
    refused: int = 0
    whole: int = 0
    timeouts: int = 0
    retransmissions: int = 0
    strays: int = 0
    turned_away_full: int = 0
    turned_away_credit: int = 0
    outside_networks: int = 0


class Transfer:
    """One phone's request; `session` is None while the backend is asked."""

    __slots__ = (
        "asked", "datagram", "peer", "port", "reply", "request", "session", "spent", "strays",
    )  # fmt: skip

    def __init__(
        self, peer: Peer, port: Port, datagram: bytes, asked: FileRequest, request: Request
    ) -> None:
        self.peer = peer
        self.port = port
        self.datagram = datagram
        self.asked = asked
        self.request = request
        self.reply: Answer | None = None
        self.session: Session | None = None
        self.spent = 0  # octets of credit to give back once the phone has shown itself
        self.strays = 0

    @property
    def stalled(self) -> bool:
        """A phone that asks again now has forgotten this transfer: many always use one port."""
        return self.session is not None and self.session.stalled
