"""All running uploads: who asked, what the receiver said, and the session that takes it in.

Uploads are few, so each has a port of its own; the transfers' shared ports see the first four
octets of a datagram only. This module opens no socket: it is given ports.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog
from twisted.internet.defer import Deferred

from provd.exchange import (
    Admission,
    IPAddress,
    Outcome,
    Reason,
    Receiver,
    Refusal,
    Request,
    Stored,
    Transport,
)
from provd.servers.paths import last_part, requested_path
from provd.servers.room import Room
from provd.servers.tftp.limits import Networks, TftpLimits
from provd.servers.tftp.negotiation import negotiate
from provd.servers.tftp.outgoing import Outgoing
from provd.servers.tftp.packets import ERROR, FileRequest, Malformed, parse_request
from provd.servers.tftp.peers import Peer, address_of, port_of
from provd.servers.tftp.refusals import (
    NO_WRITING,
    UNKNOWN_TRANSFER,
    malformed,
    upload_refusal,
)
from provd.servers.tftp.session import Pace
from provd.servers.tftp.transfer import Port
from provd.servers.tftp.write_session import TOO_MUCH, WriteSession

_MOST_UPLOADS = 64
_log = structlog.get_logger()


class UploadPort(Protocol):
    """A port for one upload."""

    def send(self, packet: bytes, peer: Peer) -> None: ...
    def close(self) -> None: ...


Received = Callable[[bytes, Peer], None]
OpenPort = Callable[[str, Received], UploadPort]
"""Opens a port on a local address; what comes in there is given to the function."""


@dataclass(slots=True)
class _Upload:
    """One phone's request; `session` and `port` are None while the receiver is asked."""

    peer: Peer
    local: str
    asked: FileRequest
    request: Request
    session: WriteSession | None = None
    port: UploadPort | None = None
    whole: Deferred[None] = field(default_factory=Deferred)

    @property
    def lingers(self) -> bool:
        return self.session is not None and self.session.lingers

    def gives_way(self, asked: FileRequest) -> bool:
        """To the same peer's next request: the phone knows that this one has ended, has given up,
        or has booted again. Not while it is being stored: that one is about to end."""
        if self.session is None or self.lingers:
            return self.lingers
        return not self.session.complete and (asked != self.asked or self.session.stalled)


class Receptions:
    """See the module. `clock` is the wall (aware, UTC), `monotonic` in seconds."""

    def __init__(
        self,
        receiver: Receiver | None,
        settings: TftpLimits,
        outgoing: Outgoing,
        open_port: OpenPort,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        largest_block: Callable[[IPAddress], int],
    ) -> None:
        self._receiver = receiver
        self._settings = settings
        self._outgoing = outgoing
        self._open_port = open_port
        self._clock = clock
        self._monotonic = monotonic
        self._largest_block = largest_block
        self._room = Room()
        self._running: dict[Peer, _Upload] = {}
        self._pace = Pace(
            settings.retransmit_seconds,
            settings.maximum_silence_seconds,
            settings.maximum_transfer_seconds,
            settings.unvalidated_seconds,
        )

    def allow(self, networks: Networks) -> None:
        """From now on nobody else gets a packet; empty allows everyone."""
        self._outgoing.allow(networks)

    @property
    def running(self) -> int:
        """How many have not ended, but for those that only wait for their last ACK's loss."""
        return sum(not one.lingers for one in self._running.values())

    def requested(self, datagram: bytes, peer: Peer, local: str, port: Port) -> None:
        """Take a write request that came to `local`; refusals leave through `port`."""
        asked = parse_request(datagram)
        if asked is None or not self._outgoing.allowed(peer):
            return
        if isinstance(asked, Malformed):
            self._outgoing.error(malformed(asked), peer, port)
            return
        running = self._running.get(peer)
        if running is not None:
            if not running.gives_way(asked):
                return
            self._end(running, "replaced by another request")
        path = requested_path(asked.name)
        if path is None or self._receiver is None:
            self._outgoing.refusal(NO_WRITING, peer, port)
        elif self._has_place():  # else it asks again
            request = Request(
                path, Transport.TFTP, address_of(peer), port_of(peer), self._clock(), method="PUT"
            )
            self._running[peer] = upload = _Upload(peer, local, asked, request)
            Deferred.fromCoroutine(self._receive(self._receiver, upload, port))

    def _has_place(self) -> bool:
        """Who only waits for its last ACK's loss makes room, the oldest first."""
        if len(self._running) >= _MOST_UPLOADS:
            oldest = next((one for one in self._running.values() if one.lingers), None)
            if oldest is not None:
                self._forget(oldest)
        return len(self._running) < _MOST_UPLOADS

    def sweep(self) -> None:
        now = self._monotonic()
        for upload in list(self._running.values()):
            session = upload.session
            if session is not None and now >= session.deadline:
                self._send(upload, session.expire(now))
                self._look(upload, session)

    def abandon(self) -> None:
        """End all that runs: the server stops."""
        for upload in list(self._running.values()):
            self._end(upload, "server stopped")

    def _end(self, upload: _Upload, status: str) -> None:
        if upload.session is not None:
            upload.session.end(status)
            self._look(upload, upload.session)

    async def _receive(self, receiver: Receiver, upload: _Upload, port: Port) -> None:
        """To its end, whatever happens, so that the outcome is told once."""
        reply: Admission | Stored | Refusal
        try:
            reply = await receiver.admit(upload.request)
            if isinstance(reply, Admission):
                reply = await self._admitted(receiver, upload, reply)
        except Exception:
            _log.exception("receiver-failed", file=last_part(upload.request.path))
            reply = Refusal(Reason.UNAVAILABLE)
        status = self._answered(upload, reply, port)
        octets = upload.session.octets if upload.session is not None else 0
        whole = isinstance(reply, Stored)
        outcome = Outcome(whole, octets, status, upload.request.received_at, self._clock())
        receiver.received(upload.request, reply, outcome)

    async def _admitted(
        self, receiver: Receiver, upload: _Upload, admission: Admission
    ) -> Stored | Refusal:
        most, subject = admission.maximum_octets, admission.subject
        size = _announced(upload.asked)
        if size > most:
            return Refusal(Reason.TOO_LARGE, subject)
        if not self._room.take(most):
            return Refusal(Reason.UNAVAILABLE, subject)
        try:
            session = self._begun(upload, size, most)
            await upload.whole
            if not session.complete:
                too_large = session.ended == TOO_MUCH
                return Refusal(Reason.TOO_LARGE if too_large else Reason.UPLOAD_BROKEN, subject)
            content = session.content
            if upload.asked.netascii:  # RFC 764, by RFC 1350
                content = content.replace(b"\r\n", b"\n").replace(b"\r\0", b"\r")
            return await receiver.store(upload.request, admission, content)
        finally:
            self._room.give_back(most)

    def _begun(self, upload: _Upload, size: int, most: int) -> WriteSession:
        address = upload.request.address
        terms = negotiate(
            upload.asked.options,
            size=size,
            maximum_block=self._settings.maximum_block_octets or self._largest_block(address),
            maximum_window=self._settings.maximum_window_blocks,
        )
        session = upload.session = WriteSession(terms, self._pace, most, self._monotonic())
        upload.port = self._open_port(
            upload.local, lambda datagram, peer: self._received(upload, datagram, peer)
        )
        self._send(upload, session.opening())
        return session

    def _received(self, upload: _Upload, datagram: bytes, peer: Peer) -> None:
        session = upload.session
        if session is None:
            return
        if peer != upload.peer:  # RFC 1350, 4: it gets error 5, and the upload lives
            self._strayed(upload, datagram, peer)
            return
        self._send(upload, session.receive(datagram, self._monotonic()))
        self._look(upload, session)

    def _strayed(self, upload: _Upload, datagram: bytes, peer: Peer) -> None:
        if int.from_bytes(datagram[:2], "big") == ERROR or not self._outgoing.allowed(peer):
            return
        if self._outgoing.affords(UNKNOWN_TRANSFER, peer):
            self._send_to(upload, UNKNOWN_TRANSFER, peer)

    def _look(self, upload: _Upload, session: WriteSession) -> None:
        """After anything happened: all is there, or nothing more will come."""
        if (session.complete or session.ended) and not upload.whole.called:
            upload.whole.callback(None)
        elif session.ended:
            self._forget(upload)

    def _answered(self, upload: _Upload, reply: Stored | Refusal, port: Port) -> str:
        """Tells the phone; returns the status for the journal."""
        session, now = upload.session, self._monotonic()
        if isinstance(reply, Stored) and session is not None:
            self._send(upload, session.stored(now))
            if session.ended:  # it gave up, or we stop: what was stored stays
                self._forget(upload)
            return "ACK"
        status = session.ended if session is not None else ""
        packet = b"" if status or not isinstance(reply, Refusal) else upload_refusal(reply.reason)
        if packet and upload.port is not None:
            upload.port.send(packet, upload.peer)
        elif packet:
            self._outgoing.refusal(packet, upload.peer, port)
        self._forget(upload)
        return status or (f"ERROR {packet[3]}" if packet else "no answer")

    def _send(self, upload: _Upload, packet: bytes) -> None:
        if packet:
            self._send_to(upload, packet, upload.peer)

    def _send_to(self, upload: _Upload, packet: bytes, peer: Peer) -> None:
        if upload.port is not None:
            upload.port.send(packet, peer)

    def _forget(self, upload: _Upload) -> None:
        if self._running.get(upload.peer) is upload:
            del self._running[upload.peer]
        if upload.port is not None:
            upload.port.close()
            upload.port = None


def _announced(asked: FileRequest) -> int:
    """The size by tsize (RFC 2349), 0 where the phone tells none."""
    value = asked.options.get(b"tsize", b"")
    return int(value) if value.isdigit() and len(value) <= 20 else 0
