"""A connection over a transport of Twisted's own making, with a clock that only we move."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from provd.exchange import Reason, Receiver, Refusal, Transport
from provd.servers.http.connection import Connection, Surroundings
from provd.servers.http.exchange import Served
from provd.servers.http.limits import HttpLimits
from provd.servers.http.replies import error, refusal_status
from provd.servers.http.service import PhoneFactory
from tests.servers.files import NOW, DictBackend

FILES = {"a.cfg": b"hello", "b.cfg": b"second", "big.rom": bytes(range(256)) * 1000}


class Wire(StringTransport):
    """A client whose reading we control: it takes `room` octets before it says enough."""

    room = 1 << 30

    def __init__(self, peer: Any) -> None:
        super().__init__(peerAddress=peer)  # type: ignore[no-untyped-call]
        self.aborted = False

    def write(self, data: bytes) -> bool:
        """Whether octets wait, as a Stream says it."""
        super().write(data)  # type: ignore[no-untyped-call]
        self.room -= len(data)
        return self.room <= 0

    write_last = write

    def abortConnection(self) -> None:  # noqa: N802
        self.aborted = True
        super().abortConnection()  # type: ignore[no-untyped-call]

    def take(self) -> bytes:
        taken: bytes = self.value()  # type: ignore[no-untyped-call]
        self.clear()  # type: ignore[no-untyped-call]
        return taken


@dataclass
class Bench:
    limits: HttpLimits = field(default_factory=HttpLimits)
    now: float = 0.0
    receiver: Receiver | None = None

    def __post_init__(self) -> None:
        self.backend = DictBackend(FILES)
        self.served = Served(self.backend, self.limits, lambda: NOW, receiver=self.receiver)
        self.factory = PhoneFactory(
            lambda factory: Surroundings(
                self.served,
                Transport.HTTP,
                lambda: self.now,
                factory.left,
            )
        )

    def connect(self, host: str = "192.0.2.7") -> tuple[Connection, Wire]:
        peer: Any = IPv4Address("TCP", host, 40000)
        connection = self.factory.let_in(peer)
        assert connection is not None
        wire = Wire(peer)
        connection.makeConnection(wire)
        return connection, wire

    def ask(self, octets: bytes) -> bytes:
        connection, wire = self.connect()
        connection.dataReceived(octets)
        return wire.take()

    def statuses(self) -> list[tuple[str, bool]]:
        outcomes = [delivery.outcome for delivery in self.backend.deliveries]
        return [(outcome.status, outcome.whole) for outcome in outcomes]


def get(path: str, *fields: str, method: str = "GET", version: str = "1.1") -> bytes:
    lines = [f"{method} /{path} HTTP/{version}", *fields, "", ""]
    return "\r\n".join(lines).encode()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def lose(connection: Connection) -> None:
    connection.connectionLost(Failure(ConnectionDone()))  # type: ignore[no-untyped-call]


def test_a_file_is_answered_in_full(bench: Bench) -> None:
    head, _, body = bench.ask(get("a.cfg")).partition(b"\r\n\r\n")
    assert body == b"hello"
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    assert "Server: provd" in lines
    assert "Date: Mon, 02 Mar 2026 08:30:00 GMT" in lines
    assert "Last-Modified: Sun, 01 Mar 2026 12:00:00 GMT" in lines
    assert "Content-Length: 5" in lines
    assert "Content-Type: text/plain" in lines
    assert "Connection: keep-alive" in lines
    assert bench.statuses() == [("200", True)]
    assert bench.backend.deliveries[0].outcome.bytes_sent == 5


def test_responses_are_counted_by_the_class_of_their_status(bench: Bench) -> None:
    for octets in (
        get("a.cfg"),
        get("a.cfg", method="HEAD"),
        get("a.cfg", "If-None-Match: *"),
        get("missing.cfg"),
        get("a.cfg", method="DELETE"),
        b"nonsense\r\n\r\n",
    ):
        bench.ask(octets)
    bench.backend.refusals = {"sweep.cfg": Reason.BLOCKED}
    connection, _ = bench.connect()
    connection.dataReceived(get("sweep.cfg"))
    lose(connection)
    none, _, *classes = bench.served.statuses.by_class
    assert (none, classes) == (1, [2, 1, 3, 0])


def test_the_backend_learns_what_the_phone_said(bench: Bench) -> None:
    bench.ask(get("x/a.cfg?q=1", "User-Agent: Phone 1.2", "Host: Provd.Example:80",
                  "X-Forwarded-For: 10.0.0.1"))  # fmt: skip
    request = bench.backend.asked[0]
    assert (request.path, request.agent, request.host) == ("x/a.cfg", "Phone 1.2", "provd.example")
    assert (str(request.address), request.port) == ("192.0.2.7", 40000)
    assert request.certificate is None


def test_a_head_has_the_same_head_and_no_body(bench: Bench) -> None:
    got, headed = bench.ask(get("a.cfg")), bench.ask(get("a.cfg", method="HEAD"))
    assert headed == got.removesuffix(b"hello")
    assert bench.statuses() == [("200", True), ("200", False)]


def test_a_refused_head_has_no_body_either(bench: Bench) -> None:
    assert bench.ask(get("none", method="HEAD")).endswith(b"\r\n\r\n")
    assert bench.ask(get("../x", method="HEAD")).endswith(b"\r\n\r\n")


def test_a_range_a_304_and_a_416_are_not_the_whole_file(bench: Bench) -> None:
    ranged = bench.ask(get("a.cfg", "Range: bytes=1-2"))
    assert ranged.startswith(b"HTTP/1.1 206 ")
    assert b"Content-Range: bytes 1-2/5\r\n" in ranged
    assert ranged.endswith(b"\r\n\r\nel")
    assert b"Content-Range: bytes */5\r\n" in bench.ask(get("a.cfg", "Range: bytes=9-"))
    unchanged = bench.ask(get("a.cfg", "If-Modified-Since: Sun, 01 Mar 2026 12:00:00 GMT"))
    assert unchanged.startswith(b"HTTP/1.1 304 ")
    assert b"Content-Length" not in unchanged
    assert bench.statuses() == [("206", False), ("416", False), ("304", False)]


def test_every_reason_gives_the_same_octets(bench: Bench) -> None:
    told = {bench.ask(get("../a.cfg"))}
    for reason in set(Reason) - {Reason.UNAVAILABLE, Reason.UPLOAD_REFUSED, Reason.BLOCKED}:
        bench.backend.refusals = {"secret.cfg": reason}
        told.add(bench.ask(get("secret.cfg")))
    assert len(told) == 1
    assert told.pop().endswith(b"\r\n\r\n404 Not Found\n")


def test_a_sweep_is_cut_off_without_a_word(bench: Bench) -> None:
    bench.backend.refusals = {"a": Reason.BLOCKED}
    connection, wire = bench.connect()
    connection.dataReceived(get("a"))
    assert (wire.take(), wire.aborted) == (b"", True)
    lose(connection)
    assert bench.statuses() == [("aborted", False)]


def test_a_challenge_makes_it_a_401_with_a_field_for_each() -> None:
    refusal = Refusal(Reason.UNKNOWN_MAC, challenge=('Digest realm="a"', 'Digest realm="b"'))
    told = error(
        refusal_status(refusal),
        NOW,
        keep_alive=True,
        retry_after_seconds=1,
        challenge=refusal.challenge,
    )
    assert told.startswith(b"HTTP/1.1 401 Unauthorized\r\n")
    assert b'\r\nWWW-Authenticate: Digest realm="a"\r\nWWW-Authenticate: Digest realm="b"\r\n' in (
        told
    )


def test_unavailable_is_503_with_retry_after(bench: Bench) -> None:
    bench.backend.refusals = {"a": Reason.UNAVAILABLE}
    response = bench.ask(get("a"))
    assert response.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: 30\r\n" in response


def test_writing_is_refused_alike_for_every_path(bench: Bench) -> None:
    told = set()
    for method, path in (("PUT", "a.cfg"), ("POST", "none"), ("DELETE", "../x"), ("PUT", "b.cfg")):
        told.add(bench.ask(get(path, "Content-Length: 4", method=method) + b"data"))
    assert len(told) == 1
    assert b"HTTP/1.1 405 Method Not Allowed\r\n" in told.pop()
    assert bench.backend.asked == []


def test_requests_on_one_connection_are_answered_in_order(bench: Bench) -> None:
    late: Deferred[None] = Deferred()
    bench.backend.waiting["a.cfg"] = late
    connection, wire = bench.connect()
    connection.dataReceived(get("a.cfg") + get("b.cfg") + get("none"))
    assert wire.take() == b""
    late.callback(None)
    answered = wire.take()
    places = [answered.index(part) for part in (b"hello", b"second", b"404 Not Found\n")]
    assert places == sorted(places)
    assert bench.statuses() == [("200", True), ("200", True), ("404", False)]


def test_a_close_is_honoured_and_an_old_client_may_stay(bench: Bench) -> None:
    for octets, closes in (
        (get("a.cfg", "Connection: close"), True),
        (get("a.cfg", version="1.0"), True),
        (get("a.cfg", "Connection: Keep-Alive", version="1.0"), False),
    ):
        connection, wire = bench.connect()
        connection.dataReceived(octets)
        assert wire.disconnecting is closes
        assert (b"Connection: close" in wire.take()) is closes


def test_a_bad_request_is_told_after_the_good_ones_and_closes(bench: Bench) -> None:
    connection, wire = bench.connect()
    connection.dataReceived(get("a.cfg") + b"nonsense\r\n\r\n")
    answered = wire.take()
    assert answered.index(b"hello") < answered.index(b"HTTP/1.1 400 ")
    assert wire.disconnecting
    connection.dataReceived(get("a.cfg"))
    assert wire.take() == b""


def test_a_head_in_a_trickle_ends_at_ten_seconds_whatever_dribbles_in(bench: Bench) -> None:
    connection, wire = bench.connect()
    for second, octet in enumerate(get("a.cfg", "X: " + "y" * 100)[:60]):
        bench.now = float(second)
        connection.dataReceived(bytes([octet]))
        connection.check(bench.now)
        if wire.disconnecting:
            break
    assert bench.now == 10.0
    assert wire.take().startswith(b"HTTP/1.1 408 ")


def test_empty_lines_prolong_nothing(bench: Bench) -> None:
    connection, wire = bench.connect()
    while not wire.disconnecting and bench.now < 60:
        bench.now += 1.0
        connection.dataReceived(b"\r\n")
        connection.check(bench.now)
    assert bench.now == 10.0


def test_a_body_in_a_trickle_ends_at_thirty_seconds(bench: Bench) -> None:
    connection, wire = bench.connect()
    connection.dataReceived(get("a.cfg", "Content-Length: 1000", method="PUT"))
    while not wire.disconnecting and bench.now < 60:
        bench.now += 1.0
        connection.dataReceived(b"x")
        connection.check(bench.now)
    assert bench.now == 30.0


def test_a_kept_connection_is_closed_when_idle_and_then_cut(bench: Bench) -> None:
    connection, wire = bench.connect()
    connection.dataReceived(get("a.cfg"))
    connection.check(19.9)
    kept = not wire.disconnecting
    bench.now = 20.0
    connection.check(20.0)
    assert [kept, wire.disconnecting] == [True, True]
    connection.check(34.9)
    states = [wire.aborted]
    connection.check(35.0)
    assert [*states, wire.aborted] == [False, True]


def test_every_request_on_a_kept_connection_has_its_own_ten_seconds(bench: Bench) -> None:
    connection, wire = bench.connect()
    for bench.now in (0.0, 15.0, 30.0):
        connection.dataReceived(get("a.cfg"))
        connection.check(bench.now)
    connection.dataReceived(b"GET /a")
    bench.now = 39.9
    connection.check(39.9)
    assert not wire.disconnecting
    connection.check(40.0)
    assert wire.disconnecting


def test_a_large_body_goes_as_fast_as_the_client_takes_it(bench: Bench) -> None:
    connection, wire = bench.connect()
    wire.room = 100_000
    connection.dataReceived(get("big.rom"))
    assert len(wire.value()) < 200_000  # type: ignore[no-untyped-call]
    assert bench.statuses() == []
    received = wire.take()
    producer: Any = wire.producer
    wire.room = 1 << 30
    producer.resumeProducing()
    received += wire.take()
    assert received.partition(b"\r\n\r\n")[2] == FILES["big.rom"]
    assert bench.statuses() == [("200", True)]
    connection.dataReceived(get("a.cfg"))
    assert wire.take().endswith(b"hello")


def test_a_client_that_takes_nothing_is_cut_and_did_not_get_it_whole(bench: Bench) -> None:
    connection, wire = bench.connect()
    wire.room = 100_000
    connection.dataReceived(get("big.rom"))
    connection.check(59.9)
    states = [wire.aborted]
    connection.check(60.0)
    assert [*states, wire.aborted] == [False, True]
    lose(connection)
    assert bench.statuses() == [("aborted", False)]
    assert 0 < bench.backend.deliveries[0].outcome.bytes_sent < len(FILES["big.rom"])


def test_a_small_file_is_whole_only_when_the_kernel_has_taken_its_last_octet(bench: Bench) -> None:
    connection, wire = bench.connect()
    wire.room = 10
    connection.dataReceived(get("a.cfg") + get("b.cfg"))
    assert bench.statuses() == []
    producer: Any = wire.producer
    producer.resumeProducing()
    assert bench.statuses() == [("200", True)]
    lose(connection)
    assert bench.statuses() == [("200", True), ("aborted", False)]


def test_a_client_that_ends_its_side_is_answered_in_full_and_closed(bench: Bench) -> None:
    late: Deferred[None] = Deferred()
    bench.backend.waiting["a.cfg"] = late
    connection, wire = bench.connect()
    connection.dataReceived(get("a.cfg") + get("b.cfg"))
    connection.readConnectionLost()
    assert not wire.disconnecting
    late.callback(None)
    answered = wire.take()
    assert answered.index(b"hello") < answered.index(b"second")
    assert wire.disconnecting


def test_an_answer_found_after_the_client_ended_its_side_proves_nothing(bench: Bench) -> None:
    late: Deferred[None] = Deferred()
    bench.backend.waiting["a.cfg"] = late
    connection, _ = bench.connect()
    connection.dataReceived(get("a.cfg"))
    connection.readConnectionLost()
    late.callback(None)
    assert bench.statuses() == [("200", False)]


def test_a_request_that_never_ends_because_its_client_did_is_closed(bench: Bench) -> None:
    connection, wire = bench.connect()
    connection.dataReceived(b"GET /a.cfg HTTP/1.1\r\n")
    connection.readConnectionLost()
    assert wire.disconnecting


def test_a_connection_lost_while_the_backend_works_is_told_once(bench: Bench) -> None:
    late: Deferred[None] = Deferred()
    bench.backend.waiting["a.cfg"] = late
    connection, wire = bench.connect()
    connection.dataReceived(get("a.cfg"))
    lose(connection)
    late.callback(None)
    assert bench.statuses() == [("aborted", False)]
    assert wire.take() == b""


def test_a_backend_that_raises_is_unavailable(bench: Bench) -> None:
    late: Deferred[None] = Deferred()
    bench.backend.waiting["a.cfg"] = late
    connection, wire = bench.connect()
    connection.dataReceived(get("a.cfg"))
    late.errback(RuntimeError("no database"))
    assert wire.take().startswith(b"HTTP/1.1 503 ")


def test_over_the_bound_a_client_is_told_503_and_a_flood_is_cut() -> None:
    bench = Bench(HttpLimits(maximum_connections=2, maximum_turned_away=1))
    first, second, third = (bench.connect(f"192.0.2.{number}") for number in range(3))
    assert bench.factory.let_in(IPv4Address("TCP", "192.0.2.3", 40000)) is None
    for connection, _ in (first, second, third):
        connection.dataReceived(get("a.cfg"))
    assert first[1].take().startswith(b"HTTP/1.1 200 ")
    assert third[1].take().startswith(b"HTTP/1.1 503 ")
    assert third[1].disconnecting
    for connection, _ in (first, third):
        lose(connection)
    connection, wire = bench.connect()
    connection.dataReceived(get("a.cfg"))
    assert wire.take().startswith(b"HTTP/1.1 200 ")


def test_one_address_can_not_take_every_connection() -> None:
    bench = Bench(HttpLimits(maximum_connections_per_address=2))
    for _ in range(2):
        bench.connect()
    connection, wire = bench.connect()
    connection.dataReceived(get("a.cfg"))
    assert wire.take().startswith(b"HTTP/1.1 503 ")
    connection, wire = bench.connect("192.0.2.8")
    connection.dataReceived(get("a.cfg"))
    assert wire.take().startswith(b"HTTP/1.1 200 ")


def test_a_v6_network_of_64_bits_is_one_address() -> None:
    bench = Bench(HttpLimits(maximum_connections_per_address=2))

    def status(host: str) -> bytes:
        connection, wire = bench.connect(host)
        connection.dataReceived(get("a.cfg"))
        answer = wire.take()[9:12]
        if answer == b"503":
            lose(connection)
        return answer

    hosts = ("2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:ffff::3", "2001:db8:0:2::1")
    assert [status(host) for host in hosts] == [b"200", b"200", b"503", b"200"]
    for connection in list(bench.factory.connections):
        lose(connection)
    assert status(hosts[2]) == b"200"


def test_a_connection_that_never_got_its_transport_keeps_no_other_from_its_deadline(
    bench: Bench,
) -> None:
    peer: Any = IPv4Address("TCP", "192.0.2.9", 40000)
    silent = [bench.connect()[1]]
    for _ in range(20):  # whichever comes first in the set
        assert bench.factory.let_in(peer) is not None
    silent += [bench.connect()[1] for _ in range(5)]
    bench.now += bench.limits.header_seconds
    bench.factory.check(bench.now)
    assert all(wire.disconnecting for wire in silent)
    assert len(bench.factory.connections) == 6
    assert len(bench.factory.admitted) == 6


def test_a_flood_of_pipelined_requests_is_cut(bench: Bench) -> None:
    late: Deferred[None] = Deferred()
    bench.backend.waiting["a.cfg"] = late
    connection, wire = bench.connect()
    connection.dataReceived(get("a.cfg") * 100)
    assert wire.aborted


def test_draining_answers_what_runs_and_closes_the_rest(bench: Bench) -> None:
    late: Deferred[None] = Deferred()
    bench.backend.waiting["a.cfg"] = late
    running, running_wire = bench.connect()
    running.dataReceived(get("a.cfg"))
    idle, idle_wire = bench.connect()
    idle.dataReceived(get("b.cfg"))
    bench.factory.drain()
    assert idle_wire.disconnecting
    assert not running_wire.disconnecting
    late.callback(None)
    assert running_wire.take().endswith(b"hello")
    assert running_wire.disconnecting


def test_draining_still_answers_the_first_request_of_who_has_just_connected(bench: Bench) -> None:
    connected, wire = bench.connect()
    bench.factory.drain()
    assert not wire.disconnecting
    connected.dataReceived(get("a.cfg"))
    assert wire.take().endswith(b"hello")
    assert wire.disconnecting


def test_what_a_request_needed_goes_with_its_answer_and_waits_for_no_collection(
    bench: Bench,
) -> None:
    connection, wire = bench.connect()
    asked = [get("a.cfg"), get("missing.cfg"), get("big.rom"), get("a.cfg", method="HEAD")]
    for octets in asked:  # whatever is made once
        connection.dataReceived(octets)
    gc.collect()
    gc.disable()
    try:
        for octets in asked * 5:
            connection.dataReceived(octets)
        wire.take()
        assert gc.collect() == 0
    finally:
        gc.enable()
