"""Over real multicast, on the loopback interface: a phone's datagrams in, the server's out. The
reactor is a clock, and sockets that are read when the test says so."""

from __future__ import annotations

import contextlib
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.task import Clock

from provd.errors import ConfigurationError
from provd.pnp import Announcement, PnpServer
from provd.pnp import server as module
from provd.pnp.sockets import GROUP, hearing
from provd.sip.answers import answer
from provd.sip.messages import Request, Response, read, write
from tests.pnp.phones import FORMS, MAC

LOOPBACK = "127.0.0.1"
URL = "https://prov.example.net/"


class Port:
    """As Twisted's, over a real socket."""

    def __init__(self, opened: socket.socket, protocol: Any) -> None:
        self.socket, self.protocol = opened, protocol

    def write(self, data: bytes, place: tuple[str, int]) -> None:
        self.socket.sendto(data, place)

    def pump(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                self.protocol.datagramReceived(*self.socket.recvfrom(65535))

    def stopListening(self) -> None:  # noqa: N802  Twisted's name
        self.socket.close()


class Reactor(Clock):
    def __init__(self) -> None:
        super().__init__()
        self.ports: list[Port] = []

    def adoptDatagramPort(self, fd: int, *more: Any) -> Port:  # noqa: N802
        adopted = Port(socket.socket(fileno=socket.dup(fd)), more[1])
        adopted.socket.setblocking(False)
        self.ports.append(adopted)
        return adopted

    def turn(self) -> None:
        for port in self.ports:
            port.pump()


class House:
    """A server on the loopback interface, and a phone's socket."""

    def __init__(self) -> None:
        self.reactor = Reactor()
        self.events: Counter[str] = Counter()
        self.asked: list[tuple[Announcement, str]] = []
        self.url = URL
        self.server = PnpServer(self.reactor, self.decide, self.tell, interface=LOOPBACK, port=0)
        self.server.start()
        self.port = self.reactor.ports[0].socket.getsockname()[1]
        self.phone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.phone.bind((LOOPBACK, 0))
        self.phone.settimeout(5)
        self.phone.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))

    def tell(self, event: str) -> None:
        self.events[event] += 1

    async def decide(self, said: Announcement, address: str) -> str:
        self.asked.append((said, address))
        return self.url

    def send(self, data: bytes, place: tuple[str, int] | None = None) -> None:
        self.phone.sendto(data, place or (GROUP, self.port))
        self.reactor.turn()

    def receive(self) -> Request | Response:
        return read(self.phone.recv(65535))

    def silent(self) -> bool:
        self.phone.setblocking(False)
        try:
            return not self.phone.recv(65535)
        except BlockingIOError:
            return True
        finally:
            self.phone.settimeout(5)

    def close(self) -> None:
        self.server.stop()
        self.phone.close()


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    yield made
    made.close()


def test_a_phone_asks_by_multicast_and_is_told_where_its_files_are(house: House) -> None:
    house.send(FORMS[0].data())
    accepted, notify = house.receive(), house.receive()
    assert isinstance(accepted, Response)
    assert isinstance(notify, Request)
    assert (accepted.status, notify.body) == (200, URL.encode())
    ((said, address),) = house.asked
    assert (said.mac.digits, address) == (MAC, LOOPBACK)
    host, port = notify.headers.first("Contact").strip("<>").removeprefix("sip:").split(":")
    house.send(write(answer(notify, 200, "OK", tag="p")), (host, int(port)))
    assert house.events == {"asked": 1, "answered": 1, "confirmed": 1}
    house.reactor.advance(60)
    assert house.silent()


def test_the_notify_comes_again_when_it_is_not_answered(house: House) -> None:
    house.send(FORMS[0].data())
    house.receive()
    notify = house.receive()
    house.reactor.advance(0.5)
    assert house.receive() == notify


def test_who_may_not_be_told_meets_silence(house: House) -> None:
    house.url = ""
    house.send(FORMS[0].data())
    assert house.silent()
    assert house.events == {"asked": 1, "ignored": 1}


def test_more_than_can_be_decided_are_turned_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_DECIDING", 0)
    house.send(FORMS[0].data())
    assert house.silent()
    assert house.events == {"asked": 1, "turned_away": 1}


def test_what_does_not_come_by_multicast_is_not_heard(house: House) -> None:
    house.send(FORMS[0].data(), (LOOPBACK, house.port))
    assert house.silent()
    assert not house.events


def test_after_its_end_it_says_nothing(house: House) -> None:
    house.send(FORMS[0].data())
    house.receive(), house.receive()
    house.server.stop()
    house.reactor.advance(60)
    assert house.silent()
    assert not house.reactor.getDelayedCalls()


def test_a_successor_can_hear_beside_it(house: House) -> None:
    with hearing(LOOPBACK, house.port) as second:
        house.send(FORMS[0].data())
        assert second.recv(65535) == FORMS[0].data()


def test_an_address_that_is_not_ours_is_refused_with_a_remedy() -> None:
    other = PnpServer(Reactor(), House.decide, str, interface="192.0.2.250")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"listen\.pnp.*address of this machine") as caught:
        other.start()
    assert caught.value.remedy
