"""Many phones, one table: requests, strays, credit, and what the backend is told."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from random import Random

import pytest
from structlog.testing import capture_logs
from twisted.internet.defer import Deferred

from provd.exchange import Answer, Outcome, Reason, Refusal, Request
from provd.servers.tftp import TftpLimits
from provd.servers.tftp.framing import LARGE_OCTETS
from provd.servers.tftp.peers import Peer, peer_of
from provd.servers.tftp.transfers import Transfers
from tests.servers.files import NOW, DictBackend
from tests.servers.tftp.lines import Line, come
from tests.servers.vitals import resident_bytes

ADDRESS = "192.0.2.10"
PHONE: Peer = peer_of((ADDRESS, 2048))
OTHER: Peer = peer_of(("192.0.2.66", 4000))
FUZZED_DATAGRAMS = int(os.environ.get("PROVD_FUZZ_DATAGRAMS", "50000"))


@dataclass
class Bench:
    """A table of transfers with a clock that stands still."""

    files: dict[str, bytes]
    limits: TftpLimits = field(default_factory=TftpLimits)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.backend = DictBackend(self.files)
        self.line = Line()
        self.transfers = Transfers(
            self.backend,
            self.limits,
            clock=lambda: NOW,
            monotonic=lambda: self.now,
            largest_block=lambda address: 1468,
        )

    def ask(self, name: str = "a.cfg", peer: Peer = PHONE, options: bytes = b"") -> list[bytes]:
        datagram = b"\0\1" + name.encode() + b"\0octet\0" + options
        self.transfers.requested(datagram, peer, self.line)
        return self.line.take()

    def say(self, datagram: bytes, peer: Peer = PHONE) -> list[bytes]:
        come(self.transfers, datagram, peer, self.line)
        return self.line.take()

    def outcomes(self) -> list[Outcome]:
        return [delivery.outcome for delivery in self.backend.deliveries]


@pytest.fixture
def bench() -> Bench:
    return Bench({"a.cfg": b"hello", "big.cfg": b"x" * 5000, "folder/b.cfg": b"b"})


def test_a_small_file_is_delivered_whole_exactly_once(bench: Bench) -> None:
    assert bench.ask() == [b"\0\3\0\1hello"]
    assert bench.say(b"\0\4\0\1") == []
    assert bench.say(b"\0\4\0\1") == []
    assert bench.outcomes() == [Outcome(True, 5, "DATA", NOW, NOW)]
    assert len(bench.transfers) == 0
    request = bench.backend.deliveries[0].request
    assert (request.path, request.address, request.port) == (
        "a.cfg",
        ip_address("192.0.2.10"),
        2048,
    )


def test_a_repeated_request_is_one_session(bench: Bench) -> None:
    assert len(bench.ask("big.cfg")) == 1
    assert bench.ask("big.cfg") == []
    assert bench.ask("big.cfg") == []
    assert len(bench.transfers) == 1
    assert len(bench.backend.asked) == 1
    assert bench.transfers.counters.repeated_requests == 2


def test_a_repeated_request_while_the_backend_is_asked_is_one_session(bench: Bench) -> None:
    done: Deferred[None] = Deferred()
    bench.backend.waiting["a.cfg"] = done
    assert bench.ask() == []
    assert bench.ask() == []
    done.callback(None)
    assert bench.line.take() == [b"\0\3\0\1hello"]
    bench.say(b"\0\4\0\1")
    assert [outcome.whole for outcome in bench.outcomes()] == [True]


def test_a_phone_that_boots_again_and_asks_from_its_usual_port_starts_anew(bench: Bench) -> None:
    bench.ask("big.cfg")
    bench.say(b"\0\4\0\1")
    assert bench.ask("big.cfg") == []
    bench.now = 1.2
    bench.transfers.sweep()
    assert bench.line.take()[0][:4] == b"\0\3\0\2"
    assert bench.ask("big.cfg")[0][:4] == b"\0\3\0\1"
    assert [outcome.status for outcome in bench.outcomes()] == ["replaced by another request"]


def test_another_request_from_the_same_port_replaces_the_transfer(bench: Bench) -> None:
    bench.ask("big.cfg")
    assert bench.ask("a.cfg") == [b"\0\3\0\1hello"]
    bench.say(b"\0\4\0\1")
    assert [outcome.whole for outcome in bench.outcomes()] == [False, True]


def test_a_last_ack_still_unread_when_the_port_asks_again_counts_first(bench: Bench) -> None:
    bench.ask("a.cfg")
    bench.line.catch_up = lambda: come(bench.transfers, b"\0\4\0\1", PHONE, bench.line)
    assert bench.ask("a.cfg") == [b"\0\3\0\1hello"]
    assert [outcome.whole for outcome in bench.outcomes()] == [True]


def test_a_packet_from_a_wrong_tid_gets_error_5_and_the_transfer_lives(bench: Bench) -> None:
    bench.ask("big.cfg")
    assert bench.say(b"\0\4\0\1", OTHER) == [b"\0\5\0\5Unknown transfer ID\0"]
    assert bench.say(b"\0\4\0\1")[0][:4] == b"\0\3\0\2"


def test_an_error_from_a_stranger_is_not_answered(bench: Bench) -> None:
    assert bench.say(b"\0\5\0\1go away\0", OTHER) == []


def test_what_is_too_short_for_any_packet_is_not_answered(bench: Bench) -> None:
    bench.ask("big.cfg")
    for peer in (PHONE, OTHER):
        for datagram in (b"", b"\0", b"\0\4", b"\0\4\0", b"\0\5\0"):
            assert bench.say(datagram, peer) == []
    assert bench.say(b"\0\4\0\1")[0][:4] == b"\0\3\0\2"


def test_a_datagram_that_trips_the_backend_costs_only_itself(bench: Bench) -> None:
    def trip(*_: object) -> None:
        raise RuntimeError("no journal")

    bench.ask("a.cfg")
    bench.ask("big.cfg", OTHER)
    bench.backend.delivered = trip  # type: ignore[method-assign,assignment]
    bench.transfers.received([(0x40001, PHONE), (0x40001, OTHER)], bench.line)
    assert [packet[:4] for packet in bench.line.take()] == [b"\0\3\0\2"]
    assert [str(failure) for failure in bench.transfers.failures] == ["no journal"]


def test_many_acknowledgements_at_once_call_forth_a_packet_each(bench: Bench) -> None:
    peers = [peer_of((ADDRESS, port)) for port in range(2000, 2010)]
    for peer in peers:
        bench.ask("big.cfg", peer)
    for block in range(1, 11):
        heads = [(0x40000 | block, peer) for peer in peers]
        bench.transfers.received(heads + heads, bench.line)
        sent, bench.line.sent = bench.line.sent, []
        number = (block + 1).to_bytes(2, "big")
        assert {packet[:4] for packet, _ in sent} == ({b"\0\3" + number} if block < 10 else set())
        assert sorted(peer for _, peer in sent) == (sorted(peers) if block < 10 else [])
    assert [outcome.whole for outcome in bench.outcomes()] == [True] * 10


def test_a_late_repeat_of_the_last_ack_is_not_told_off(bench: Bench) -> None:
    bench.ask()
    bench.say(b"\0\4\0\1")
    assert bench.say(b"\0\4\0\1") == []
    for bench.now in (3.0, 6.0):
        bench.transfers.sweep()
    assert bench.say(b"\0\4\0\1") == [b"\0\5\0\5Unknown transfer ID\0"]


def test_guesses_at_the_transfer_port_end_an_unvalidated_transfer(bench: Bench) -> None:
    bench.ask("big.cfg")
    for _ in range(2):
        come(bench.transfers, b"\0\4\0\1", PHONE, Line())
    assert bench.say(b"\0\4\0\1") == []
    assert bench.outcomes()[0].status == "forged acknowledgements"


def test_a_validated_transfer_survives_its_phones_stale_datagrams(bench: Bench) -> None:
    bench.ask("big.cfg")
    bench.say(b"\0\4\0\1")
    for _ in range(9):
        come(bench.transfers, b"\0\4\0\1", PHONE, Line())
    assert bench.say(b"\0\4\0\2")[0][:4] == b"\0\3\0\3"


def test_it_refuses_a_write_request(bench: Bench) -> None:
    bench.transfers.requested(b"\0\2a.cfg\0octet\0", PHONE, bench.line)
    assert bench.line.take() == [b"\0\5\0\2Access violation\0"]
    assert bench.backend.asked == []


def test_a_malformed_request_gets_error_4(bench: Bench) -> None:
    for datagram in (b"\0\1", b"\0\1f\0", b"\0\1f\0mail\0", b"\0\2\0octet\0"):
        bench.transfers.requested(datagram, PHONE, bench.line)
        assert bench.line.take()[0][:4] == b"\0\5\0\4", datagram


def test_other_opcodes_on_the_request_port_get_nothing(bench: Bench) -> None:
    for datagram in (
        b"",
        b"\0\3\0\1x",
        b"\0\4\0\1",
        b"\0\5\0\1x\0",
        b"\0\6x\0",
        b"\0\7",
        b"\xff" * 9,
    ):
        bench.transfers.requested(datagram, PHONE, bench.line)
    assert bench.line.take() == []


def test_every_reason_that_could_tell_a_stranger_something_reads_the_same(bench: Bench) -> None:
    told = set()
    for reason in Reason:
        bench.backend.refusals = {"secret.cfg": reason}
        if reason not in (Reason.UPLOAD_REFUSED, Reason.UNAVAILABLE, Reason.BLOCKED):
            told.update(bench.ask("secret.cfg"))
    assert told == {b"\0\5\0\1File not found\0"}
    bench.backend.refusals = {"secret.cfg": Reason.UNAVAILABLE}
    assert bench.ask("secret.cfg") == [b"\0\5\0\0Temporarily unavailable\0"]
    assert {outcome.whole for outcome in bench.outcomes()} == {False}
    statuses = {outcome.status for outcome in bench.outcomes()}
    assert statuses - {"no answer"} == {"ERROR 1", "ERROR 0"}


def test_a_sweep_gets_no_answer(bench: Bench) -> None:
    bench.backend.refusals = {"secret.cfg": Reason.BLOCKED}
    assert bench.ask("secret.cfg") == []
    assert [outcome.status for outcome in bench.outcomes()] == ["no answer"]


def test_a_path_that_climbs_is_no_such_file_and_reaches_no_backend(bench: Bench) -> None:
    for name in ("../a.cfg", "x/../a.cfg", "..\\a.cfg", "a\x01.cfg", "a\r\n.cfg"):
        assert bench.ask(name) == [b"\0\5\0\1File not found\0"]
    assert bench.backend.asked == []


def test_slashes_are_forgiven(bench: Bench) -> None:
    for name in ("/folder/b.cfg", "\\folder\\b.cfg", "//folder//b.cfg", "./folder/b.cfg"):
        assert bench.ask(name, peer_of((ADDRESS, 3000 + len(name))))[0][4:] == b"b", name


def test_the_block_size_is_bounded_by_the_route(bench: Bench) -> None:
    assert bench.ask(options=b"blksize\x0065464\0") == [b"\0\6blksize\x001468\0"]


def test_a_configured_block_size_beats_the_route() -> None:
    bench = Bench({"a.cfg": b"x"}, TftpLimits(maximum_block_octets=8192))
    assert bench.ask(options=b"blksize\x0065464\0") == [b"\0\6blksize\x008192\0"]


def test_firmware_is_not_made_a_text_on_the_reactor(bench: Bench) -> None:
    bench.files["big.rom"] = b"\n" * LARGE_OCTETS
    bench.transfers.requested(b"\0\1big.rom\0netascii\0", PHONE, bench.line)
    assert bench.line.take() == [b"\0\5\0\4Use mode octet\0"]
    assert [outcome.status for outcome in bench.outcomes()] == ["ERROR 4"]
    assert len(bench.transfers) == 0


def test_more_blocks_than_numbers_arrive_whole(bench: Bench) -> None:
    content = bench.files["big.rom"] = Random(3).randbytes(65_540 * 16 + 3)
    bench.ask("big.rom", options=b"blksize\x0016\0windowsize\x0064\0")
    got, expected = b"", 0
    while len(bench.transfers):
        for packet in bench.say(b"\0\4" + (expected & 0xFFFF).to_bytes(2, "big")):
            expected += 1
            assert packet[:4] == b"\0\3" + (expected & 0xFFFF).to_bytes(2, "big")
            got += packet[4:]
    assert expected == 65_541
    assert got == content
    assert bench.outcomes()[0].whole


def test_netascii_converts_and_tells_the_converted_size() -> None:
    bench = Bench({"a.cfg": b"a\nb\n"})
    bench.transfers.requested(b"\0\1a.cfg\0netascii\0tsize\x000\0", PHONE, bench.line)
    assert bench.line.take() == [b"\0\6tsize\x006\0"]
    assert bench.say(b"\0\4\0\0") == [b"\0\3\0\1a\r\nb\r\n"]


def test_a_file_that_changes_during_a_transfer_is_sent_as_it_was(bench: Bench) -> None:
    received = bench.ask("big.cfg")[0][4:]
    bench.files["big.cfg"] = b"y" * 5000
    for block in range(1, 11):
        packets = bench.say(b"\0\4" + block.to_bytes(2, "big"))
        received += b"".join(packet[4:] for packet in packets)
    assert received == b"x" * 5000


def test_sources_outside_the_allowed_networks_get_nothing() -> None:
    bench = Bench({"a.cfg": b"x"}, TftpLimits(allowed_networks=(ip_network("10.0.0.0/8"),)))
    assert bench.ask() == []
    assert bench.ask("nothing.cfg") == []
    bench.transfers.requested(b"\0\2a.cfg\0octet\0", PHONE, bench.line)
    assert bench.say(b"\0\4\0\1") == []
    assert bench.backend.asked == []
    assert len(bench.ask(peer=peer_of(("10.1.1.1", 2000)))) == 1


def test_beyond_the_bound_new_sessions_are_dropped_and_running_ones_finish() -> None:
    bench = Bench({"a.cfg": b"x"}, TftpLimits(maximum_sessions=10))
    answered = [bool(bench.ask(peer=peer_of((ADDRESS, port)))) for port in range(1000, 1020)]
    assert answered == [True] * 10 + [False] * 10
    for port in range(1000, 1010):
        bench.say(b"\0\4\0\1", peer_of((ADDRESS, port)))
    assert sum(outcome.whole for outcome in bench.outcomes()) == 10
    assert bench.ask(peer=peer_of((ADDRESS, 1015)))


def test_at_most_two_datagrams_leave_for_an_unanswered_request(bench: Bench) -> None:
    sent = len(bench.ask("big.cfg"))
    for tenth in range(1, 100):
        bench.now = tenth / 10
        bench.transfers.sweep()
        sent += len(bench.line.take())
        if bench.now < 4:
            sent += len(bench.ask("big.cfg"))
    assert sent == 2
    assert [outcome.status for outcome in bench.outcomes()] == ["timeout"]
    assert len(bench.transfers) == 0


def test_repeats_are_counted_and_giving_up_is_none(bench: Bench) -> None:
    bench.ask("big.cfg")
    for bench.now in (1.1, 5.1):
        bench.transfers.sweep()
    counters = bench.transfers.counters
    assert (counters.retransmissions, counters.timeouts) == (1, 1)


def test_output_to_an_address_that_never_acknowledges_is_capped() -> None:
    limits = TftpLimits(unvalidated_burst_octets=5000, unvalidated_octets_per_second=0)
    bench = Bench({"big.cfg": b"x" * 5000}, limits)
    octets = 0
    for port in range(2000, 3000):
        octets += sum(len(packet) for packet in bench.ask("big.cfg", peer_of((ADDRESS, port))))
        octets += sum(len(packet) for packet in bench.ask("none.cfg", peer_of((ADDRESS, port))))
    assert 4000 < octets <= 5000
    assert len(bench.ask("big.cfg", OTHER)) == 1


def test_phones_that_acknowledge_are_not_capped() -> None:
    limits = TftpLimits(unvalidated_burst_octets=1000, unvalidated_octets_per_second=0)
    bench = Bench({"a.cfg": b"x" * 500}, limits)
    for port in range(2000, 2100):
        assert bench.ask(peer=peer_of((ADDRESS, port)))
        bench.say(b"\0\4\0\1", peer_of((ADDRESS, port)))
    assert sum(outcome.whole for outcome in bench.outcomes()) == 100


def test_the_phones_error_is_told_to_the_backend(bench: Bench) -> None:
    bench.ask("big.cfg")
    bench.say(b"\0\4\0\1")
    assert bench.say(b"\0\5\0\3full\0") == []
    assert bench.outcomes() == [Outcome(False, 512, "ERROR 3 from the phone", NOW, NOW)]


def test_a_backend_that_breaks_its_word_and_raises_is_unavailable(bench: Bench) -> None:
    broken: Deferred[None] = Deferred()
    bench.backend.waiting["token/a.cfg"] = broken
    bench.ask("token/a.cfg")
    with capture_logs() as logged:
        broken.errback(RuntimeError("no database"))
    assert [line["file"] for line in logged] == ["a.cfg"]
    assert bench.line.take() == [b"\0\5\0\0Temporarily unavailable\0"]
    assert isinstance(bench.backend.deliveries[0].reply, Refusal)


def test_stopping_tells_the_backend_of_every_running_transfer(bench: Bench) -> None:
    waiting: Deferred[None] = Deferred()
    bench.backend.waiting["a.cfg"] = waiting
    bench.ask("a.cfg", OTHER)
    bench.ask("big.cfg")
    bench.transfers.abandon()
    waiting.callback(None)
    assert [outcome.status for outcome in bench.outcomes()] == ["server stopped", "aborted"]
    assert bench.line.take() == []


class CountingBackend:
    """Counts replies given and deliveries told, for the fuzz."""

    def __init__(self) -> None:
        self.given = 0
        self.told = 0

    def ready(self, request: Request) -> Answer | Refusal | None:
        self.given += 1
        if "x" not in request.path:
            return Answer(b"x" * 200, "text/plain", "e", NOW)
        return Refusal(Reason.UNKNOWN_MAC)

    async def answer(self, request: Request) -> Answer | Refusal:
        raise AssertionError("ready answers everything")

    def delivered(self, request: Request, reply: Answer | Refusal, outcome: Outcome) -> None:
        self.told += 1


SEEDS = (
    b"\0\1f\0octet\0",
    b"\0\1f.cfg\0netascii\0blksize\x008\0tsize\x000\0timeout\x001\0windowsize\x0065535\0",
    b"\0\2f\0octet\0",
    b"\0\4\0\0",
    b"\0\4\0\1",
    b"\0\5\0\0oops\0",
    b"\0\6blksize\x008\0",
    b"\0\3\0\1data",
)


def mutated(random: Random) -> bytes:
    datagram = bytearray(random.choice(SEEDS))
    for _ in range(random.choice((0, 0, 0, 1, 2, 8))):
        place = random.randrange(len(datagram) + 1)
        what = random.randrange(4)
        if what == 0:
            datagram[place:place] = random.randbytes(random.randrange(1, 9))
        elif what == 1:
            del datagram[place : place + random.randrange(1, 9)]
        elif what == 2 and place < len(datagram):
            datagram[place] = random.randrange(256)
        else:
            datagram += random.choice(SEEDS)[2:]
    return bytes(datagram)


def test_no_datagram_escapes_and_memory_stays_bounded() -> None:
    random = Random(20260302)
    backend, line, other = CountingBackend(), Line(), Line()
    now = 0.0
    limits = TftpLimits(maximum_sessions=20)
    transfers = Transfers(
        backend,
        limits,
        clock=lambda: NOW,
        monotonic=lambda: now,
        largest_block=lambda address: 1468,
    )
    for index in range(FUZZED_DATAGRAMS):
        now = index / 1000
        peer = peer_of((f"192.0.2.{random.randrange(9)}", random.randrange(1, 4)))
        port = other if random.random() < 0.05 else line
        if random.random() < 0.5:
            transfers.requested(mutated(random), peer, port)
        else:
            come(transfers, mutated(random), peer, port)
        if index == FUZZED_DATAGRAMS // 5:
            settled = resident_bytes(os.getpid())
        if index % 100 == 0:
            transfers.sweep()
        assert len(transfers) <= 20
        assert len(line.sent) + len(other.sent) <= 200
        line.sent.clear()
        other.sent.clear()
    assert resident_bytes(os.getpid()) - settled < 4 << 20
    transfers.abandon()
    assert backend.given == backend.told
    assert backend.given > FUZZED_DATAGRAMS / 50
    assert transfers.counters.whole > 0
