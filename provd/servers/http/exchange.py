"""One request on its way: asked of the backend, answered, and its outcome told exactly once.

This module knows nothing of deadlines, order or parsing; a connection drives it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from twisted.internet.defer import Deferred

from provd.exchange import Answer, Backend, Outcome, Reason, Receiver, Refusal, Request
from provd.servers.http.body import ResponseProducer
from provd.servers.http.conditions import Selection, select
from provd.servers.http.limits import HttpLimits
from provd.servers.http.replies import answer_head, error, refusal_status
from provd.servers.http.statuses import Statuses
from provd.servers.paths import last_part
from provd.servers.room import Room

_NOTHING = Selection(0)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Served:
    """What every exchange of a server needs. `clock` is the wall, aware and UTC. Without a
    `receiver` nothing may be uploaded; all uploads on their way share `room`."""

    backend: Backend
    limits: HttpLimits
    clock: Callable[[], datetime]
    statuses: Statuses = field(default_factory=Statuses)
    receiver: Receiver | None = None
    room: Room = field(default_factory=Room)


class Exchange:
    """Call `begin` once; `progressed` whenever a long body moved on, `finished` at the end.

    `Outcome.whole`: the kernel has taken the last octet of a full 200, on TLS after encryption, and
    `bytes_sent` counts what it has surely taken. That the phone read it, HTTP does not tell; one
    that had already ended its side (`doubtful`) may have been gone, and its answer is not whole.
    """

    __slots__ = (
        "_finished", "_lost", "_progressed", "_reply", "_response", "_selection", "_served",
        "_transport", "doubtful", "keep_alive", "request",
    )  # fmt: skip

    def __init__(
        self,
        served: Served,
        transport: Any,
        request: Request,
        *,
        keep_alive: bool,
        progressed: Callable[[], None],
        finished: Callable[[], None],
    ) -> None:
        self.request = request
        self.keep_alive = keep_alive
        self.doubtful = False
        self._served = served
        self._transport = transport
        self._progressed = progressed
        self._finished = finished
        self._reply: Answer | Refusal | None = None
        self._response: ResponseProducer | None = None
        self._selection = _NOTHING
        self._lost = False

    def begin(self) -> None:
        reply = self._served.backend.ready(self.request)
        if reply is None:
            Deferred.fromCoroutine(self._wait())
        else:
            self._respond(reply)

    def lost(self) -> None:
        """The connection went before `finished`. A reply still to come is told when it comes."""
        self._lost = True
        if self._reply is not None:
            sent = self._response.taken if self._response is not None else 0
            self._tell(self._reply, "aborted", sent=sent)

    async def _wait(self) -> None:
        try:
            reply = await self._served.backend.answer(self.request)
        except Exception:
            _log.exception("backend-failed", file=last_part(self.request.path))
            reply = Refusal(Reason.UNAVAILABLE)
        if self._lost:
            self._tell(reply, "aborted")
        else:
            self._respond(reply)

    def _respond(self, reply: Answer | Refusal) -> None:
        self._reply = reply
        if isinstance(reply, Refusal):
            self._refuse(reply)
            return
        request = self.request
        selection = select(reply, request.headers, ranges=request.method == "GET")
        head = answer_head(reply, selection, self._served.clock(), keep_alive=self.keep_alive)
        if request.method == "HEAD":
            selection = Selection(selection.status)
        self._send(reply, selection, head)

    def _refuse(self, refusal: Refusal) -> None:
        if refusal.reason is Reason.BLOCKED:
            self._transport.abortConnection()  # `lost` tells how it ended
            return
        status = refusal_status(refusal)
        response = error(
            status,
            self._served.clock(),
            keep_alive=self.keep_alive,
            retry_after_seconds=self._served.limits.retry_after_seconds,
            with_body=self.request.method != "HEAD",
            challenge=refusal.challenge,
        )
        self._transport.write(response)
        self._end(refusal, str(status))

    def _send(self, answer: Answer, selection: Selection, head: bytes) -> None:
        self._selection = selection
        self._response = ResponseProducer(
            self._transport,
            head,
            answer.content,
            selection.start,
            selection.end,
            self._served.limits.write_octets,
            self._progressed,
            self._sent,
        )
        self._response.start()

    def _sent(self) -> None:
        selection = self._selection
        full = selection.status == 200 and self.request.method == "GET"
        octets = selection.end - selection.start
        if self._reply is not None:
            whole = full and not self.doubtful
            self._end(self._reply, str(selection.status), whole=whole, sent=octets)

    def _end(
        self, reply: Answer | Refusal, status: str, *, whole: bool = False, sent: int = 0
    ) -> None:
        self._tell(reply, status, whole=whole, sent=sent)
        self._finished()

    def _tell(
        self, reply: Answer | Refusal, status: str, *, whole: bool = False, sent: int = 0
    ) -> None:
        self._response = None  # each holds the other: only a garbage collection would free them
        self._served.statuses.count(status)
        outcome = Outcome(whole, sent, status, self.request.received_at, self._served.clock())
        self._served.backend.delivered(self.request, reply, outcome)
