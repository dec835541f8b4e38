"""More clients than the processor can serve: those inside are served, the rest is told or cut."""

from __future__ import annotations

import errno
import itertools
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from ipaddress import ip_address
from socket import SocketType
from typing import Any
from unittest.mock import Mock

import pytest
from twisted.internet.defer import Deferred

from provd.exchange import Answer, Refusal, Request
from provd.servers.addresses import household
from provd.servers.http import HttpLimits, HttpServer
from provd.servers.http.beginners import Beginners
from provd.servers.http.connections import Connections, Verdict
from provd.servers.http.listener import Listener
from provd.servers.http.poll import READABLE, Poll
from provd.servers.http.service import CUTTING_SECONDS
from provd.servers.http.stream import Peer
from tests.servers.conftest import run
from tests.servers.files import NOW, DictBackend

FILES = {"a.cfg": b"hello"}
REQUEST = b"GET /a.cfg HTTP/1.0\r\n\r\n"
COST = 0.25
"""Seconds that a request takes on this server's clock."""
PHONE = household(ip_address("192.0.2.7"))


class Turns:
    """A reactor whose turns are ours, and the only clock."""

    def __init__(self) -> None:
        self.readers: list[Any] = []
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def addReader(self, reader: Any) -> None:  # noqa: N802
        self.readers.append(reader)

    def removeReader(self, reader: Any) -> None:  # noqa: N802
        if reader in self.readers:
            self.readers.remove(reader)

    def turn(self, times: int = 1) -> None:
        for _ in range(times):
            for reader in list(self.readers):
                reader.doRead()

    def admit(self) -> None:
        """What is done at the door takes no time."""
        self.readers[0].doRead()


class Costly(DictBackend):
    """Answers at once, for `COST` seconds of the processor's time."""

    def __init__(self, turns: Turns) -> None:
        super().__init__(FILES)
        self._turns = turns

    def ready(self, request: Request) -> Answer | Refusal | None:
        self._turns.now += COST
        return super().ready(request)


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def server(turns: Turns) -> Iterator[HttpServer]:
    server = HttpServer(
        turns,
        Costly(turns),
        interface="127.0.0.1",
        port=0,
        limits=HttpLimits(maximum_wait_seconds=1.0, told_per_second=8, header_seconds=60),
        clock=lambda: NOW,
        monotonic=turns.monotonic,
    )
    server.start()
    yield server
    stopped = Deferred.fromCoroutine(server.stop(0))
    assert stopped.called


Connect = Callable[[], socket.socket]


@pytest.fixture
def connect(server: HttpServer) -> Iterator[Connect]:
    with ExitStack() as opened:

        def begin() -> socket.socket:
            one = socket.create_connection(("127.0.0.1", server.port), 5)
            opened.enter_context(closing(one))
            one.sendall(REQUEST)
            return one

        yield begin


class Listened(socket.socket):
    """One whose methods may be replaced."""


class Door:
    """A Listener that cuts everybody off while it is `hopeless`, and those who come to it; `taken`
    are those whom it let in, for whom there is `room`."""

    def __init__(
        self, turns: Turns, monotonic: Callable[[], float], *, one_of_several: bool
    ) -> None:
        self.hopeless = True
        self.room = 1000
        self.taken: list[SocketType] = []
        self.opened = Listened()
        if one_of_several:
            self.opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.opened.bind(("127.0.0.1", 0))
        self.opened.listen(128)
        self.opened.setblocking(False)
        self._all = ExitStack()
        self._poll = Poll(turns, turns.monotonic)
        self._poll.start()
        self.listener = Listener(
            self._poll,
            self.opened,
            self._take,
            lambda: (CUTTING_SECONDS, self.hopeless),
            monotonic,
        )
        self.listener.start()

    def _take(self, opened: SocketType, _: Peer) -> bool:
        if len(self.taken) == self.room:
            opened.close()
            self.hopeless = True
            return False
        self.taken.append(opened)
        return True

    def address(self) -> tuple[str, int]:
        host, port = self.opened.getsockname()
        return host, port

    def connect(self) -> socket.socket:
        client = socket.create_connection(self.address(), 5)
        return self._all.enter_context(closing(client))

    def joined(self) -> socket.socket:
        """One more that listens on this port."""
        other = self._all.enter_context(closing(socket.socket()))
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(self.address())
        other.listen(128)
        return other

    def close(self) -> None:
        self._all.close()
        for each in self.taken:
            each.close()
        self.listener.stop()
        self._poll.stop()


def listening(
    turns: Turns, monotonic: Callable[[], float] = lambda: 0.0, *, one_of_several: bool = False
) -> closing[Door]:
    return closing(Door(turns, monotonic, one_of_several=one_of_several))


def room(opened: socket.socket) -> int:
    """How many may wait, as ss(8) has it."""
    said = run("ss", "-Hltn", f"sport = :{opened.getsockname()[1]}").stdout.decode()
    return int(said.split()[2])


def was_reset(client: socket.socket) -> bool:
    try:
        return bool(answered(client))
    except ConnectionResetError:
        return True


def answered(client: socket.socket) -> bytes:
    client.settimeout(0)
    try:
        return client.recv(4096)
    except BlockingIOError:
        return b""


def test_while_those_inside_wait_too_long_new_ones_are_told_at_once_then_cut_and_all_inside_served(
    turns: Turns, server: HttpServer, connect: Connect
) -> None:
    inside = [connect() for _ in range(40)]
    turns.turn()
    while turns.now < 2.0:  # the queue is ten seconds long
        turns.turn()
    began = turns.now
    told, told_too, cut = connect(), connect(), connect()
    turns.admit()
    turns.admit()
    assert turns.now == began  # they did not wait for those inside
    for one in (told, told_too):
        answer = answered(one)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 30\r\n" in answer
    with pytest.raises(ConnectionResetError):
        answered(cut)
    turns.admit()
    hopeless = connect()
    turns.admit()
    with pytest.raises(ConnectionResetError):
        answered(hopeless)
    assert server.cut == 2
    turns.turn(40)
    assert all(answered(one).startswith(b"HTTP/1.1 200 ") for one in inside)
    late_comer = connect()
    turns.turn(3)
    assert answered(late_comer).startswith(b"HTTP/1.1 200 ")


def test_a_connection_that_can_not_begin_takes_no_place(
    turns: Turns, server: HttpServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Poll, "add", fails)
    broken = connect()
    turns.turn()
    with pytest.raises(ConnectionResetError):
        answered(broken)
    assert server.connections == 0
    monkeypatch.undo()
    client = connect()
    turns.turn(3)
    assert answered(client).startswith(b"HTTP/1.1 200 ")


def test_who_can_only_be_cut_off_waits_for_no_second_turn(turns: Turns) -> None:
    with listening(turns) as door:
        clients = [door.connect() for _ in range(53)]
        door.listener.ready()
        assert door.listener.cut == 53
        for client in clients:
            with pytest.raises(ConnectionResetError):
                client.recv(1)


@pytest.mark.parametrize("one_of_several", [False, True])
def test_behind_the_first_for_whom_there_is_no_room_all_are_cut_off_unseen(
    turns: Turns, *, one_of_several: bool
) -> None:
    with listening(turns, one_of_several=one_of_several) as door:
        door.hopeless = False
        door.room = 2
        for _ in range(10):
            door.connect()
        door.listener.ready()
        assert (len(door.taken), door.listener.cut) == (2, 7)


def test_where_others_listen_too_each_is_cut_off_by_himself(turns: Turns) -> None:
    """Five times a capacity of 1,300 a second, in turns of 10 ms: 53 of them come in a turn."""
    spent = itertools.count()
    with listening(turns, lambda: next(spent) * 20e-6, one_of_several=True) as door:
        door.joined()
        for _ in range(2):  # the kernel chooses among both, and goes on to
            before = door.listener.cut
            clients = [door.connect() for _ in range(53)]
            door.listener.ready()
            reset = [one for one in clients if was_reset(one)]
            assert 0 < len(reset) == door.listener.cut - before < 53


def test_it_listens_again_on_the_same_port_with_as_much_room(turns: Turns) -> None:
    with listening(turns) as door:
        address, before = door.address(), room(door.opened)
        for _ in range(3):
            door.connect()
            door.listener.ready()
        door.hopeless = False
        assert (door.address(), room(door.opened)) == (address, before)
        door.connect()
        door.listener.ready()
        assert len(door.taken) == 1


@pytest.mark.parametrize("refused", [errno.EINVAL, errno.EACCES])
def test_a_port_that_we_still_have_need_not_be_one_that_we_may_bind(
    refused: int, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(turns) as door:
        door.connect()
        monkeypatch.setattr(door.opened, "bind", Mock(side_effect=OSError(refused, "")))
        monkeypatch.setattr(door.opened, "shutdown", Mock())  # or this one would be lost
        door.listener.ready()
        assert door.listener.cut == 1
        assert room(door.opened) == 128


def test_a_port_that_somebody_took_meanwhile_is_listened_on_as_soon_as_he_leaves_it(
    turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(turns) as door:
        door.connect()
        with monkeypatch.context() as patched:
            taken = OSError(errno.EADDRINUSE, "Address already in use")
            patched.setattr(door.opened, "listen", Mock(side_effect=taken))
            door.listener.ready()
            door.listener.resume()
        turns.turn()  # nobody asks for it all the time
        with pytest.raises(ConnectionRefusedError):
            door.connect()
        door.listener.resume()
        door.hopeless = False
        door.connect()
        turns.turn()
        assert len(door.taken) == 1


def test_who_is_cut_off_is_told_by_a_reset_though_he_has_said_nothing(turns: Turns) -> None:
    with listening(turns) as door:
        client = door.connect()
        door.listener.ready()
        client.settimeout(5)
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_who_is_let_in_is_not_reset_when_he_is_closed(turns: Turns) -> None:
    with listening(turns) as door:
        door.hopeless = False
        client = door.connect()
        door.listener.ready()
        (taken,) = door.taken
        taken.send(b"read in peace")
        taken.close()
        client.settimeout(5)
        assert client.recv(99) == b"read in peace"
        assert client.recv(99) == b""


def test_few_clients_are_served_however_long_each_takes(turns: Turns, connect: Connect) -> None:
    for _ in range(5):
        some = [connect() for _ in range(4)]
        turns.turn(3)
        assert all(answered(one).startswith(b"HTTP/1.1 200 ") for one in some)


def test_the_poll_knows_how_long_the_last_in_the_queue_waited(turns: Turns) -> None:
    poll = Poll(turns, turns.monotonic)
    with ExitStack() as opened:
        for _ in range(20):
            near, far = (opened.enter_context(one) for one in socket.socketpair())

            def handled(_: int, near: socket.socket = near) -> None:
                near.recv(1)
                turns.now += 1

            poll.add(near.fileno(), handled, READABLE)
            far.send(b"x")
        assert poll.late_seconds == 0
        poll.doRead()
        assert poll.late_seconds == 8  # eight were handled, and the turn was over
        for seconds in range(9, 21):
            poll.doRead()
            assert poll.late_seconds == seconds  # such slow ones are taken one by one
        poll.doRead()
        poll.doRead()
        assert poll.late_seconds == 0
        poll.stop()


def test_events_are_taken_one_by_one_while_they_are_slow_and_by_eights_when_they_are_not(
    turns: Turns,
) -> None:
    taken: list[int] = []
    takes = 0.003
    with ExitStack() as opened:
        poll = Poll(turns, turns.monotonic)
        for _ in range(100):
            near, far = (opened.enter_context(one) for one in socket.socketpair())

            def handled(_: int, near: socket.socket = near) -> None:
                near.recv(1)
                taken[-1] += 1
                turns.now += takes

            poll.add(near.fileno(), handled, READABLE)
            far.send(b"x")

        def turn() -> None:
            taken.append(0)
            poll.doRead()

        for _ in range(3):
            turn()
        takes = 0.0001
        for _ in range(2):
            turn()
        poll.stop()
    assert taken == [8, 1, 1, 31, 32]


def test_so_many_are_told_each_second_and_fewer_when_the_processor_is_late(turns: Turns) -> None:
    connections = Connections(HttpLimits(maximum_connections_per_address=1), 8, turns.monotonic)
    assert connections.admit(PHONE, late=False) is Verdict.SERVED

    def told(late: bool) -> int:
        verdicts = [connections.admit(PHONE, late=late) for _ in range(10)]
        return verdicts.count(Verdict.TURNED_AWAY)

    assert told(late=False) == 8
    turns.now += 0.5
    assert told(late=True) == 1
    assert connections.cut == 11


def test_no_more_come_in_than_there_are_descriptors_for_and_a_reload_changes_nothing_of_that(
    turns: Turns,
) -> None:
    connections = Connections(HttpLimits(descriptors=8), 100, turns.monotonic)
    connections.bound(1000, 1000)
    verdicts = [connections.admit(PHONE, late=False) for _ in range(10)]
    assert verdicts == [Verdict.SERVED] * 6 + [Verdict.TURNED_AWAY] * 2 + [Verdict.CUT] * 2


def test_no_more_come_in_than_were_answered_within_a_second(turns: Turns) -> None:
    beginners = Beginners(turns.monotonic)
    generations = [beginners.came() for _ in range(300)]
    assert beginners.enough()  # nothing is known of the second before
    for generation in generations:
        beginners.answered(generation)
    turns.now += 1.0
    generations = [beginners.came() for _ in range(299)]
    before = beginners.enough()
    beginners.came()
    assert (before, beginners.enough()) == (False, True)
    beginners.left(generations[0])
    assert not beginners.enough()


def test_who_is_slow_himself_keeps_nobody_out(turns: Turns) -> None:
    beginners = Beginners(turns.monotonic)
    slow = [beginners.came() for _ in range(2000)]
    assert beginners.enough()
    turns.now += 1.0
    assert beginners.enough()
    turns.now += 1.0
    assert not beginners.enough()
    for generation in slow:
        beginners.left(generation)
    for _ in range(255):
        beginners.came()
    assert not beginners.enough()
