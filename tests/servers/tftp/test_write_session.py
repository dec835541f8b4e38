"""Uploads over TFTP as the state machine sees them, by case and over a bad network."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from provd.servers.tftp.negotiation import Terms
from provd.servers.tftp.session import Pace
from provd.servers.tftp.write_session import WriteSession

PACE = Pace()
MOST = 1 << 20


def session(
    maximum: int = MOST, *, block_octets: int = 512, window_blocks: int = 1
) -> WriteSession:
    return WriteSession(Terms(block_octets, window_blocks), PACE, maximum, 0.0)


def status(one: WriteSession) -> str:
    return one.ended


def complete(one: WriteSession) -> bool:
    return one.complete


def data(number: int, octets: bytes = b"x" * 512) -> bytes:
    return b"\0\3" + (number & 0xFFFF).to_bytes(2, "big") + octets


def ack(number: int) -> bytes:
    return b"\0\4" + (number & 0xFFFF).to_bytes(2, "big")


def test_a_request_without_options_is_answered_by_ack_0() -> None:
    assert session().opening() == ack(0)
    assert WriteSession(Terms(oack=b"\0\6"), PACE, MOST, 0).opening() == b"\0\6"


def test_the_last_block_is_acknowledged_when_all_is_stored() -> None:
    one = session()
    assert one.receive(data(1), 1) == ack(1)
    assert one.receive(data(2, b"end"), 2) == b""
    assert one.complete
    assert one.content == b"x" * 512 + b"end"
    assert one.receive(data(2, b"end"), 3) == b""
    assert one.stored(4) == ack(2)
    assert one.receive(data(2, b"end"), 5) == ack(2)
    assert one.receive(data(1), 5) == b""
    assert one.expire(9) == b""
    assert not status(one)
    one.expire(10)
    assert status(one) == "done"


def test_an_exact_multiple_ends_with_an_empty_block() -> None:
    one = session()
    assert one.receive(data(1), 1) == ack(1)
    assert not complete(one)
    one.receive(data(2, b""), 1)
    assert complete(one)
    assert one.octets == 512


def test_a_duplicate_block_is_acknowledged_again_and_kept_once() -> None:
    one = session()
    one.receive(data(1), 1)
    assert one.receive(data(1), 1) == ack(1)
    assert one.octets == 512


def test_a_block_from_the_future_is_not_taken() -> None:
    one = session()
    assert one.receive(data(2), 1) == b""
    one.receive(data(1), 1)
    assert one.receive(data(3), 1) == b""
    assert one.octets == 512


def test_a_window_is_acknowledged_at_its_end_and_a_gap_once() -> None:
    one = session(window_blocks=4)
    assert [one.receive(data(number), 1) for number in (1, 2, 3)] == [b"", b"", b""]
    assert one.receive(data(4), 1) == ack(4)
    assert one.receive(data(6), 1) == ack(4)
    assert one.receive(data(7), 1) == b""
    assert one.receive(data(8), 1) == b""
    assert [one.receive(data(number), 1) for number in (5, 6, 7)] == [b"", b"", b""]
    assert one.receive(data(8), 1) == ack(8)


def test_the_number_of_a_block_wraps() -> None:
    one = session(block_octets=8)
    for number in range(1, 65_540):
        assert one.receive(data(number, b"12345678"), 1) == ack(number)
    one.receive(data(65_540, b"end"), 1)
    assert one.octets == 65_539 * 8 + 3


def test_more_than_allowed_ends_it_with_error_3() -> None:
    one = session(1000)
    one.receive(data(1), 1)
    assert one.receive(data(2), 1)[:4] == b"\0\5\0\3"
    assert one.ended == "ERROR 3"


def test_a_block_longer_than_agreed_ends_it_with_error_4() -> None:
    one = session()
    assert one.receive(data(1, b"x" * 513), 1)[:4] == b"\0\5\0\4"
    assert one.ended == "ERROR 4"


def test_an_error_is_obeyed_and_not_answered() -> None:
    one = session()
    assert one.receive(b"\0\5\0\0gone\0", 1) == b""
    assert one.ended == "ERROR 0 from the phone"


def test_nonsense_is_ignored() -> None:
    one = session()
    for nonsense in (b"", b"\0", b"\0\3", b"\0\4\0\0", b"\1\3\0\1x", b"\0\1f\0octet\0"):
        assert one.receive(nonsense, 1) == b""
    assert not one.ended


def test_a_phone_that_is_not_there_gets_two_datagrams_and_is_given_up() -> None:
    one, now, sent = session(), 0.0, [session().opening()]
    while not one.ended:
        now = min(one.deadline, now + 1)
        if packet := one.expire(now):
            sent.append(packet)
        assert now < 60
    assert sent == [ack(0)] * 2
    assert one.ended == "timeout"


def test_a_phone_that_falls_silent_is_reminded_and_given_up() -> None:
    one = session()
    one.receive(data(1), 0)
    sent = []
    now = 0.0
    while not one.ended:
        now = one.deadline
        sent.append(one.expire(now))
    assert sent[:3] == [ack(1)] * 3
    assert now <= PACE.silence


class Sender:
    """A phone that uploads: sends windows, and goes back to what was acknowledged."""

    def __init__(self, content: bytes, block: int, window: int) -> None:
        self.blocks = [content[at : at + block] for at in range(0, len(content) + 1, block)]
        self.window = window
        self.acked = 0

    def send(self) -> list[bytes]:
        numbers = range(self.acked + 1, min(self.acked + self.window, len(self.blocks)) + 1)
        return [data(number, self.blocks[number - 1]) for number in numbers]

    def take(self, packet: bytes) -> bool:
        acked = int.from_bytes(packet[2:4], "big")
        moved = self.acked < acked <= len(self.blocks)
        self.acked = max(self.acked, acked)
        return moved


@settings(max_examples=150, deadline=None)
@given(
    content=st.binary(max_size=400),
    block=st.integers(8, 64),
    window=st.integers(1, 6),
    fates=st.lists(st.sampled_from("kkkdlr"), max_size=300),
)
def test_lost_doubled_and_reordered_packets_change_nothing(
    content: bytes, block: int, window: int, fates: list[str]
) -> None:
    one = session(block_octets=block, window_blocks=window)
    sender, fate, now = Sender(content, block, window), iter(fates), 0.0
    flying, back, stored = sender.send(), list[bytes](), False
    for _ in range(5000):
        if sender.acked == len(sender.blocks):
            break
        if not flying and not back:  # both wait: the phone's timer, then ours
            now += 0.5
            flying = sender.send()
            back += [packet for packet in [one.expire(now)] if packet]
        for packet in flying:
            kind = next(fate, "k")
            if kind == "l":
                continue
            answers = [one.receive(packet, now)]
            if kind == "d":
                answers.append(one.receive(packet, now))
            if one.complete and not stored:
                stored = True
                answers.append(one.stored(now))
            back += [answer for answer in answers if answer]
        flying = []
        if back and next(fate, "k") == "r":
            back.reverse()
        moved = [sender.take(packet) for packet in back if next(fate, "k") != "l"]
        back = []
        if any(moved):
            flying = sender.send()
        assert not one.ended
    assert sender.acked == len(sender.blocks)
    assert one.content == content
