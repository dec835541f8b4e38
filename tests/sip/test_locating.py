"""SIP servers by their names: SRV records, in their order, from a real DNS server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from provd.sip.carrying import Carrier, Connection, Peer
from provd.sip.locating import Service, locate, reach
from provd.sip.resolving import servers_of, services

HOST = "127.0.0.1"
RECORDS = {
    "_sip._udp.pbx.example": [Service(20, 0, 5060, "b.example"), Service(10, 1, 5062, "c.example"),
                              Service(10, 9, 5061, "a.example.")],
    "_sip._tcp.pbx.example": [Service(1, 1, 5070, "pbx.example")],
    "_sips._tcp.pbx.example": [Service(1, 1, 5071, "t.example"), Service(0, 0, 5071, ".")],
}  # fmt: skip


def recorded(name: str) -> list[Service]:
    return RECORDS.get(name, [])


def hosts(found: list[Peer]) -> list[tuple[str, str, int]]:
    return [(str(one.carrier), one.host, one.port) for one in found]


@pytest.mark.parametrize(
    "peer",
    [
        Peer(Carrier.UDP, "pbx.example", 5080),
        Peer(Carrier.UDP, "192.0.2.1"),
        Peer(Carrier.TLS, "2001:db8::1"),
    ],
)
def test_an_address_and_a_name_with_a_port_are_looked_up_by_nobody(peer: Peer) -> None:
    def never(_: str) -> list[Service]:
        raise AssertionError

    assert locate(peer, never, any_carrier=True) == [peer]


def test_records_come_by_priority_then_weight() -> None:
    found = locate(Peer(Carrier.UDP, "pbx.example"), recorded)
    assert hosts(found) == [
        ("udp", "a.example", 5061),
        ("udp", "c.example", 5062),
        ("udp", "b.example", 5060),
    ]


def test_a_certificate_must_bear_the_name_that_was_asked_for() -> None:
    [found] = locate(Peer(Carrier.TLS, "pbx.example"), recorded)
    assert (found.host, found.name) == ("t.example", "pbx.example")


def test_the_dns_may_choose_the_transport() -> None:
    found = locate(Peer(Carrier.UDP, "pbx.example"), recorded, any_carrier=True)
    assert [one.carrier for one in found] == [*[Carrier.UDP] * 3, Carrier.TCP, Carrier.TLS]


def test_without_records_the_name_is_the_host() -> None:
    peer = Peer(Carrier.TCP, "other.example")
    assert locate(peer, recorded) == [peer]


def test_the_next_is_tried_when_one_can_not_be_reached() -> None:
    tried = []

    def connect(peer: Peer) -> Connection:
        tried.append(peer.host)
        if peer.host != "b.example":
            raise ConnectionRefusedError
        return Connection(Peer(Carrier.UDP, HOST, 9))

    with reach(Peer(Carrier.UDP, "pbx.example"), connect, recorded):
        assert tried == ["a.example", "c.example", "b.example"]
    with pytest.raises(ConnectionRefusedError):
        reach(Peer(Carrier.TCP, "pbx.example"), connect, recorded)


@pytest.fixture(scope="module")
def dns() -> Iterator[tuple[str, int]]:
    """Debian's dnsmasq, with one domain."""
    program = shutil.which("dnsmasq", path="/usr/sbin:/usr/bin:/sbin")
    assert program, "this test needs a real DNS server. Remedy: apt-get install dnsmasq-base"
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind((HOST, 0))
        port = int(taken.getsockname()[1])
    command = [program, "-k", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file=",
               f"--listen-address={HOST}", "--bind-interfaces", f"--port={port}",
               "--log-facility=-", "--user=", "--local=/pbx.example/",
               "--srv-host=_sip._udp.pbx.example,one.pbx.example,5060,10,60",
               "--srv-host=_sip._udp.pbx.example,two.pbx.example,5070,20,0"]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 20
            while not services("_sip._udp.pbx.example", [(HOST, port)], 0.05):
                assert process.poll() is None
                assert time.monotonic() < deadline
            yield HOST, port
        finally:
            process.terminate()


def test_dnsmasq_is_understood(dns: tuple[str, int]) -> None:
    found = services("_sip._udp.pbx.example", [dns])
    assert sorted(found, key=lambda one: one.priority) == [
        Service(10, 60, 5060, "one.pbx.example"),
        Service(20, 0, 5070, "two.pbx.example"),
    ]
    assert services("_sip._tcp.pbx.example", [dns]) == []


def test_a_server_that_is_silent_or_mad_is_left_for_the_next(dns: tuple[str, int]) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind((HOST, 0))
        assert len(services("_sip._udp.pbx.example", [silent.getsockname(), dns], 0.3)) == 2
        assert services("_sip._udp.pbx.example", [silent.getsockname()], 0.02) == []


def test_an_answer_to_another_question_is_none(dns: tuple[str, int]) -> None:
    """Somebody guesses, and puts an answer of his own in."""
    with socket.socket(type=socket.SOCK_DGRAM) as between:
        between.bind((HOST, 0))
        between.settimeout(5)

        def relay() -> None:
            question, source = between.recvfrom(512)
            with socket.socket(type=socket.SOCK_DGRAM) as asking:
                asking.settimeout(5)
                asking.sendto(question, dns)
                answer = asking.recv(4096)
            between.sendto(bytes([answer[0] ^ 1]) + answer[1:], source)

        other = threading.Thread(target=relay)
        other.start()
        assert services("_sip._udp.pbx.example", [between.getsockname()], 0.3) == []
        other.join()


def test_the_systems_servers_are_read(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(
        "# x\nsearch example\nnameserver 192.0.2.1\nnameserver 2001:db8::1\nnameserver\n"
    )
    assert servers_of(file) == [("192.0.2.1", 53), ("2001:db8::1", 53)]
    assert servers_of(tmp_path / "missing") == []
