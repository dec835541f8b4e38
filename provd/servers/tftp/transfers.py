"""All running transfers: who asked, what the backend said, and the session that sends it.

One entry per phone address and port, so that a repeated request finds its transfer. This module
takes datagrams that were received and hands out those to send; it opens no socket, and it knows
files only as what the backend answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import structlog
from twisted.internet.defer import Deferred

from provd.exchange import (
    Answer,
    Backend,
    IPAddress,
    Outcome,
    Reason,
    Refusal,
    Request,
    Transport,
)
from provd.servers.paths import last_part, requested_path
from provd.servers.tftp.batches import TOO_SHORT, Head
from provd.servers.tftp.ended import Ended
from provd.servers.tftp.limits import Networks, TftpLimits
from provd.servers.tftp.offers import Offers, sendable
from provd.servers.tftp.outgoing import Outgoing
from provd.servers.tftp.packets import ERROR, FileRequest, Malformed, parse_request
from provd.servers.tftp.pages import Page
from provd.servers.tftp.peers import Peer, address_of, port_of
from provd.servers.tftp.refusals import (
    NO_SUCH_FILE,
    NO_WRITING,
    OCTETS_ONLY,
    UNKNOWN_TRANSFER,
    malformed,
    refusal,
)
from provd.servers.tftp.session import Session
from provd.servers.tftp.transfer import Counters, Port, Transfer
from provd.servers.tftp.wheel import Wheel

_MOST_STRAYS = 2
_log = structlog.get_logger()


class Transfers:
    """See the module. `clock` is the wall (aware, UTC), `monotonic` in seconds."""

    def __init__(
        self,
        backend: Backend,
        settings: TftpLimits,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        largest_block: Callable[[IPAddress], int],
    ) -> None:
        self.counters = Counters()
        self._backend = backend
        self._maximum_sessions = settings.maximum_sessions
        self._clock = clock
        self._monotonic = monotonic
        self._offers = Offers(settings, largest_block)
        self._outgoing = Outgoing(settings, self.counters, monotonic)
        self._running: dict[Peer, Transfer] = {}
        self._ended = Ended()
        self._wheel: Wheel[Transfer] = Wheel()
        self._begun: list[Transfer] = []  # since the last sweep; by the next one most have ended
        self.failures: list[Exception] = []

    def __len__(self) -> int:
        return len(self._running)

    @property
    def most(self) -> int:
        """How many may run at once."""
        return self._maximum_sessions

    def admit(self, networks: Networks, maximum_sessions: int) -> None:
        """Of new requests; what runs goes on."""
        self._outgoing.allow(networks)
        self._maximum_sessions = maximum_sessions

    def requested(self, datagram: bytes, peer: Peer, port: Port) -> None:
        """Take a datagram from a request port; `port` is where its transfer would run."""
        self.counters.requests += 1
        running = self._current(peer)
        if running is not None and running.datagram == datagram and not running.stalled:
            self.counters.repeated_requests += 1
            return
        asked = parse_request(datagram)
        if asked is None:
            return
        if not self._outgoing.allowed(peer):
            return
        if isinstance(asked, Malformed):
            self.counters.malformed += 1
            self._outgoing.error(malformed(asked), peer, port)
        elif asked.writes:
            self._outgoing.refusal(NO_WRITING, peer, port)
        else:
            if running is not None:  # the phone gave up, or booted again, and asks anew
                self._end(running, "replaced by another request")
            self._read(datagram, asked, peer, port)

    def received(self, heads: Iterable[Head], port: Port) -> None:
        """Take the heads of datagrams from a transfer port; one that trips us costs only itself,
        and is told in `failures`. Nearly all are awaited, and call forth one packet."""
        now = self._monotonic()
        running = self._running.get
        vectors: list[bytes] = []
        pages: list[Page] = []
        peers: list[Peer] = []
        for head, peer in heads:
            transfer = running(peer)
            session = transfer.session if transfer is not None and transfer.port is port else None
            if session is not None and (vector := session.in_turn(head, now)) is not None:
                vectors.append(vector)
                pages.append(session.page)  # a vector is good while somebody holds its page
                peers.append(peer)
                continue
            try:
                self._received(transfer, session, head, peer, port, now)
            except Exception as error:
                self.failures.append(error)
        port.send_each(vectors, pages, peers)

    def sweep(self) -> None:
        """Repeat or give up what is due; to be called every tenth of a second or so."""
        now = self._monotonic()
        begun, self._begun = self._begun, []
        for transfer in begun:
            if transfer.session is not None:
                self._wheel.add(transfer, transfer.session.deadline)
        for transfer in self._wheel.due(now):
            session = transfer.session
            if session is not None and not session.ended:
                self._expire(transfer, session, now)
        self._ended.sweep(now)

    def abandon(self) -> None:
        """End all that runs: the server stops."""
        for transfer in list(self._running.values()):
            self._end(transfer, "server stopped")

    def _received(
        self,
        transfer: Transfer | None,
        session: Session | None,
        head: int,
        peer: Peer,
        port: Port,
        now: float,
    ) -> None:
        """`session` is that of the peer's `transfer` on this port, if there is one."""
        if transfer is None or session is None:
            self._strayed(transfer, head, peer, port)
            return
        packets = session.receive(head, now)
        if packets:
            port.send(packets, peer)
        if transfer.spent and session.validated:
            self._outgoing.validated(transfer)
        if session.ended:
            self._finish(transfer)

    def _current(self, peer: Peer) -> Transfer | None:
        """The peer's running transfer. Its last ACK may have come just before this new request, on
        the other socket and still unread."""
        running = self._running.get(peer)
        if running is None:
            return None
        running.port.catch_up()
        return self._running.get(peer)

    def _read(self, datagram: bytes, asked: FileRequest, peer: Peer, port: Port) -> None:
        path = requested_path(asked.name)
        if path is None:
            self._outgoing.refusal(NO_SUCH_FILE, peer, port)
            return
        if len(self._running) >= self._maximum_sessions:
            self.counters.turned_away_full += 1
            return  # it asks again, and running ones finish
        request = Request(path, Transport.TFTP, address_of(peer), port_of(peer), self._clock())
        transfer = Transfer(peer, port, datagram, asked, request)
        reply = self._backend.ready(request)
        if reply is None:
            self._running[peer] = transfer
            Deferred.fromCoroutine(self._wait_for_answer(transfer))
        else:
            self._answer(transfer, reply)

    async def _wait_for_answer(self, transfer: Transfer) -> None:
        try:
            reply = await self._backend.answer(transfer.request)
        except Exception:
            _log.exception("backend-failed", file=last_part(transfer.request.path))
            reply = Refusal(Reason.UNAVAILABLE)
        if self._running.get(transfer.peer) is transfer:
            del self._running[transfer.peer]
            self._answer(transfer, reply)
        else:
            self._deliver(transfer, reply, "aborted")

    def _answer(self, transfer: Transfer, reply: Answer | Refusal) -> None:
        if isinstance(reply, Refusal) or not sendable(transfer.asked, reply.content):
            self._refuse(transfer, reply)
            return
        now = self._monotonic()
        session = transfer.session = self._offers.session(
            transfer.asked, reply.content, transfer.request.address, now
        )
        transfer.reply = reply
        if self._outgoing.unvalidated(transfer, session.opening(), now):
            self._running[transfer.peer] = transfer
            self._begun.append(transfer)
        else:
            self._deliver(transfer, reply, "held back")

    def _refuse(self, transfer: Transfer, reply: Answer | Refusal) -> None:
        packet = refusal(reply.reason) if isinstance(reply, Refusal) else OCTETS_ONLY
        if not packet:
            self.counters.refused += 1
            self._deliver(transfer, reply, "no answer")
            return
        self._outgoing.refusal(packet, transfer.peer, transfer.port)
        self._deliver(transfer, reply, f"ERROR {packet[3]}")

    def _expire(self, transfer: Transfer, session: Session, now: float) -> None:
        packets = session.expire(now)
        if session.ended:
            self.counters.timeouts += 1
            self._finish(transfer)
            return
        self.counters.retransmissions += bool(packets)
        if packets and session.validated:
            transfer.port.send(packets, transfer.peer)
        elif packets:
            self._outgoing.unvalidated(transfer, packets, now)
        self._wheel.add(transfer, session.deadline)

    def _strayed(self, transfer: Transfer | None, head: int, peer: Peer, port: Port) -> None:
        """A datagram that belongs to no transfer of this port (RFC 1350, 4: error 5).

        A phone's own datagrams on another transfer's port are a forger's guesses at ours; before
        the first valid ACK a few of them end the transfer, and none is answered.
        """
        self.counters.strays += 1
        if transfer is not None:
            self._guessed(transfer)
        elif peer not in self._ended:
            is_answered = head >> 16 != ERROR and head != TOO_SHORT
            if is_answered and self._outgoing.allowed(peer):
                self._outgoing.error(UNKNOWN_TRANSFER, peer, port)

    def _guessed(self, transfer: Transfer) -> None:
        transfer.strays += 1
        session = transfer.session
        if transfer.strays >= _MOST_STRAYS and session is not None and not session.validated:
            self._end(transfer, "forged acknowledgements")

    def _end(self, transfer: Transfer, status: str) -> None:
        """End from our side. A transfer that still waits for the backend is told on its answer."""
        if transfer.session is None:
            del self._running[transfer.peer]
        else:
            transfer.session.end(status)
            self._finish(transfer)

    def _finish(self, transfer: Transfer) -> None:
        del self._running[transfer.peer]
        self._ended.add(transfer.peer)
        session, reply = transfer.session, transfer.reply
        if session is None or reply is None:
            return
        self.counters.whole += session.whole
        self._deliver(transfer, reply, session.ended, whole=session.whole, sent=session.bytes_sent)
        transfer.reply = transfer.session = None  # the wheel holds it a while, but not its file

    def _deliver(
        self,
        transfer: Transfer,
        reply: Answer | Refusal,
        status: str,
        *,
        whole: bool = False,
        sent: int = 0,
    ) -> None:
        outcome = Outcome(whole, sent, status, transfer.request.received_at, self._clock())
        self._backend.delivered(transfer.request, reply, outcome)
