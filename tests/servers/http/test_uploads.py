"""PUT and POST: asked about before their bodies are read, bounded, kept whole or not at all."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from provd.exchange import Reason
from provd.servers.http.connection import Connection
from provd.servers.http.limits import HttpLimits
from provd.servers.http.parser import RequestParser
from tests.servers.http.test_connection import Bench, Wire, get, lose
from tests.servers.receivers import DictReceiver

CHUNKED = "Transfer-Encoding: chunked"


def put(path: str, body: bytes, *fields: str, method: str = "PUT", version: str = "1.1") -> bytes:
    head = get(path, f"Content-Length: {len(body)}", *fields, method=method, version=version)
    return head + body


@pytest.fixture
def receiver() -> DictReceiver:
    return DictReceiver({"a.log": 100})


@pytest.fixture
def bench(receiver: DictReceiver) -> Bench:
    return Bench(receiver=receiver)


def status(octets: bytes) -> str:
    return octets.split(b"\r\n", 1)[0].decode().partition(" ")[2]


def reading(wire: Wire) -> bool:
    return str(wire.producerState) == "producing"


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_new_file_is_201_and_the_next_204(
    bench: Bench, receiver: DictReceiver, method: str, version: str
) -> None:
    for body, word in ((b"first", "201 Created"), (b"second", "204 No Content")):
        answer = bench.ask(put("a.log", body, method=method, version=version))
        assert status(answer) == word
        assert receiver.kept == {"a.log": body}
    assert receiver.told == [(method, "201", True, ""), (method, "204", True, "")]
    assert b"Content-Length: 0" not in answer


def test_chunks_are_put_together(bench: Bench, receiver: DictReceiver) -> None:
    body = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    assert status(bench.ask(get("a.log", CHUNKED, method="PUT") + body)) == "201 Created"
    assert receiver.kept == {"a.log": b"hello world"}


def test_a_connection_goes_on_after_an_upload(bench: Bench, receiver: DictReceiver) -> None:
    connection, wire = bench.connect()
    for number in range(3):
        connection.dataReceived(put("a.log", bytes([65 + number])))
        assert b"Connection: keep-alive" in wire.take()
    connection.dataReceived(put("a.log", b"last") + get("a.cfg"))
    assert wire.take().count(b"HTTP/1.1 ") == 2


def test_a_body_is_not_read_before_it_is_admitted(bench: Bench, receiver: DictReceiver) -> None:
    receiver.waiting = Deferred()
    connection, wire = bench.connect()
    connection.dataReceived(put("a.log", b"hello")[:-3])
    assert not reading(wire)
    receiver.waiting.callback(None)
    assert reading(wire)
    connection.dataReceived(b"llo")
    assert status(wire.take()) == "201 Created"


def test_who_waits_for_our_word_gets_it_once_it_is_admitted(
    bench: Bench, receiver: DictReceiver
) -> None:
    receiver.waiting = Deferred()
    connection, wire = bench.connect()
    connection.dataReceived(get("a.log", "Content-Length: 5", "Expect: 100-continue", method="PUT"))
    assert wire.take() == b""
    receiver.waiting.callback(None)
    assert wire.take() == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.dataReceived(b"hello")
    assert status(wire.take()) == "201 Created"


def test_who_waits_for_our_word_in_vain_sends_nothing(bench: Bench) -> None:
    head = get("b.log", "Content-Length: 5", "Expect: 100-continue", method="PUT")
    answer = bench.ask(head)
    assert status(answer) == "405 Method Not Allowed"
    assert b"Connection: close" in answer


@pytest.mark.parametrize(
    "reason", [Reason.UPLOAD_REFUSED, Reason.UNKNOWN_MAC, Reason.WINDOW_CLOSED, Reason.WRONG_VENDOR]
)
def test_every_refusal_is_the_same(bench: Bench, receiver: DictReceiver, reason: Reason) -> None:
    usual = bench.ask(put("c.log", b"hello"))
    receiver.refusals["b.log"] = reason
    assert bench.ask(put("b.log", b"hello")) == usual
    assert status(usual) == "405 Method Not Allowed"
    assert receiver.told[-1] == ("PUT", "405", False, reason.name)


def test_a_challenge_is_401(bench: Bench, receiver: DictReceiver) -> None:
    receiver.challenge = ('Digest realm="provd"',)
    assert b"\r\nWWW-Authenticate: Digest" in bench.ask(put("b.log", b"hello"))


@pytest.mark.parametrize(("reason", "word"), [(Reason.UNAVAILABLE, "503"), (Reason.QUOTA, "413")])
def test_what_tells_nothing_of_the_phone_has_a_word_of_its_own(
    bench: Bench, receiver: DictReceiver, reason: Reason, word: str
) -> None:
    receiver.refusals["b.log"] = reason
    assert status(bench.ask(put("b.log", b"hello"))).startswith(word)


def test_silence_cuts_the_connection(bench: Bench, receiver: DictReceiver) -> None:
    receiver.refusals["b.log"] = Reason.BLOCKED
    connection, wire = bench.connect()
    connection.dataReceived(put("b.log", b"hello"))
    assert wire.aborted
    lose(connection)
    assert receiver.told == [("PUT", "aborted", False, "BLOCKED")]


def test_more_than_the_server_takes_is_413_for_everybody(
    bench: Bench, receiver: DictReceiver
) -> None:
    for path in ("a.log", "b.log"):
        answer = bench.ask(get(path, f"Content-Length: {(2 << 20) + 1}", method="PUT"))
        assert status(answer) == "413 Request Entity Too Large"
    assert receiver.asked == 0


def test_more_than_the_file_may_have_is_413(bench: Bench, receiver: DictReceiver) -> None:
    receiver.kept["a.log"] = b"old"
    assert status(bench.ask(put("a.log", bytes(101)))).startswith("413")
    chunks = b"40\r\n" + bytes(64) + b"\r\n40\r\n" + bytes(64) + b"\r\n0\r\n\r\n"
    assert status(bench.ask(get("a.log", CHUNKED, method="PUT") + chunks)).startswith("413")
    assert receiver.kept == {"a.log": b"old"}


def test_chunks_without_end_are_413_when_they_are_too_many(
    bench: Bench, receiver: DictReceiver
) -> None:
    connection, wire = bench.connect()
    connection.dataReceived(get("a.log", CHUNKED, method="PUT"))
    for _ in range(5):
        connection.dataReceived(b"20\r\n" + bytes(32) + b"\r\n")
    assert status(wire.take()).startswith("413")
    lose(connection)
    assert receiver.told == [("PUT", "413", False, "TOO_LARGE")]


def test_a_torn_chunk_is_400(bench: Bench, receiver: DictReceiver) -> None:
    connection, wire = bench.connect()
    connection.dataReceived(get("a.log", CHUNKED, method="PUT") + b"5\r\nhel")
    connection.dataReceived(b"lo\r\nzz\r\n")
    assert status(wire.take()).startswith("400")
    lose(connection)
    assert receiver.told == [("PUT", "400", False, "UPLOAD_BROKEN")]


@pytest.mark.parametrize("length", ["Content-Length: 5", CHUNKED])
@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
def test_an_upload_that_would_change_the_protocol_is_400_and_leaves_the_old_one(
    bench: Bench, receiver: DictReceiver, length: str, protocol: str
) -> None:
    receiver.kept["a.log"] = b"old"
    fields = ("Connection: Upgrade", f"Upgrade: {protocol}", length)
    answer = bench.ask(get("a.log", *fields, method="PUT") + b"hello")
    assert status(answer).startswith("400")
    assert receiver.kept == {"a.log": b"old"}
    assert receiver.asked == 0


def test_an_upload_of_another_length_than_declared_is_never_complete() -> None:
    parser = RequestParser(HttpLimits(), uploads=True)
    [incoming] = parser.feed(get("a.log", "Content-Length: 5", method="PUT") + b"hel")
    parser.on_message_complete()  # as by an llhttp that skips a body
    assert incoming.body is not None
    assert not incoming.body.complete
    assert parser.problem == 400


def broken(bench: Bench, connection: Connection) -> None:
    connection.dataReceived(put("a.log", b"hello")[:-3])


def test_an_upload_that_breaks_off_leaves_the_old_one(bench: Bench, receiver: DictReceiver) -> None:
    receiver.kept["a.log"] = b"old"
    connection, _ = bench.connect()
    broken(bench, connection)
    lose(connection)
    assert receiver.kept == {"a.log": b"old"}
    assert receiver.told == [("PUT", "aborted", False, "UPLOAD_BROKEN")]


def test_whatever_dribbles_in_the_deadline_is_absolute(
    bench: Bench, receiver: DictReceiver
) -> None:
    connection, wire = bench.connect()
    connection.dataReceived(get("a.log", "Content-Length: 50", method="PUT"))
    for second in range(1, 30):
        bench.now = second
        connection.dataReceived(b"x")
        connection.check(bench.now)
    assert wire.take() == b""
    bench.now = 30
    connection.check(bench.now)
    assert status(wire.take()).startswith("408")
    lose(connection)
    assert receiver.told == [("PUT", "408", False, "UPLOAD_BROKEN")]


def test_a_phone_that_leaves_while_we_store_is_told_of_once(
    bench: Bench, receiver: DictReceiver
) -> None:
    receiver.storing = Deferred()
    connection, _ = bench.connect()
    connection.dataReceived(put("a.log", b"hello"))
    lose(connection)
    assert receiver.told == []
    receiver.storing.callback(None)
    assert receiver.told == [("PUT", "aborted", True, "")]


def test_all_uploads_together_are_bounded(bench: Bench, receiver: DictReceiver) -> None:
    receiver.allowed["a.log"] = 2 << 20
    connections = [bench.connect(f"192.0.2.{number}") for number in range(33)]
    for connection, _ in connections:
        broken(bench, connection)
    assert [status(wire.take())[:3] for _, wire in connections] == [""] * 32 + ["503"]
    lose(connections[0][0])
    assert status(bench.ask(put("a.log", b"hello"))) == "201 Created"


def test_what_waits_behind_an_answer_is_not_read_before_it_is_admitted(
    bench: Bench, receiver: DictReceiver
) -> None:
    receiver.waiting = Deferred()
    connection, wire = bench.connect()
    connection.dataReceived(put("a.log", b"first") + put("a.log", b"second")[:-3])
    assert not reading(wire)
    assert receiver.asked == 1
    receiver.waiting, waiting = Deferred(), receiver.waiting
    waiting.callback(None)
    assert status(wire.take()) == "201 Created"
    assert receiver.asked == 2
    assert not reading(wire)  # now for its own admission
    receiver.waiting.callback(None)
    assert reading(wire)
    connection.dataReceived(b"ond")
    assert status(wire.take()) == "204 No Content"
    assert receiver.kept == {"a.log": b"second"}


def test_behind_a_file_on_its_way_an_upload_waits_and_both_end(
    bench: Bench, receiver: DictReceiver
) -> None:
    waiting = bench.backend.waiting["a.cfg"] = Deferred()
    connection, wire = bench.connect()
    connection.dataReceived(get("a.cfg") + put("a.log", b"hello") + put("a.log", b"bye"))
    assert not reading(wire)
    waiting.callback(None)
    assert wire.take().count(b"HTTP/1.1 20") == 3
    assert reading(wire)
    assert receiver.kept == {"a.log": b"bye"}
    assert bench.statuses() == [("200", False)]  # nobody could see whether it had gone


def test_files_asked_for_in_a_row_are_read_on(bench: Bench) -> None:
    bench.backend.waiting["a.cfg"] = Deferred()
    connection, wire = bench.connect()
    connection.dataReceived(get("a.cfg") * 3)
    assert reading(wire)


def test_an_answer_that_takes_too_long_is_cut_though_nothing_is_read(
    bench: Bench, receiver: DictReceiver
) -> None:
    receiver.waiting = Deferred()
    connection, wire = bench.connect()
    connection.dataReceived(put("a.log", b"first") + put("a.log", b"second"))
    bench.now = 3600
    connection.check(bench.now)
    assert wire.aborted
    lose(connection)
    receiver.waiting.callback(None)
    assert len(receiver.told) == 1


def test_without_a_receiver_nothing_may_be_uploaded() -> None:
    assert status(Bench().ask(put("a.log", b"hello"))) == "405 Method Not Allowed"
