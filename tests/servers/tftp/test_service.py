"""The Twisted side, read by hand: real sockets, no running reactor, a clock that we move."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from structlog.testing import capture_logs
from twisted.internet.defer import Deferred

from provd.servers.tftp import TftpLimits, TftpServer
from provd.servers.ticker import Ticker
from tests.servers.files import DictBackend

ROM = Random(7).randbytes(300_001)


@dataclass
class Readers:
    """The part of a reactor that the server uses."""

    readers: list[Any] = field(default_factory=list)

    def addReader(self, reader: Any) -> None:  # noqa: N802
        self.readers.append(reader)

    def removeReader(self, reader: Any) -> None:  # noqa: N802
        self.readers.remove(reader)

    def turn(self) -> None:
        for reader in list(self.readers):
            if reader in self.readers:  # as a reactor, which forgets what one event removed
                reader.doRead()


class Bench:
    def __init__(
        self, settings: TftpLimits | None = None, interfaces: Sequence[str] = ("127.0.0.1",)
    ) -> None:
        self.now = 0.0
        self.readers = Readers()
        self.backend = DictBackend({"big.cfg": b"x" * 1000, "phone.rom": ROM})
        reactor: Any = self.readers
        self.server = TftpServer(
            reactor,
            self.backend,
            interfaces=interfaces,
            port=0,
            settings=settings,
            monotonic=lambda: self.now,
        )
        self.server.start()

    def ask(self, phone: socket.socket) -> tuple[bytes, Any]:
        phone.sendto(b"\0\1big.cfg\0octet\0", ("127.0.0.1", self.server.port))
        self.readers.turn()
        return phone.recvfrom(2000)

    def stop(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.server.stop(10.0))


WAYS = {
    "batched, segmented": TftpLimits(),
    "batched": TftpLimits(segmented_windows=False),
    "segmented": TftpLimits(batched_datagrams=False),
    "plain": TftpLimits(batched_datagrams=False, segmented_windows=False),
}


@pytest.fixture(params=WAYS)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    made = Bench(WAYS[request.param])
    yield made
    if made.readers.readers:
        made.stop()
        made.now += 100.0
        made.readers.turn()


@pytest.fixture
def phone() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.settimeout(5)
        yield made


def test_a_hundred_neighbours_share_a_few_descriptors(bench: Bench) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    phones = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(100)]
    before = descriptors()
    for phone in phones:
        bench.ask(phone)
    assert 0 < descriptors() - before <= TftpLimits().neighbours_sockets
    assert bench.server.running == 100
    assert len(bench.readers.readers) == 2
    for phone in phones:
        phone.close()


def test_after_a_minute_phones_meet_other_ports(bench: Bench) -> None:
    with ExitStack() as stack:  # a phone's port must not be used again while its transfer runs

        def ports() -> set[int]:
            """Those that thirty phones are answered from."""
            family, kind = socket.AF_INET, socket.SOCK_DGRAM
            phones = [stack.enter_context(socket.socket(family, kind)) for _ in range(30)]
            for phone in phones:
                phone.settimeout(5)
            return {bench.ask(phone)[1][1] for phone in phones}

        before = ports()
        assert len(before | ports()) <= TftpLimits().neighbours_sockets
        bench.now += 61.0
        bench.readers.turn()
        assert not ports() <= before


def test_stopping_lets_a_running_transfer_end_and_takes_no_new_one(
    bench: Bench, phone: socket.socket
) -> None:
    _, peer = bench.ask(phone)
    stopped = bench.stop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as late:
        late.sendto(b"\0\1big.cfg\0octet\0", ("127.0.0.1", bench.server.port))
        bench.readers.turn()
    assert len(bench.backend.asked) == 1
    assert bench.server.running == 1
    for block in (1, 2):
        phone.sendto(b"\0\4" + block.to_bytes(2, "big"), peer)
        bench.readers.turn()
    bench.readers.turn()
    assert stopped.called
    assert [delivery.outcome.whole for delivery in bench.backend.deliveries] == [True]
    assert bench.readers.readers == []


def test_stopping_ends_what_runs_beyond_the_grace(bench: Bench, phone: socket.socket) -> None:
    bench.ask(phone)
    stopped = bench.stop()
    bench.now = 4.0
    bench.readers.turn()
    assert bench.server.running == 1
    bench.now = 10.1
    bench.readers.turn()
    assert stopped.called
    assert [delivery.outcome.whole for delivery in bench.backend.deliveries] == [False]


def test_a_datagram_that_trips_the_backend_costs_only_itself_and_one_line(
    bench: Bench, phone: socket.socket
) -> None:
    files, bench.backend.files = bench.backend.files, None  # type: ignore[assignment]
    for _ in range(3):
        phone.sendto(b"\0\1big.cfg\0octet\0", ("127.0.0.1", bench.server.port))
    with capture_logs() as logged:
        bench.readers.turn()
        bench.readers.turn()
    assert [(line["event"], line["count"]) for line in logged] == [("datagrams-failed", 3)]
    bench.backend.files = files
    assert bench.ask(phone)[0][:4] == b"\0\3\0\1"


def test_many_phones_at_once_get_their_windows_whole_and_in_order(bench: Bench) -> None:
    request = b"\0\1phone.rom\0octet\0blksize\x001428\0windowsize\x0016\0"
    phones = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(40)]
    received = dict.fromkeys(phones, b"")
    for phone in phones:
        phone.settimeout(5)
        phone.sendto(request, ("127.0.0.1", bench.server.port))
    bench.readers.turn()
    peers = {phone: phone.recvfrom(2000)[1] for phone in phones}
    acked = dict.fromkeys(phones, 0)
    while bench.server.running:
        for phone in phones:
            phone.sendto(b"\0\4" + acked[phone].to_bytes(2, "big"), peers[phone])
        bench.readers.turn()
        for phone in phones if acked[phones[0]] < len(ROM) // 1428 + 1 else ():
            for _ in range(min(16, len(ROM) // 1428 + 1 - acked[phone])):
                packet = phone.recv(2000)
                acked[phone] += 1
                assert packet[:4] == b"\0\3" + acked[phone].to_bytes(2, "big")
                received[phone] += packet[4:]
    assert set(received.values()) == {ROM}
    assert [delivery.outcome.whole for delivery in bench.backend.deliveries] == [True] * 40
    for phone in phones:
        phone.close()


@pytest.mark.parametrize("phones", [("127.0.0.1",), ("::1",), ("127.0.0.1", "::1")])
def test_a_listener_for_both_families_answers_each_from_the_address_that_was_asked(
    phones: tuple[str, ...],
) -> None:
    bench = Bench(interfaces=["::"])
    with ExitStack() as stack:
        for host in phones:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            phone = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            phone.settimeout(5)
            phone.sendto(b"\0\1big.cfg\0octet\0", (host, bench.server.port))
            bench.readers.turn()
            received = b""
            for block in (1, 2):
                packet, peer = phone.recvfrom(2000)
                assert peer[0] == host
                received += packet[4:]
                phone.sendto(b"\0\4" + block.to_bytes(2, "big"), peer)
                bench.readers.turn()
            assert received == bench.backend.files["big.cfg"]
    told = [(str(each.request.address), each.outcome.whole) for each in bench.backend.deliveries]
    assert told == [(host, True) for host in phones]
    assert bench.stop().called


def test_an_idle_server_stops_at_once(bench: Bench) -> None:
    assert bench.stop().called


def test_a_failing_tick_is_followed_by_the_next() -> None:
    reactor: Any = Readers()
    ticks: list[int] = []

    def action() -> None:
        ticks.append(1)
        raise RuntimeError("this tick fails")

    ticker = Ticker(reactor, 0.1, action)
    ticker.start()
    reactor.turn()
    reactor.turn()
    ticker.stop()
    assert len(ticks) == 2
    assert reactor.readers == []
