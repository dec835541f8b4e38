"""The session against a network that loses, doubles and delays, and an RFC 7440 phone."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from provd.servers.tftp.datagrams import head_of
from provd.servers.tftp.framing import FramedFile
from provd.servers.tftp.negotiation import negotiate
from provd.servers.tftp.session import Pace, Session

LONGEST_SECONDS = 600.0
PACE = Pace(transfer=300.0)


@dataclass
class Phone:
    """Acknowledges the end of a window and the block before a gap; repeats when nothing comes."""

    block_octets: int
    window: int
    received: bytearray = field(default_factory=bytearray)
    blocks: int = 0
    since_ack: int = 0
    complete: bool = False
    last_ack: bytes = b""

    def take(self, packet: bytes) -> bytes:
        if packet[:2] == b"\0\6":
            return self._ack() if not self.blocks else b""
        expected = (self.blocks + 1) & 0xFFFF
        if int.from_bytes(packet[2:4], "big") != expected or self.complete:
            self.since_ack = 0
            return self._ack() if self.blocks else b""
        self.blocks += 1
        self.received += packet[4:]
        self.complete = len(packet) < self.block_octets + 4
        self.since_ack += 1
        return self._ack() if self.complete or self.since_ack >= self.window else b""

    def _ack(self) -> bytes:
        self.since_ack = 0
        self.last_ack = b"\0\4" + (self.blocks & 0xFFFF).to_bytes(2, "big")
        return self.last_ack


@dataclass
class Network:
    random: Random
    loss: float
    doubling: float
    delay: float
    queue: list[tuple[float, int, str, bytes]] = field(default_factory=list)
    sent: int = 0

    def carry(self, now: float, to: str, packets: list[bytes]) -> None:
        for packet in packets:
            for _ in range(1 + (self.random.random() < self.doubling)):
                if self.random.random() >= self.loss:
                    self.sent += 1
                    late = now + 0.001 + self.random.random() * self.delay
                    heapq.heappush(self.queue, (late, self.sent, to, packet))


def converse(session: Session, phone: Phone, network: Network) -> float:
    """Until nothing is left to happen; the time it took."""
    now, asked_again = 0.0, 1.5
    network.carry(now, "phone", [bytes(packet) for packet in session.opening()])
    while not session.ended or network.queue:
        next_packet = network.queue[0][0] if network.queue else LONGEST_SECONDS
        now = min(next_packet, asked_again, LONGEST_SECONDS if session.ended else session.deadline)
        assert now < LONGEST_SECONDS
        if now == next_packet:
            _, _, to, packet = heapq.heappop(network.queue)
            if to == "phone":
                reply = phone.take(packet)
                asked_again = now + 1.5
                network.carry(now, "server", [reply] if reply else [])
            else:
                sent = [bytes(each) for each in session.receive(head_of(packet), now)]
                network.carry(now, "phone", sent)
        elif now == asked_again:
            asked_again = LONGEST_SECONDS if phone.complete else now + 1.5
            network.carry(now, "server", [phone.last_ack] if phone.last_ack else [])
        else:
            network.carry(now, "phone", [bytes(each) for each in session.expire(now)])
    return now


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    size=st.integers(0, 6000),
    block=st.sampled_from([8, 64, 512, 1428]),
    window=st.sampled_from([1, 2, 5, 16]),
    loss=st.sampled_from([0.0, 0.02, 0.2, 0.5]),
    doubling=st.sampled_from([0.0, 0.3]),
    delay=st.sampled_from([0.0, 0.05, 2.0]),
)
def test_a_file_arrives_intact_or_the_session_ends_in_time(
    seed: int, size: int, block: int, window: int, loss: float, doubling: float, delay: float
) -> None:
    content = Random(seed).randbytes(size)
    options = {b"blksize": b"%d" % block, b"windowsize": b"%d" % window}
    terms = negotiate(options, size=size, maximum_block=65464, maximum_window=64)
    session = Session(FramedFile(content, block), terms, PACE, 0.0)
    phone = Phone(block, window)
    network = Network(Random(seed), loss, doubling, delay)
    took = converse(session, phone, network)
    assert content.startswith(phone.received)
    if phone.complete or session.whole:
        assert phone.received == content
    if not loss and delay < 1.0:
        assert session.whole
        assert took < 60.0 or size > 1000
