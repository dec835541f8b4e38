"""One phone's connection: requests in order, one at a time, each within its deadline.

    WAITING -> READING -> ANSWERING -> WAITING ... -> CLOSING
                  `--> RECEIVING --'        an upload, whose body comes once it is admitted

While an answer is under way and an upload waits behind it, nothing is read, or its body would lie
in memory before anybody admitted it. No timer runs per connection: the server's sweep calls
`check`. This module knows neither listening nor what a file is.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from provd.exchange import IPAddress, Request, Transport
from provd.servers.http.connections import Verdict
from provd.servers.http.exchange import Exchange, Served
from provd.servers.http.heads import Heads
from provd.servers.http.parser import Body, Incoming, RequestParser, Stage
from provd.servers.http.reception import Reception
from provd.servers.http.replies import error
from provd.servers.http.targets import host_name
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
    draining: Callable[[], bool]
    answered: Callable[[Connection], None] = lambda _: None
    heads: Heads[Incoming] = field(default_factory=Heads)


class State(enum.Enum):
    """See the module."""

    WAITING = enum.auto()
    READING = enum.auto()
    RECEIVING = enum.auto()
    ANSWERING = enum.auto()
    CLOSING = enum.auto()


class Connection(Protocol):
    """Serves one client, or tells it 503, as `verdict` says."""

    def __init__(self, surroundings: Surroundings, address: IPAddress, verdict: Verdict) -> None:
        self.address = address
        self.verdict = verdict
        self.generation: int | None = None
        self._around = surroundings
        self._limits = surroundings.served.limits
        uploads = surroundings.served.receiver is not None
        self._parser = RequestParser(self._limits, uploads=uploads, heads=surroundings.heads)
        self._queue: deque[Incoming] = deque()
        self._exchange: Exchange | Reception | None = None
        self._state = State.WAITING
        self._used = False
        self._held = False
        self._input_ended = False
        self._identified = False
        self._began_at = surroundings.monotonic()
        self._deadline = self._began_at + self._limits.header_seconds
        self._answer_by = 0.0

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        if self._state is State.CLOSING or self._parser.problem:
            return
        self._queue.extend(self._parser.feed(data))
        if len(self._queue) > self._limits.maximum_pipelined_requests:
            self.abort()
            return
        if self._state is State.WAITING and (self._queue or self._parser.begun):
            self._begin_reading()
        if self._state is State.RECEIVING:
            self._receive_more()
        self._proceed()
        self._hold()

    def readConnectionLost(self) -> None:  # noqa: N802 (Twisted's name)
        """The client will send no more. What it asked for is still answered, but who closes for
        good says the same: such an answer proves nothing."""
        self._input_ended = True
        if self._exchange is not None:
            self._exchange.doubtful = True
        if self._state in (State.WAITING, State.READING):
            self._close()
        elif self._state is State.RECEIVING:
            self.abort()

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: N802 (Twisted's name)
        exchange, self._exchange = self._exchange, None
        self._state = State.CLOSING
        self._queue.clear()
        self._parser.close()
        self._around.left(self)
        if exchange is not None:
            exchange.lost()

    def check(self, now: float) -> None:
        """End what is beyond its deadline."""
        if now < self._deadline:
            return
        if self._state is State.READING:
            self._close_with(_REQUEST_TIMEOUT)
        elif self._state is State.WAITING:
            self._close()
        elif self._state is State.RECEIVING:
            self._break_off(_REQUEST_TIMEOUT)
        else:
            self.abort()

    def drain(self) -> None:
        """The server stops: no further request, but the running one is answered, and the first one
        of whoever has just connected."""
        if self._state is State.WAITING and self._used:
            self._close()
            self._deadline = self._around.monotonic()
        elif self._exchange is not None:
            self._exchange.keep_alive = False

    def abort(self) -> None:
        """Cut the connection; what was not written is lost."""
        self._state = State.CLOSING
        self._queue.clear()
        self._connection.abortConnection()

    def _begin_reading(self) -> None:
        """The first request's deadline runs since the connection was made."""
        self._state = State.READING
        if self._used:
            self._began_at = self._around.monotonic()
            self._deadline = self._began_at + self._limits.header_seconds
        self._used = True

    def _proceed(self) -> None:
        """Answer what is complete, in order; then wait for more, or close."""
        while self._queue and self._state is State.READING:
            self._answer(self._queue.popleft())
        if self._state is not State.READING:
            return
        if self._parser.problem:
            self._close_with(self._parser.problem)
        elif self._input_ended:
            self._close()
        elif self._parser.stage is Stage.IDLE:
            self._state = State.WAITING
            self._deadline = self._around.monotonic() + self._limits.keep_alive_seconds
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
            self._begin_exchange(incoming, self._request(incoming, path))

    def _begin_exchange(self, incoming: Incoming, request: Request) -> None:
        self._state = State.ANSWERING
        self._answer_by = self._around.monotonic() + self._limits.response_seconds
        self._deadline = self._answer_by
        self._exchange = Exchange(
            self._around.served,
            self._connection,
            request,
            keep_alive=self._keeps_alive(incoming),
            progressed=self._progressed,
            finished=self._finished,
        )
        self._exchange.doubtful = self._input_ended
        self._exchange.begin()

    def _begin_reception(self, incoming: Incoming, body: Body, path: str | None) -> None:
        receiver = self._around.served.receiver
        if path is None or receiver is None:
            self._close_with(405)
            return
        self._exchange = reception = Reception(
            self._around.served,
            receiver,
            self._connection,
            self._request(incoming, path),
            body,
            keep_alive=self._keeps_alive(incoming),
            finished=self._finished,
        )
        self._state = State.RECEIVING
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
            self._state = State.ANSWERING
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
        self._around.answered(self)
        if exchange is None or not exchange.keep_alive:
            self._close()
            return
        self._state = State.READING
        self._began_at = self._around.monotonic()
        self._deadline = self._began_at + self._limits.header_seconds
        self._let_go()
        self._proceed()
        self._hold()

    def _hold(self) -> None:
        """Of a client that isn't listened to nobody knows whether it still listens."""
        if self._held or self._state is not State.ANSWERING or self._exchange is None:
            return
        if any(incoming.body is not None for incoming in self._queue):
            self._held = self._exchange.doubtful = True
            self._connection.pauseProducing()

    def _let_go(self) -> None:
        if self._held:
            self._held = False
            self._connection.resumeProducing()

    def _request(self, incoming: Incoming, path: str) -> Request:
        if not self._identified:
            self._identify()
        host = incoming.headers.get("host", "")
        return Request(
            path,
            self._around.transport,
            self.address,
            self._port,
            self._around.served.clock(),
            agent=incoming.headers.get("user-agent", ""),
            method=incoming.method,
            host=host_name(host) or server_name(self._connection),
            certificate=self._certificate,
            headers=incoming.headers,
        )

    def _identify(self) -> None:
        """Once per connection: before its first request is complete, so is the TLS handshake."""
        self._identified = True
        self._port: int = self._connection.getPeer().port
        self._certificate = client_certificate(self._connection)

    def _refuse(self, status: int, incoming: Incoming) -> None:
        keep_alive = self._keeps_alive(incoming)
        self._write_error(status, keep_alive=keep_alive, with_body=incoming.method != "HEAD")
        if not keep_alive:
            self._close()

    def _keeps_alive(self, incoming: Incoming) -> bool:
        return incoming.keep_alive and not self._around.draining()

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
        self._connection.write(response)

    def _close(self) -> None:
        """What is written still leaves, within `closing_seconds`."""
        self._state = State.CLOSING
        self._queue.clear()
        self._deadline = self._around.monotonic() + self._limits.closing_seconds
        self._connection.loseConnection()

    @property
    def _connection(self) -> Any:
        """A Stream, or whatever else has its methods."""
        return self.transport
