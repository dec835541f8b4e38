"""One phone's connection: requests in order, one at a time, each within its deadline.

    WAITING -> READING -> ANSWERING -> WAITING ... -> CLOSING
                  `--> RECEIVING --'        an upload, whose body comes once it is admitted

An answer from memory that leaves at once needs no ANSWERING: who was READING has it already.
While an answer is under way and an upload waits behind it, nothing is read, or its body would lie
in memory before anybody admitted it. No timer runs per connection: the server's sweep calls
`check`. This module knows neither listening nor what a file is.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from provd.exchange import Answer, ClientCertificate, IPAddress, Request, Transport
from provd.servers.http.connections import Verdict
from provd.servers.http.exchange import Exchange, Served
from provd.servers.http.heads import Heads
from provd.servers.http.parser import Body, Incoming, RequestParser, Stage
from provd.servers.http.reception import Reception
from provd.servers.http.replies import error, whole_head
from provd.servers.tls import client_certificate, server_name

_REQUEST_TIMEOUT = 408
_METHODS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all connections of a server share; `monotonic` counts seconds."""

    served: Served
    transport: Transport
    monotonic: Callable[[], float]
    left: Callable[[Connection], None]
    answered: Callable[[Connection], None] = lambda _: None
    heads: Heads[Incoming] = field(default_factory=Heads)


class State(enum.Enum):
    """See the module."""

    WAITING = enum.auto()
    READING = enum.auto()
    RECEIVING = enum.auto()
    ANSWERING = enum.auto()
    CLOSING = enum.auto()


# By one look-up each, where State.WAITING takes two, one of them in a class. Final is for the
# compiler, which then needs none.
WAITING: Final[State] = State.WAITING
READING: Final[State] = State.READING
RECEIVING: Final[State] = State.RECEIVING
ANSWERING: Final[State] = State.ANSWERING
CLOSING: Final[State] = State.CLOSING


class Connection:
    """Serves one client, or tells it 503, as `verdict` says.

    It has the methods of Twisted's protocols, but is no heir of theirs: with a dictionary for its
    attributes it would be twice as large, and the compiler could not tell where they lie."""

    __slots__ = (
        "_answer_by", "_around", "_began_at", "_certificate", "_deadline", "_draining", "_exchange",
        "_held", "_identified", "_input_ended", "_limits", "_parser", "_port", "_queue", "_state",
        "_used", "address", "generation", "transport", "verdict", "whose",
    )  # fmt: skip

    def __init__(self, surroundings: Surroundings, address: IPAddress, verdict: Verdict) -> None:
        self.address = address
        self.verdict = verdict
        self.whose = 0
        self.generation: int | None = None
        self.transport: Any = None  # a Stream, or whatever else has its methods
        self._around = surroundings
        self._limits = surroundings.served.limits
        uploads = surroundings.served.receiver is not None
        self._parser = RequestParser(self._limits, uploads=uploads, heads=surroundings.heads)
        self._queue: list[Incoming] = []  # of a few at most: a deque has room for 64 at once
        self._exchange: Exchange | Reception | None = None
        self._state = WAITING
        self._used = False
        self._draining = False
        self._held = False
        self._input_ended = False
        self._identified = False
        self._port = 0
        self._certificate: ClientCertificate | None = None
        self._began_at = surroundings.monotonic()
        self._deadline = self._began_at + self._limits.header_seconds
        self._answer_by = 0.0

    def makeConnection(self, transport: Any) -> None:  # noqa: N802 (Twisted's name)
        self.transport = transport

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        if self._state is WAITING:
            known = self._parser.known(data)
            if known is not None:  # one request as it came before: nothing is queued behind it
                self._used = True
                self._state = READING
                self._answer(known)
                if self._state is READING:
                    self._wait()
                return
        elif self._state is CLOSING or self._parser.problem:
            return
        self._queue.extend(self._parser.feed(data))
        if len(self._queue) > self._limits.maximum_pipelined_requests:
            self.abort()
            return
        if self._state is WAITING and (self._queue or self._parser.begun):
            self._begin_reading()
        if self._state is RECEIVING:
            self._receive_more()
        self._proceed()
        self._hold()

    def readConnectionLost(self) -> None:  # noqa: N802 (Twisted's name)
        """The client will send no more. What it asked for is still answered, but who closes for
        good says the same: such an answer proves nothing."""
        self._input_ended = True
        if self._exchange is not None:
            self._exchange.doubtful = True
        if self._state in (WAITING, READING):
            self._close()
        elif self._state is RECEIVING:
            self.abort()

    def connectionLost(self, reason: object = None) -> None:  # noqa: N802 (Twisted's name)
        exchange, self._exchange = self._exchange, None
        self._state = CLOSING
        self._queue.clear()
        self._parser.close()
        self._around.left(self)
        if exchange is not None:
            exchange.lost()

    def check(self, now: float) -> None:
        """End what is beyond its deadline."""
        if now < self._deadline:
            return
        if self._state is READING:
            self._close_with(_REQUEST_TIMEOUT)
        elif self._state is WAITING:
            self._close()
        elif self._state is RECEIVING:
            self._break_off(_REQUEST_TIMEOUT)
        else:
            self.abort()

    def drain(self) -> None:
        """The server stops: no further request, but the running one is answered, and the first one
        of whoever has just connected."""
        if self._state is WAITING and self._used:
            self._close()
            self._deadline = self._around.monotonic()
        elif self._exchange is not None:
            self._exchange.keep_alive = False
        self._draining = True

    def abort(self) -> None:
        """Cut the connection; what was not written is lost."""
        self._state = CLOSING
        self._queue.clear()
        self.transport.abortConnection()

    def _begin_reading(self) -> None:
        """The first request's deadline runs since the connection was made."""
        self._state = READING
        if self._used:
            self._began_at = self._around.monotonic()
            self._deadline = self._began_at + self._limits.header_seconds
        self._used = True

    def _wait(self) -> None:
        self._state = WAITING
        self._deadline = self._began_at + self._limits.keep_alive_seconds

    def _proceed(self) -> None:
        """Answer what is complete, in order; then wait for more, or close."""
        while self._queue and self._state is READING:
            self._answer(self._queue.pop(0))
        if self._state is not READING:
            return
        if self._parser.problem:
            self._close_with(self._parser.problem)
        elif self._input_ended:
            self._close()
        elif self._parser.stage is Stage.IDLE:
            self._wait()
        elif self._parser.stage is Stage.BODY:
            self._deadline = self._began_at + self._limits.request_seconds

    def _answer(self, incoming: Incoming) -> None:
        path = incoming.path
        if self.verdict is Verdict.TURNED_AWAY:
            self._close_with(503, with_body=incoming.method != "HEAD")
        elif incoming.body is not None:
            self._begin_reception(incoming, incoming.body, path)
        elif incoming.method not in _METHODS:
            self._refuse(405, incoming)
        elif path is None:
            self._refuse(404, incoming)
        else:
            self._ask(incoming, path)

    def _ask(self, incoming: Incoming, path: str) -> None:
        """What is in memory, and leaves at once, needs no Exchange: so do nearly all answers. It
        began and ended in the same moment."""
        served, request = self._around.served, self._request(incoming, path)
        reply = served.backend.ready(request)
        keep_alive = incoming.keep_alive and not self._draining
        if (
            not incoming.plain
            or not isinstance(reply, Answer)
            or len(reply.content) > served.limits.write_octets
        ):
            self._begin_exchange(request, keep_alive=keep_alive).begin(reply)
            return
        now, content = request.received_at, reply.content
        write = self.transport.write if keep_alive else self.transport.write_last
        if write(whole_head(reply, now, keep_alive=keep_alive) + content):
            self._begin_exchange(request, keep_alive=keep_alive).written(reply)
            return
        served.tell(request, reply, "200", now, not self._input_ended, len(content))
        self._over(keep_alive=keep_alive)

    def _begin_exchange(self, request: Request, *, keep_alive: bool) -> Exchange:
        self._state = ANSWERING
        self._answer_by = self._around.monotonic() + self._limits.response_seconds
        self._deadline = self._answer_by
        self._exchange = exchange = Exchange(
            self._around.served,
            self.transport,
            request,
            keep_alive=keep_alive,
            doubtful=self._input_ended,
            progressed=self._progressed,
            finished=self._finished,
        )
        return exchange

    def _begin_reception(self, incoming: Incoming, body: Body, path: str | None) -> None:
        receiver = self._around.served.receiver
        if path is None or receiver is None:
            self._close_with(405)
            return
        self._exchange = reception = Reception(
            self._around.served,
            receiver,
            self.transport,
            self._request(incoming, path),
            body,
            keep_alive=incoming.keep_alive and not self._draining,
            finished=self._finished,
        )
        self._state = RECEIVING
        self._deadline = self._began_at + self._limits.request_seconds
        reception.begin()
        self._receive_more()

    def _receive_more(self) -> None:
        reception = self._exchange
        if not isinstance(reception, Reception):
            return
        if self._parser.problem and not reception.complete:
            self._break_off(self._parser.problem)
        elif reception.complete:
            self._state = ANSWERING
            self._answer_by = self._around.monotonic() + self._limits.response_seconds
            self._deadline = self._answer_by
            reception.arrived()

    def _break_off(self, status: int) -> None:
        if isinstance(self._exchange, Reception):
            self._exchange.broken(status)
        self._exchange = None
        self._close_with(status)

    def _progressed(self) -> None:
        stalled = self._around.monotonic() + self._limits.stalled_seconds
        self._deadline = min(stalled, self._answer_by)

    def _finished(self) -> None:
        exchange, self._exchange = self._exchange, None
        self._over(keep_alive=exchange is not None and exchange.keep_alive)
        if self._state is READING:
            self._let_go()
            self._proceed()
            self._hold()

    def _over(self, *, keep_alive: bool) -> None:
        """A request has its answer; the next one's time begins."""
        if self.generation is not None:
            self._around.answered(self)
        if keep_alive:
            self._state = READING
            self._began_at = self._around.monotonic()
            self._deadline = self._began_at + self._limits.header_seconds
        else:
            self._close()

    def _hold(self) -> None:
        """Of a client that isn't listened to nobody knows whether it still listens."""
        if self._held or self._state is not ANSWERING or self._exchange is None:
            return
        if any(incoming.body is not None for incoming in self._queue):
            self._held = self._exchange.doubtful = True
            self.transport.pauseProducing()

    def _let_go(self) -> None:
        if self._held:
            self._held = False
            self.transport.resumeProducing()

    def _request(self, incoming: Incoming, path: str) -> Request:
        if not self._identified:
            self._identify()
        return Request(
            path,
            self._around.transport,
            self.address,
            self._port,
            self._around.served.clock(),
            incoming.agent,
            incoming.method,
            incoming.host or server_name(self.transport),
            self._certificate,
            incoming.headers,
        )

    def _identify(self) -> None:
        """Once per connection: before its first request is complete, so is the TLS handshake."""
        self._identified = True
        self._port = self.transport.getPeer().port
        self._certificate = client_certificate(self.transport)

    def _refuse(self, status: int, incoming: Incoming) -> None:
        """What the backend is not asked about."""
        keep_alive = incoming.keep_alive and not self._draining
        self._write_error(status, keep_alive=keep_alive, with_body=incoming.method != "HEAD")
        self._over(keep_alive=keep_alive)

    def _close_with(self, status: int, *, with_body: bool = True) -> None:
        self._write_error(status, keep_alive=False, with_body=with_body)
        self._close()

    def _write_error(self, status: int, *, keep_alive: bool, with_body: bool) -> None:
        response = error(
            status,
            self._around.served.clock(),
            keep_alive=keep_alive,
            retry_after_seconds=self._limits.retry_after_seconds,
            with_body=with_body,
        )
        self._around.served.statuses.count(str(status))
        write = self.transport.write if keep_alive else self.transport.write_last
        write(response)

    def _close(self) -> None:
        """What is written still leaves, within `closing_seconds`."""
        self._state = CLOSING
        self._queue.clear()
        self._deadline = self._around.monotonic() + self._limits.closing_seconds
        self.transport.loseConnection()
