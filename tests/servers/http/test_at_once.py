"""What leaves at once is answered as what has to wait is: the same octets, outcome and state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred

from provd.exchange import Answer, Outcome, Reason, Refusal, Request, Transport
from provd.servers.addresses import caller
from provd.servers.http.connection import Connection, State, Surroundings
from provd.servers.http.connections import Verdict
from provd.servers.http.exchange import Served
from provd.servers.http.heads import Heads
from provd.servers.http.limits import HttpLimits
from provd.servers.http.parser import Incoming
from tests.servers.files import NOW, DictBackend
from tests.servers.http.test_connection import Wire, get, lose

FILES = {"a.cfg": b"hello", "empty.cfg": b"", "middle.cfg": b"m" * 300, "big.rom": bytes(200_000)}
ASKED = (
    get("a.cfg"),
    get("a.cfg", "Host: provd", "User-Agent: x"),
    get("a.cfg", "Connection: close"),
    get("a.cfg", version="1.0"),
    get("a.cfg", method="HEAD"),
    get("a.cfg", "Range: bytes=1-2"),
    get("a.cfg", "If-None-Match: *"),
    get("a.cfg", "If-Modified-Since: Sun, 01 Mar 2026 12:00:00 GMT"),
    get("a.cfg", "If-Modified-Since: nonsense"),
    get("a.cfg", method="PUT"),
    get("../a.cfg"),
    get("empty.cfg"),
    get("middle.cfg"),
    get("big.rom"),
    get("missing.cfg"),
    get("late.cfg"),
    get("a.cfg") + get("middle.cfg"),
    get("a.cfg") + b"GET",
    b" /a.cfg HTTP/1.1\r\n\r\n",
    b"\r\n",
)
STEPS = st.one_of(
    st.sampled_from(ASKED), st.sampled_from(["read", "drain", "half", "lost", "late"])
)
ROOM = st.sampled_from([0, 10, 400, 1 << 30])


class Patient(DictBackend):
    """Has nothing ready, so every answer is an Exchange."""

    def ready(self, request: Request) -> None:
        self.asked.append(request)

    async def answer(self, request: Request) -> Answer | Refusal:
        if request.path in self.waiting:
            return await super().answer(request)
        return self._reply(request)


@dataclass
class Seen:
    """All that can be told of a connection from outside, and its deadline."""

    octets: bytes
    outcomes: list[Outcome]
    statuses: list[int]
    ends: tuple[bool, bool, State]
    deadline: float


class Line:
    def __init__(self, kind: type[DictBackend], heads: Heads[Incoming], verdict: Verdict) -> None:
        self.late: Deferred[None] = Deferred()
        self.backend = kind(FILES, {"missing.cfg": Reason.UNKNOWN_MAC})
        self.backend.waiting["late.cfg"] = self.late
        self.served = Served(self.backend, HttpLimits(), lambda: NOW)
        self.now = 0.0
        around = Surroundings(
            self.served, Transport.HTTPS, lambda: self.now, lambda _: None, heads=heads
        )
        self.connection = Connection(around, caller("192.0.2.7")[0], verdict)
        peer: Any = IPv4Address("TCP", "192.0.2.7", 40000)
        self.wire = Wire(peer)
        self.connection.makeConnection(self.wire)

    def step(self, step: bytes | str, room: int) -> None:
        self.now += 1.0
        self.wire.room = room
        if isinstance(step, bytes):
            self.connection.dataReceived(step)
        elif step == "read" and self.wire.producer is not None:
            producer: Any = self.wire.producer
            producer.resumeProducing()
        elif step == "drain":
            self.connection.drain()
        elif step == "half":
            self.connection.readConnectionLost()
        elif step == "late" and not self.late.called:
            self.late.callback(None)

    def seen(self) -> Seen:
        connection, wire = self.connection, self.wire
        return Seen(
            wire.value(),  # type: ignore[no-untyped-call]
            [delivery.outcome for delivery in self.backend.deliveries],
            list(self.served.statuses.by_class),
            (wire.disconnecting, wire.aborted, connection._state),
            connection._deadline,
        )


def lived(line: Line, steps: list[tuple[bytes | str, int]]) -> list[Seen]:
    seen = []
    for step, room in steps:
        if step == "lost":
            lose(line.connection)
            break
        line.step(step, room)
        seen.append(line.seen())
    return [*seen, line.seen()]


@given(
    st.lists(st.tuples(STEPS, ROOM), max_size=10),
    st.sampled_from([Verdict.SERVED, Verdict.SERVED, Verdict.TURNED_AWAY]),
)
def test_what_leaves_at_once_differs_in_nothing(
    steps: list[tuple[bytes | str, int]], verdict: Verdict
) -> None:
    heads: Heads[Incoming] = Heads()
    expected = lived(Line(Patient, Heads(0), verdict), steps)  # every request is parsed
    assert lived(Line(DictBackend, heads, verdict), steps) == expected
    assert lived(Line(DictBackend, heads, verdict), steps) == expected


def test_what_leaves_at_once_is_no_exchange() -> None:
    line = Line(DictBackend, Heads(), Verdict.SERVED)
    for _ in range(2):
        line.step(get("a.cfg"), 1 << 30)
        assert line.connection._exchange is None
    line.step(get("a.cfg"), 0)
    assert line.connection._exchange is not None
