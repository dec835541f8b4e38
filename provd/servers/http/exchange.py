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

    def tell(
        self,
        request: Request,
        reply: Answer | Refusal,
        status: str,
        finished_at: datetime,
        whole: bool,
        sent: int,
    ) -> None:
        """How the sending of one reply ended; once for each."""
        self.statuses.count(status)
        outcome = Outcome(whole, sent, status, request.received_at, finished_at)
        self.backend.delivered(request, reply, outcome)


class Exchange:
    """A request that is not over at once. Call `begin` once, or `written` where all of a small file
    is; `progressed` is called whenever a body must wait, `finished` at the end.

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
        doubtful: bool,
        progressed: Callable[[], None],
        finished: Callable[[], None],
    ) -> None:
        self.request = request
        self.keep_alive = keep_alive
        self.doubtful = doubtful
        self._served = served
        self._transport = transport
        self._progressed = progressed
        self._finished = finished
        self._reply: Answer | Refusal | None = None
        self._response: ResponseProducer | None = None
        self._selection = _NOTHING
        self._lost = False

    def begin(self, reply: Answer | Refusal | None) -> None:
        """`reply`: what the backend had ready, None where that takes a thread."""
        if reply is None:
            Deferred.fromCoroutine(self._find())
        else:
            self._respond(reply)

    def written(self, answer: Answer) -> None:
        """All of the `answer` is written, and waits to be taken."""
        self._reply = answer
        self._response_of(answer, Selection(200, 0, len(answer.content))).wait()

    def lost(self) -> None:
        """The connection went before `finished`. A reply still to come is told when it comes."""
        self._lost = True
        if self._reply is not None:
            sent = self._response.taken if self._response is not None else 0
            self._tell(self._reply, "aborted", sent=sent)

    async def _find(self) -> None:
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
        self._response_of(reply, selection).begin(head)

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
        write = self._transport.write if self.keep_alive else self._transport.write_last
        write(response)
        self._end(refusal, str(status))

    def _response_of(self, answer: Answer, selection: Selection) -> ResponseProducer:
        self._selection = selection
        self._response = ResponseProducer(
            self._transport,
            answer.content,
            selection.start,
            selection.end,
            self._served.limits.write_octets,
            self._progressed,
            self._sent,
        )
        return self._response

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
        served = self._served
        served.tell(self.request, reply, status, served.clock(), whole, sent)
