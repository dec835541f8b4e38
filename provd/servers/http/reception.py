"""An upload on its way: asked about before its body is read, kept whole or not at all, and its
outcome told exactly once.

This module knows nothing of deadlines, order or parsing; a connection drives it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from twisted.internet.defer import Deferred

from provd.exchange import Admission, Outcome, Reason, Receiver, Refusal, Request, Stored
from provd.servers.http.exchange import Served
from provd.servers.http.parser import Body
from provd.servers.http.replies import error, head, upload_status
from provd.servers.paths import last_part

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_log = structlog.get_logger()


class Reception:
    """Call `begin` once, `arrived` when more of the body came, `broken` when it can't go on;
    `finished` is called at the end. Until the receiver admits it, nothing is read."""

    def __init__(
        self,
        served: Served,
        receiver: Receiver,
        transport: Any,
        request: Request,
        body: Body,
        *,
        keep_alive: bool,
        finished: Callable[[], None],
    ) -> None:
        self.request = request
        self.keep_alive = keep_alive
        self.doubtful = False
        self._served = served
        self._receiver = receiver
        self._transport = transport
        self._body = body
        self._finished = finished
        self._whole: Deferred[None] = Deferred()
        self._ended = ""

    @property
    def complete(self) -> bool:
        """Whether the body is all there."""
        return self._body.complete

    def begin(self) -> None:
        if not self._body.complete:
            self._transport.pauseProducing()
        Deferred.fromCoroutine(self._receive())

    def arrived(self) -> None:
        if self._body.complete and not self._whole.called:
            self._whole.callback(None)

    def broken(self, status: int) -> None:
        """The connection answers with `status`, and ends."""
        self._end(str(status))

    def lost(self) -> None:
        self._end("aborted")

    def _end(self, status: str) -> None:
        self._ended = self._ended or status
        if not self._whole.called:
            self._whole.callback(None)

    async def _receive(self) -> None:
        """To its end, whatever becomes of the connection: so the outcome is told once."""
        reply: Admission | Stored | Refusal
        try:
            reply = await self._receiver.admit(self.request)
            if isinstance(reply, Admission):
                reply = await self._admitted(reply)
        except Exception:
            _log.exception("receiver-failed", file=last_part(self.request.path))
            reply = Refusal(Reason.UNAVAILABLE)
        if not self._ended:
            self._respond(reply)
        self._tell(reply, self._ended)

    async def _admitted(self, admission: Admission) -> Stored | Refusal:
        body, most = self._body, admission.maximum_octets
        if body.declared > most or len(body.content) > most:
            return Refusal(Reason.TOO_LARGE, admission.subject)
        if not self._served.room.take(most):
            return Refusal(Reason.UNAVAILABLE, admission.subject)
        try:
            await self._taken(most)
            if not body.complete or len(body.content) > most:
                too_large = body.complete or self._ended == "413"
                reason = Reason.TOO_LARGE if too_large else Reason.UPLOAD_BROKEN
                return Refusal(reason, admission.subject)
            return await self._receiver.store(self.request, admission, bytes(body.content))
        finally:
            self._served.room.give_back(most)

    async def _taken(self, most: int) -> None:
        """Waits for the body, or for the connection's end."""
        body = self._body
        body.maximum_octets = most
        if body.complete or self._ended:
            return
        if body.expects and not body.content:
            self._transport.write(_CONTINUE)
        self._transport.resumeProducing()
        await self._whole

    def _respond(self, reply: Stored | Refusal) -> None:
        if isinstance(reply, Refusal) and reply.reason is Reason.BLOCKED:
            self._ended = "aborted"
            self._transport.abortConnection()
            return
        status = upload_status(reply)
        self._ended = str(status)
        self.keep_alive = self.keep_alive and self._body.complete
        self._transport.write(self._response(reply, status))
        if not self._body.complete:
            self._transport.resumeProducing()
        self._finished()

    def _response(self, reply: Stored | Refusal, status: int) -> bytes:
        now = self._served.clock()
        if isinstance(reply, Stored):
            length = b"Content-Length: 0\r\n" if status == 201 else b""
            return head(status, now, length, keep_alive=self.keep_alive)
        return error(
            status,
            now,
            keep_alive=self.keep_alive,
            retry_after_seconds=self._served.limits.retry_after_seconds,
            challenge=reply.challenge,
        )

    def _tell(self, reply: Stored | Refusal, status: str) -> None:
        self._served.statuses.count(status)
        size, now = len(self._body.content), self._served.clock()
        whole = isinstance(reply, Stored)
        outcome = Outcome(whole, size, status, self.request.received_at, now)
        self._receiver.received(self.request, reply, outcome)
