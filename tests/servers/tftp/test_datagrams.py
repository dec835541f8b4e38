"""Datagrams over real sockets of the loopback, by either way, and windows cut by the kernel."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.servers.tftp.batches import BatchWriter, library
from provd.servers.tftp.datagrams import BatchedTransfers, DatagramWays, PlainTransfers, head_of
from provd.servers.tftp.framing import FramedFile
from provd.servers.tftp.pages import Page, Run, alone
from provd.servers.tftp.peers import Peer, address_of, as_itself, name_of, peer_of, port_of
from provd.servers.tftp.sockets import RequestSocket, TransferSocket

LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


@dataclass
class Ends:
    """A server's socket and a phone's."""

    server: socket.socket
    phone: socket.socket

    @property
    def peer(self) -> Peer:
        return peer_of(self.phone.getsockname())

    def arrived(self, count: int) -> list[bytes]:
        return [self.phone.recv(70_000) for _ in range(count)]

    def nothing_more(self) -> bool:
        self.phone.setblocking(False)
        try:
            self.phone.recv(70_000)
        except BlockingIOError:
            return True
        return False


@pytest.fixture(params=LOOPBACK, ids=["IPv4", "IPv6"])
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    family = request.param
    with (
        socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as server,
        socket.socket(family, socket.SOCK_DGRAM) as phone,
    ):
        phone.settimeout(5)
        phone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        for each in (server, phone):
            each.bind((LOOPBACK[family], 0))
        yield Ends(server, phone)


@pytest.fixture(params=[True, False], ids=["batched", "plain"])
def ways(request: pytest.FixtureRequest) -> DatagramWays:
    return DatagramWays(batched=request.param)


def test_this_machine_has_the_calls_for_many() -> None:
    assert library() is not None


def test_a_parameter_chooses_the_way(ends: Ends) -> None:
    batched = DatagramWays(batched=True).transfers(ends.server)
    plain = DatagramWays(batched=False).transfers(ends.server)
    assert (type(batched), type(plain)) == (BatchedTransfers, PlainTransfers)


def test_where_the_calls_are_missing_each_datagram_gets_its_own(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise AttributeError("sendmmsg")

    monkeypatch.setattr("cffi.FFI", missing)
    library.cache_clear()
    try:
        made = DatagramWays(batched=True).transfers(ends.server)
        made.send([alone(b"plain").page.vectors], [alone(b"plain").page], [ends.peer])
    finally:
        library.cache_clear()
    assert isinstance(made, PlainTransfers)
    assert ends.arrived(1) == [b"plain"]


ODD = [b"", b"\0", b"\0\4\0\1", b"\0\5\0\3disk full\0", b"\0\4\0", b"\xff" * 2000]


def test_datagrams_come_with_their_length_and_sender(ends: Ends, ways: DatagramWays) -> None:
    datagrams = ways.requests(ends.server, notes=False)
    for sent in (ODD, ODD[::-1]):
        for datagram in (*sent, b"\xff" * 3000):
            ends.phone.sendto(datagram, ends.server.getsockname())
        found = datagrams.receive()
        assert [datagram for datagram, _, _ in found] == [*sent, b"\xff" * 2048]
        assert {peer for _, peer, _ in found} == {ends.peer}


def test_heads_are_four_octets_and_nothing_of_what_is_shorter(
    ends: Ends, ways: DatagramWays
) -> None:
    datagrams = ways.transfers(ends.server)
    for sent in (ODD, [b"\0\4\0\1"] * 5, ODD[::-1]):
        for datagram in sent:
            ends.phone.sendto(datagram, ends.server.getsockname())
        assert datagrams.heads() == [(head_of(datagram), ends.peer) for datagram in sent]
    assert [head_of(datagram) for datagram in ODD] == [0, 0, 0x40001, 0x50003, 0, 0xFFFFFFFF]


def test_a_full_batch_leaves_the_rest_for_the_next(ends: Ends, ways: DatagramWays) -> None:
    for number in range(150):
        ends.phone.sendto(bytes([number]), ends.server.getsockname())
    datagrams = ways.transfers(ends.server)
    counts = [len(datagrams.heads()) for _ in range(3)]
    assert counts == [datagrams.most, 150 - datagrams.most, 0]
    for number in range(40):
        ends.phone.sendto(bytes([number]), ends.server.getsockname())
    requests = ways.requests(ends.server, notes=False)
    assert [len(requests.receive()) for _ in range(3)] == [32, 8, 0]


def pointed(packets: list[bytes]) -> tuple[list[bytes], list[Page]]:
    """The vectors and the pages of packets that lie apart."""
    runs = [alone(packet) for packet in packets]
    return [run.page.vectors for run in runs], [run.page for run in runs]


def test_packets_of_any_length_arrive_in_their_order(ends: Ends, ways: DatagramWays) -> None:
    packets = [bytes([number % 256]) * (number * 7 % 1433) for number in range(300)]
    datagrams = ways.transfers(ends.server)
    for count in (1, 2, 5, 292):
        some, packets = packets[:count], packets[count:]
        datagrams.send(*pointed(some), [ends.peer] * count)
        assert ends.arrived(count) == some
    assert ends.nothing_more()


def test_a_peer_that_can_not_be_sent_to_costs_only_its_own_packet(
    ends: Ends, ways: DatagramWays
) -> None:
    nowhere = ends.peer[:2] + b"\0\0" + ends.peer[4:]  # port 0: the kernel says EINVAL
    peers = [ends.peer, nowhere, ends.peer, nowhere, nowhere, ends.peer, ends.peer]
    packets = [bytes([number]) for number in range(7)]
    ways.transfers(ends.server).send(*pointed(packets), peers)
    assert ends.arrived(4) == [b"\0", b"\2", b"\5", b"\6"]
    assert ends.nothing_more()


def test_what_a_partial_sendmmsg_left_is_sent_by_the_next(ends: Ends) -> None:
    found = library()
    assert found is not None
    asked: list[int] = []

    def some(descriptor: int, headers: Any, count: int, flags: int) -> int:
        asked.append(count)
        return found.send(descriptor, headers, min(count, 3), flags)

    packets = [bytes([number]) * number for number in range(1, 9)]
    writer = BatchWriter(found, 128, len(ends.peer), some)
    vectors, pages = pointed(packets)
    writer.write(ends.server.fileno(), b"".join(vectors), ends.peer * 8)
    assert len(pages) == 8
    assert ends.arrived(8) == packets
    assert asked == [8, 5, 2]


def test_a_full_send_buffer_ends_the_batch(ends: Ends) -> None:
    found = library()
    assert found is not None
    asked: list[int] = []

    def full(descriptor: int, headers: Any, count: int, flags: int) -> int:
        asked.append(count)
        found.ffi.errno = errno.EAGAIN
        return -1

    writer = BatchWriter(found, 128, len(ends.peer), full)
    page = alone(b"x").page
    writer.write(ends.server.fileno(), page.vectors * 8, ends.peer * 8)
    assert asked == [8]


@given(
    st.sampled_from(["192.0.2.7", "::1", "2001:db8::7", "::ffff:192.0.2.7"]),
    st.integers(1, 65535),
)
def test_a_peer_is_what_python_names_it(host: str, port: int) -> None:
    name = (host, port, 0, 0) if ":" in host else (host, port)
    peer = peer_of(name)
    assert name_of(peer) == name
    assert port_of(peer) == port
    assert str(address_of(as_itself(peer))) == host.removeprefix("::ffff:")
    assert port_of(as_itself(peer)) == port


def test_a_link_local_peer_keeps_its_scope() -> None:
    peer = peer_of(("fe80::7%eth0", 2048, 0, 3))
    assert name_of(peer) == ("fe80::7", 2048, 0, 3)
    assert str(address_of(peer)) == "fe80::7"


@pytest.mark.parametrize("interface", ["0.0.0.0", "::"])  # noqa: S104
def test_a_wildcard_tells_which_address_was_asked(interface: str, ways: DatagramWays) -> None:
    family = socket.AF_INET6 if ":" in interface else socket.AF_INET
    asked = ["127.0.0.1", "127.0.0.9"]
    with (
        socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as opened,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone,
    ):
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        opened.bind((interface, 0))
        requests = RequestSocket(opened, interface, ways)
        for address in asked:
            phone.sendto(b"\0\1f\0octet\0", (address, requests.port))
        found = list(requests.receive())
        peers = [(port_of(peer), str(address_of(peer))) for _, peer, _ in found]
        assert peers == [(phone.getsockname()[1], "127.0.0.1")] * 2
    assert [local for _, _, local in found] == asked
    assert {len(peer) for _, peer, _ in found} == {16}


class Refusing(socket.socket):
    """A route or device that takes no segments."""

    refusal = errno.EINVAL
    tried = 0

    def sendmsg(self, *arguments: Any) -> int:
        self.tried += 1
        raise OSError(self.refusal, "no segments")


def window(first: int, end: int, block_octets: int = 1428) -> Run:
    content = bytes(index % 251 for index in range(200 * block_octets + 5))
    return FramedFile(content, block_octets).run(first, end)


@pytest.mark.parametrize("segmented", [True, False])
@pytest.mark.parametrize(
    ("first", "end", "block"), [(0, 16, 1428), (90, 106, 1428), (185, 201, 1428), (0, 64, 1428),
                                (0, 200, 512), (0, 64, 8), (3, 4, 1428), (0, 8, 20_000)],
)  # fmt: skip
def test_a_window_arrives_as_its_packets(
    ends: Ends, ways: DatagramWays, segmented: bool, first: int, end: int, block: int
) -> None:
    sending = TransferSocket(ends.server, ways, segmented=segmented)
    run = window(first, end, block)
    sending.send(run, ends.peer)
    assert ends.arrived(end - first) == [bytes(packet) for packet in run]
    assert ends.nothing_more()


def refusing(ends: Ends, refusal: int) -> Refusing:
    made = Refusing(fileno=socket.dup(ends.server.fileno()))
    made.setblocking(False)
    made.refusal = refusal
    return made


@pytest.mark.parametrize("refusal", [errno.EMSGSIZE, errno.EINVAL, errno.EIO])
def test_a_window_that_the_kernel_will_not_cut_leaves_packet_by_packet(
    ends: Ends, ways: DatagramWays, refusal: int
) -> None:
    with refusing(ends, refusal) as opened:
        sending = TransferSocket(opened, ways, segmented=True)
        for _ in range(3):
            sending.send(window(0, 16), ends.peer)
            assert ends.arrived(16) == [bytes(packet) for packet in window(0, 16)]
        assert opened.tried == (1 if refusal == errno.EIO else 3)


def test_a_window_for_which_the_buffer_has_no_room_is_lost(ends: Ends, ways: DatagramWays) -> None:
    with refusing(ends, errno.EAGAIN) as opened:
        TransferSocket(opened, ways, segmented=True).send(window(0, 16), ends.peer)
        assert ends.nothing_more()


def test_held_packets_leave_on_release_and_before_a_window(ends: Ends, ways: DatagramWays) -> None:
    sending = TransferSocket(ends.server, ways, segmented=True)
    sending.hold()
    sending.send(alone(b"first"), ends.peer)
    assert ends.nothing_more()
    ends.phone.settimeout(5)
    sending.send(window(0, 2), ends.peer)
    sending.send(alone(b"last"), ends.peer)
    assert ends.arrived(3) == [b"first", *(bytes(packet) for packet in window(0, 2))]
    assert ends.nothing_more()
    sending.release()
    ends.phone.settimeout(5)
    assert ends.arrived(1) == [b"last"]


def test_a_closed_port_sends_what_it_held_and_then_nothing(ends: Ends, ways: DatagramWays) -> None:
    """Its number may be another descriptor's by then."""
    with socket.socket(fileno=socket.dup(ends.server.fileno())) as opened:
        number = opened.fileno()
        sending = TransferSocket(opened, ways, segmented=False)
        sending.hold()
        sending.send(alone(b"held"), ends.peer)
        sending.close()
        assert ends.arrived(1) == [b"held"]
        with socket.socket(fileno=socket.dup(ends.server.fileno())) as other:
            assert other.fileno() == number
            sending.send(alone(b"late"), ends.peer)
            sending.send(window(0, 3), ends.peer)
            assert sending.heads() == []
            assert ends.nothing_more()


def test_the_kernel_is_given_a_window_at_once(ends: Ends, ways: DatagramWays) -> None:
    calls: list[tuple[int, bytes]] = []

    class Counting(socket.socket):
        def sendmsg(self, buffers: Any, notes: Any = (), *rest: Any) -> int:
            calls.append((sum(len(each) for each in buffers), notes[0][2]))
            return super().sendmsg(buffers, notes, *rest)

    with Counting(fileno=socket.dup(ends.server.fileno())) as opened:
        TransferSocket(opened, ways, segmented=True).send(window(0, 64), ends.peer)
    assert ends.arrived(64) == [bytes(packet) for packet in window(0, 64)]
    segment = struct.pack("=H", 1432)
    assert calls == [(45 * 1432, segment), (19 * 1432, segment)]
