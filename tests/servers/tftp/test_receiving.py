"""Write requests: who is asked, what is answered, and what the receiver is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_network

import pytest
from twisted.internet.defer import Deferred

from provd.exchange import Reason
from provd.servers.tftp import TftpLimits
from provd.servers.tftp.outgoing import Outgoing
from provd.servers.tftp.peers import Peer, peer_of
from provd.servers.tftp.receiving import Receptions
from provd.servers.tftp.transfer import Counters
from tests.servers.files import NOW
from tests.servers.receivers import DictReceiver
from tests.servers.tftp.lines import Line

PHONE: Peer = peer_of(("192.0.2.10", 2048))
OTHER: Peer = peer_of(("192.0.2.66", 4000))


@dataclass
class Port:
    """An upload's port that remembers what left through it."""

    received: Callable[[bytes, Peer], None]
    sent: list[tuple[bytes, Peer]] = field(default_factory=list)
    closed: bool = False

    def send(self, packet: bytes, peer: Peer) -> None:
        assert not self.closed
        self.sent.append((packet, peer))

    def close(self) -> None:
        self.closed = True


class Bench:
    def __init__(self, receiver: DictReceiver | None) -> None:
        self.now = 0.0
        self.line = Line()
        self.ports: list[Port] = []
        limits = TftpLimits()
        self.receptions = Receptions(
            receiver,
            limits,
            Outgoing(limits, Counters(), lambda: self.now),
            self._open,
            clock=lambda: NOW,
            monotonic=lambda: self.now,
            largest_block=lambda address: 1468,
        )

    def _open(self, local: str, received: Callable[[bytes, Peer], None]) -> Port:
        assert local == "192.0.2.1"
        self.ports.append(Port(received))
        return self.ports[-1]

    def ask(self, options: bytes = b"", mode: bytes = b"octet", name: bytes = b"a.log") -> bytes:
        """What came back, through whichever port."""
        datagram = b"\0\2" + name + b"\0" + mode + b"\0" + options
        before = len(self.ports)
        self.receptions.requested(datagram, PHONE, "192.0.2.1", self.line)
        if len(self.ports) > before:
            return self.ports[-1].sent.pop()[0]
        return b"".join(self.line.take())

    def say(self, datagram: bytes, peer: Peer = PHONE) -> bytes:
        port = self.ports[-1]
        port.received(datagram, peer)
        return b"".join(packet for packet, _ in port.sent[-1:]) if port.sent else b""


@pytest.fixture
def receiver() -> DictReceiver:
    return DictReceiver({"a.log": 2000})


@pytest.fixture
def bench(receiver: DictReceiver) -> Bench:
    return Bench(receiver)


def test_an_upload_is_kept_and_told_once(bench: Bench, receiver: DictReceiver) -> None:
    assert bench.ask() == b"\0\4\0\0"
    assert bench.say(b"\0\3\0\1hello") == b"\0\4\0\1"
    assert receiver.kept == {"a.log": b"hello"}
    assert receiver.told == [("PUT", "ACK", True, "")]
    assert bench.receptions.running == 0
    bench.now = 60
    bench.receptions.sweep()
    assert bench.ports[0].closed
    assert len(receiver.told) == 1


def test_all_four_options_are_granted(bench: Bench) -> None:
    asked = b"tsize\x001500\0blksize\x001024\0timeout\x003\0windowsize\x002\0"
    assert bench.ask(asked) == b"\0\6" + asked


def test_nothing_is_acknowledged_before_it_is_stored(bench: Bench, receiver: DictReceiver) -> None:
    receiver.storing = Deferred()
    bench.ask()
    assert bench.say(b"\0\3\0\1hello") == b""
    receiver.storing.callback(None)
    assert bench.ports[0].sent == [(b"\0\4\0\1", PHONE)]


@pytest.mark.parametrize(
    ("reason", "packet"),
    [
        (Reason.UPLOAD_REFUSED, b"\0\5\0\2"),
        (Reason.UNKNOWN_MAC, b"\0\5\0\2"),
        (Reason.WINDOW_CLOSED, b"\0\5\0\2"),
        (Reason.TOO_LARGE, b"\0\5\0\3"),
        (Reason.QUOTA, b"\0\5\0\3"),
        (Reason.UNAVAILABLE, b"\0\5\0\0"),
        (Reason.BLOCKED, b""),
    ],
)
def test_a_refusal_opens_no_port(
    bench: Bench, receiver: DictReceiver, reason: Reason, packet: bytes
) -> None:
    receiver.refusals["b.log"] = reason
    assert bench.ask(name=b"b.log")[:4] == packet
    assert not bench.ports
    [(_, _, whole, told)] = receiver.told
    assert (whole, told) == (False, reason.name)


def test_without_a_receiver_every_write_is_refused() -> None:
    assert Bench(None).ask()[:4] == b"\0\5\0\2"


def test_an_announced_size_beyond_the_file_s_is_refused_at_once(bench: Bench) -> None:
    assert bench.ask(b"tsize\x002001\0")[:4] == b"\0\5\0\3"


def test_too_much_is_refused_when_it_comes(bench: Bench, receiver: DictReceiver) -> None:
    receiver.kept["a.log"] = b"old"
    bench.ask(b"blksize\x001024\0")
    bench.say(b"\0\3\0\1" + bytes(1024))
    assert bench.say(b"\0\3\0\2" + bytes(1024))[:4] == b"\0\5\0\3"
    assert receiver.kept == {"a.log": b"old"}
    assert receiver.told == [("PUT", "ERROR 3", False, "TOO_LARGE")]
    assert bench.ports[0].closed


def test_a_broken_upload_leaves_the_old_one(bench: Bench, receiver: DictReceiver) -> None:
    receiver.kept["a.log"] = b"old"
    bench.ask()
    bench.say(b"\0\3\0\1" + bytes(512))
    bench.now = 100
    bench.receptions.sweep()
    assert receiver.kept == {"a.log": b"old"}
    assert receiver.told == [("PUT", "timeout", False, "UPLOAD_BROKEN")]


def test_a_store_that_is_full_is_error_3(bench: Bench, receiver: DictReceiver) -> None:
    bench.ask()
    receiver.refusals["a.log"] = Reason.QUOTA
    assert bench.say(b"\0\3\0\1hello")[:4] == b"\0\5\0\3"


def test_a_repeated_request_is_one_upload(bench: Bench, receiver: DictReceiver) -> None:
    receiver.waiting = Deferred()
    assert bench.ask() == b""
    assert bench.ask() == b""
    receiver.waiting.callback(None)
    assert receiver.asked == len(bench.ports) == 1
    assert bench.ask() == b""


def test_a_phone_of_one_port_may_send_the_next_file_at_once(
    bench: Bench, receiver: DictReceiver
) -> None:
    for content in (b"first", b"second"):
        assert bench.ask() == b"\0\4\0\0"
        bench.say(b"\0\3\0\1" + content)
        assert receiver.kept == {"a.log": content}


def test_a_stranger_on_the_port_gets_error_5_and_the_upload_lives(
    bench: Bench, receiver: DictReceiver
) -> None:
    bench.ask()
    assert bench.say(b"\0\3\0\1forged", OTHER)[:4] == b"\0\5\0\5"
    bench.say(b"\0\3\0\1hello")
    assert receiver.kept == {"a.log": b"hello"}


def test_strangers_beyond_their_credit_or_outside_get_nothing(bench: Bench) -> None:
    bench.ask()
    port = bench.ports[0]
    for _ in range(50_000):  # more than an address may be sent on trust, each 24 octets
        port.received(b"\0\3\0\1forged", OTHER)
    assert sum(len(packet) for packet, _ in port.sent) <= 1 << 20
    bench.receptions.allow((ip_network("192.0.2.10"),))
    port.sent.clear()
    bench.say(b"\0\3\0\1forged", peer_of(("192.0.2.99", 4000)))
    assert port.sent == []


def test_a_phone_that_boots_again_sends_from_the_same_port(
    bench: Bench, receiver: DictReceiver
) -> None:
    receiver.allowed["b.log"] = 2000
    bench.ask()
    bench.say(b"\0\3\0\1" + bytes(512))
    assert bench.ask(name=b"b.log") == b"\0\4\0\0"
    assert bench.ports[0].closed
    assert receiver.told == [("PUT", "replaced by another request", False, "UPLOAD_BROKEN")]
    bench.say(b"\0\3\0\1hello")
    assert receiver.kept == {"b.log": b"hello"}


def test_the_same_request_begins_anew_only_when_the_upload_has_stalled(
    bench: Bench, receiver: DictReceiver
) -> None:
    bench.ask()
    bench.say(b"\0\3\0\1" + bytes(512))
    assert bench.ask() == b""
    bench.now = 5
    bench.receptions.sweep()
    assert bench.ask() == b"\0\4\0\0"
    bench.say(b"\0\3\0\1hello")
    assert receiver.kept == {"a.log": b"hello"}


def test_an_upload_that_is_being_stored_is_not_replaced(
    bench: Bench, receiver: DictReceiver
) -> None:
    receiver.storing = Deferred()
    bench.ask()
    bench.say(b"\0\3\0\1hello")
    assert bench.ask(name=b"b.log") == b""
    receiver.storing.callback(None)
    assert receiver.told == [("PUT", "ACK", True, "")]


def test_finished_uploads_take_nobody_s_place(bench: Bench, receiver: DictReceiver) -> None:
    for port in range(100):
        peer = peer_of(("192.0.2.10", 5000 + port))
        bench.receptions.requested(b"\0\2a.log\0octet\0", peer, "192.0.2.1", bench.line)
        bench.say(b"\0\3\0\1hello", peer)
    assert len(receiver.told) == 100
    assert [port.closed for port in bench.ports] == [True] * 36 + [False] * 64


def test_netascii_becomes_text_again(bench: Bench, receiver: DictReceiver) -> None:
    bench.ask(mode=b"netascii")
    bench.say(b"\0\3\0\1a\r\nb\r\0c")
    assert receiver.kept == {"a.log": b"a\nb\rc"}


def test_a_malformed_write_request_is_error_4(bench: Bench) -> None:
    assert bench.ask(mode=b"mail")[:4] == b"\0\5\0\4"


def test_uploads_are_bounded(bench: Bench, receiver: DictReceiver) -> None:
    receiver.allowed["a.log"] = 2 << 20
    for port in range(100):
        peer = peer_of(("192.0.2.10", 5000 + port))
        bench.receptions.requested(b"\0\2a.log\0octet\0", peer, "192.0.2.1", bench.line)
    assert len(bench.ports) == 32  # by their memory, before their number
    bench.receptions.abandon()
    assert len(receiver.told) >= 32
    assert bench.receptions.running == 0
