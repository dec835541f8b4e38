"""Streams over channels whose every word we script, and a poll that we turn by hand."""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Callable, Iterator
from socket import SocketType
from typing import Any

import pytest
from OpenSSL import SSL
from twisted.internet.address import IPv4Address

from provd.servers.http.channels import PlainChannel, WantRead, WantWrite
from provd.servers.http.listener import Listener
from provd.servers.http.poll import GONE, READABLE, WRITABLE, Poll
from provd.servers.http.stream import Peer, Stream

PEER = IPv4Address("TCP", "192.0.2.7", 40000)


class NoReactor:
    """Its turns are ours."""

    def addReader(self, reader: object) -> None:  # noqa: N802
        """Nothing."""

    removeReader = addReader  # noqa: N815


class Recorder:
    """A protocol that notes what it is told; `answer` is written to whatever comes in."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.answer = b""
        self.problem: Exception | None = None

    def makeConnection(self, transport: Stream) -> None:  # noqa: N802
        self.transport = transport

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self.told.append(data)
        if self.problem is not None:
            raise self.problem
        self.transport.write(self.answer)

    def readConnectionLost(self) -> None:  # noqa: N802
        self.told.append("ended")

    def connectionLost(self) -> None:  # noqa: N802
        self.told.append("lost")

    def resumeProducing(self) -> None:  # noqa: N802
        self.told.append("resume")


class Script:
    """A channel: what is received or raised next, and how much of each send is taken."""

    handle = object()

    def __init__(self, *incoming: bytes | Exception | None) -> None:
        self.incoming = list(incoming)
        self.takes: list[int | Exception] = []
        self.sent = b""
        self.ended = False

    def receive(self) -> bytes | None:
        received: bytes | None = _said(self.incoming.pop(0))
        return received

    def send(self, octets: bytes | memoryview) -> int:
        taken: int = _said(self.takes.pop(0)) if self.takes else len(octets)
        self.sent += bytes(octets[:taken])
        return taken

    def end(self) -> None:
        self.ended = True


def _said(word: Any) -> Any:
    if isinstance(word, Exception):
        raise word
    return word


class WatchedPoll(Poll):
    """Knows what each descriptor waits for."""

    awaited = READABLE

    def change(self, descriptor: int, awaited: int) -> None:
        super().change(descriptor, awaited)
        self.awaited = awaited


class Bench:
    def __init__(self) -> None:
        self.poll = WatchedPoll(NoReactor())
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.recorder = Recorder()
        self.told = self.recorder.told

    def stream(self, channel: Any) -> Stream:
        stream = Stream(self.poll, self.ours, channel, PEER)
        stream.begin(self.recorder)
        return stream

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()
        self.poll.stop()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def test_a_read_that_has_to_write_waits_until_it_can(bench: Bench) -> None:
    stream = bench.stream(Script(WantWrite(), b"data"))
    stream.ready()
    assert (bench.poll.awaited, bench.told) == (WRITABLE, [])
    stream.ready()
    assert (bench.poll.awaited, bench.told) == (READABLE, [b"data"])


def test_a_read_that_lacks_input_waits_for_it_again(bench: Bench) -> None:
    stream = bench.stream(Script(WantWrite(), None, b"data"))
    for _ in range(2):
        stream.ready()
    assert (bench.poll.awaited, bench.told) == (READABLE, [])
    stream.ready()
    assert bench.told == [b"data"]


def test_a_plain_channel_tells_what_is_not_there_yet_from_the_end(bench: Bench) -> None:
    channel = PlainChannel(bench.ours)
    assert channel.receive() is None
    bench.theirs.shutdown(socket.SHUT_WR)
    assert channel.receive() == b""


def test_a_write_that_has_to_read_waits_until_it_can(bench: Bench) -> None:
    channel = Script()
    channel.takes = [2, WantRead()]
    stream = bench.stream(channel)
    stream.write(b"answer")
    assert (bench.poll.awaited, channel.sent) == (READABLE, b"an")
    stream.ready()
    assert channel.sent == b"answer"


def test_nothing_is_read_while_something_waits_to_be_sent(bench: Bench) -> None:
    channel = Script(b"one", b"two")
    channel.takes = [2, WantWrite(), 1, WantWrite()]
    bench.recorder.answer = b"answer"
    stream = bench.stream(channel)
    stream.ready()
    stream.ready()
    assert (bench.told, channel.sent, bench.poll.awaited) == ([b"one"], b"ans", WRITABLE)
    stream.ready()
    assert (bench.told, channel.sent, bench.poll.awaited) == ([b"one"], b"answer", READABLE)
    stream.ready()
    assert bench.told == [b"one", b"two"]


def test_what_was_written_later_leaves_later(bench: Bench) -> None:
    channel = Script()
    channel.takes = [WantWrite()]
    stream = bench.stream(channel)
    for piece in (b"a", b"b", b"c"):
        stream.write(piece)
    stream.ready()
    assert channel.sent == b"abc"


def test_a_producer_rests_until_the_kernel_has_everything(bench: Bench) -> None:
    channel = Script()
    channel.takes = [1, WantWrite(), 1, WantWrite()]
    stream = bench.stream(channel)
    stream.registerProducer(bench.recorder, True)
    assert stream.write(b"abc")
    stream.ready()
    assert bench.told == []
    stream.ready()
    assert (bench.told, channel.sent) == (["resume"], b"abc")
    assert not stream.write(b"d")


def test_no_client_takes_more_than_its_turn(bench: Bench) -> None:
    channel = Script()
    channel.takes = [64 << 10] * 100
    stream = bench.stream(channel)
    assert stream.write(bytes(1 << 20))
    assert bench.poll.awaited == WRITABLE
    assert len(channel.sent) == 256 << 10


def test_a_connection_that_breaks_under_a_write_is_lost_after_it_and_once(bench: Bench) -> None:
    for problem in (BrokenPipeError(), SSL.Error([("", "", "bad")]), SSL.SysCallError(-1, "EOF")):
        channel = Script(b"data")
        channel.takes = [problem, problem]
        made = Bench()
        made.recorder.answer = b"answer"
        stream = made.stream(channel)
        stream.ready()
        assert made.told == [b"data"]
        stream.ready()
        stream.abortConnection()
        assert stream.write(b"more")
        assert made.told == [b"data", "lost"]
        made.close()


def test_what_waits_leaves_before_the_end_and_the_end_waits_for_the_client(bench: Bench) -> None:
    channel = Script()
    channel.takes = [1, WantWrite()]
    stream = bench.stream(channel)
    stream.write(b"answer")
    stream.loseConnection()
    stream.write(b"never")
    assert not channel.ended
    stream.ready()
    assert (channel.ended, channel.sent, bench.told) == (True, b"answer", [])
    bench.theirs.sendall(b"dropped")
    stream.ready()
    bench.theirs.close()
    stream.ready()
    assert bench.told == ["lost"]


def test_a_client_that_has_ended_is_answered_and_closed_at_once(bench: Bench) -> None:
    channel = Script(b"")
    stream = bench.stream(channel)
    stream.ready()
    assert (bench.told, bench.poll.awaited) == (["ended"], 0)
    stream.write(b"answer")
    stream.loseConnection()
    assert (channel.sent, channel.ended, bench.told) == (b"answer", True, ["ended", "lost"])


def test_a_client_that_ended_and_broke_is_lost(bench: Bench) -> None:
    stream = bench.stream(Script(b""))
    stream.ready()
    stream.ready()
    assert bench.told == ["ended", "lost"]


def test_a_failed_handshake_ends_as_others_do_so_that_its_alert_arrives(bench: Bench) -> None:
    channel = Script(SSL.Error([("SSL routines", "", "no shared cipher")]))
    stream = bench.stream(channel)
    stream.ready()
    assert (channel.ended, bench.told) == (True, [])
    bench.theirs.close()
    stream.ready()
    assert bench.told == ["lost"]


def test_a_protocol_that_raises_loses_its_connection_only(bench: Bench) -> None:
    bench.recorder.problem = RuntimeError("a mistake")
    stream = bench.stream(Script(b"data"))
    stream.ready()
    assert bench.told == [b"data", "lost"]


@pytest.fixture
def over_tcp(bench: Bench) -> Iterator[tuple[Stream, socket.socket]]:
    """A stream, and its client."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.create_connection(listening.getsockname())
        accepted, _ = listening.accept()
    with client, accepted:
        accepted.setblocking(False)
        client.settimeout(10)
        stream = Stream(bench.poll, accepted, PlainChannel(accepted), PEER)
        stream.begin(bench.recorder)
        yield stream, client


def test_an_abort_is_a_reset(bench: Bench, over_tcp: tuple[Stream, socket.socket]) -> None:
    stream, client = over_tcp
    stream.abortConnection()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    assert bench.told == ["lost"]


def test_the_last_answer_leaves_together_with_the_end(
    over_tcp: tuple[Stream, socket.socket],
) -> None:
    stream, client = over_tcp
    assert not stream.write_last(b"answer")
    client.setblocking(False)
    with pytest.raises(BlockingIOError):
        client.recv(6)
    client.settimeout(10)
    stream.loseConnection()
    assert (client.recv(6), client.recv(1)) == (b"answer", b"")


def test_a_last_answer_that_has_no_room_arrives_whole_and_then_the_end(
    over_tcp: tuple[Stream, socket.socket],
) -> None:
    stream, client = over_tcp
    answer = bytes(range(256)) * (32 << 10)
    assert stream.write_last(answer)
    stream.loseConnection()
    received = bytearray()
    while piece := client.recv(1 << 20):
        received += piece
        stream.ready()
    assert received == answer


def test_who_ended_too_is_let_go_whatever_he_said_before(
    bench: Bench, over_tcp: tuple[Stream, socket.socket]
) -> None:
    stream, client = over_tcp
    stream.write_last(b"answer")
    stream.loseConnection()
    client.sendall(b"more than is read and dropped in one turn" * 3000)
    stream.ready(READABLE | GONE)
    assert bench.told == ["lost"]


def test_a_descriptor_that_is_used_again_has_nothing_of_the_one_before(bench: Bench) -> None:
    told: list[str] = []
    near, far = socket.socketpair()
    with far:
        bench.poll.add(near.fileno(), lambda _: told.append("before"), READABLE)
        far.send(b"unread")
        bench.poll.remove(near.fileno())
        near.close()
    again, other = socket.socketpair()
    with again, other:
        bench.poll.add(again.fileno(), lambda _: told.append("again"), READABLE)
        bench.poll.doRead()
        assert told == []
        other.send(b"x")
        bench.poll.doRead()
        assert told == ["again"]


def test_a_handler_that_raises_leaves_the_others_in_service(bench: Bench) -> None:
    called: list[str] = []

    def handler(name: str) -> Callable[[int], None]:
        def handle(_: int) -> None:
            called.append(name)
            bench.poll.remove((bench.ours if name == "first" else bench.theirs).fileno())
            raise RuntimeError(name)

        return handle

    bench.poll.add(bench.ours.fileno(), handler("first"), WRITABLE)
    bench.poll.add(bench.theirs.fileno(), handler("second"), WRITABLE)
    bench.poll.doRead()
    assert sorted(called) == ["first", "second"]


def closed(opened: SocketType, _: Peer) -> bool:
    opened.close()
    return True


class ShortOfDescriptors:
    """A listening socket of a process that has no descriptor left."""

    def __init__(self, real: socket.socket) -> None:
        self.fileno, self.setsockopt, self.close = real.fileno, real.setsockopt, real.close
        self.getsockopt, self.getsockname = real.getsockopt, real.getsockname
        self.family = real.family
        self.asked = 0

    def _accept(self) -> None:
        self.asked += 1
        raise OSError(errno.EMFILE, "Too many open files")


def test_without_descriptors_clients_wait_and_the_processor_rests(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        short: Any = ShortOfDescriptors(listening)
        listener = Listener(bench.poll, short, closed, lambda: (1, False))
        listener.start()
        with socket.create_connection(listening.getsockname()):
            for _ in range(5):
                bench.poll.doRead()
            assert (short.asked, bench.poll.awaited) == (1, 0)
            listener.resume()
            bench.poll.doRead()
            assert short.asked == 2
        listener.stop()


def test_a_socket_that_another_process_has_too_is_told_of_no_more() -> None:
    """Whoever follows us listens on it while our last clients are served."""
    poll = Poll(NoReactor())
    with socket.create_server(("127.0.0.1", 0)) as followed:
        ours = followed.dup()
        ours.setblocking(False)
        listener = Listener(poll, ours, closed, lambda: (1, False))
        listener.start()
        listener.stop()
        with socket.create_connection(followed.getsockname()):
            assert not select.select([poll], [], [], 0)[0]
    poll.stop()
