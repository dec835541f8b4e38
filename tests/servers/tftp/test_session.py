"""The cases in which well-known servers fail, at the pure session."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provd.servers.tftp.datagrams import head_of
from provd.servers.tftp.framing import FramedFile
from provd.servers.tftp.negotiation import Terms, negotiate
from provd.servers.tftp.session import Pace, Session

PACE = Pace()


def ack(block: int) -> int:
    return 0x40000 | block & 0xFFFF


def session(content: bytes, pace: Pace = PACE, /, **options: int) -> Session:
    asked = {name.encode(): str(value).encode() for name, value in options.items()}
    terms = (
        negotiate(asked, size=len(content), maximum_block=65464, maximum_window=64)
        if asked
        else Terms()
    )
    return Session(FramedFile(content, terms.block_octets), terms, pace, 0.0)


def blocks(packets: Sequence[bytes | memoryview]) -> list[int]:
    assert all(bytes(packet[:2]) == b"\0\3" for packet in packets)
    return [int.from_bytes(packet[2:4], "big") for packet in packets]


def say(running: Session, head: int, now: float) -> list[bytes]:
    """As it is driven: by `in_turn` where that takes it, else by `receive`."""
    vector = running.in_turn(head, now)
    if vector is not None:
        return [bytes(running.page.found(vector))]
    return [bytes(packet) for packet in running.receive(head, now)]


def fetch(running: Session) -> bytes:
    """What a phone that loses nothing receives."""
    received = b""
    packets = [bytes(packet) for packet in running.opening()]
    while not running.ended:
        if packets[0][:2] == b"\0\6":
            packets = say(running, ack(0), 0.0)
            continue
        received += b"".join(packet[4:] for packet in packets)
        last = int.from_bytes(packets[-1][2:4], "big")
        packets = say(running, ack(last), 0.0)
    return received


def test_no_options_give_data_one_and_no_empty_oack() -> None:
    assert blocks(session(b"abc").opening()) == [1]
    assert blocks(session(b"abc", unheard=1).opening()) == [1]


def test_options_give_an_oack_first_and_data_after_its_ack() -> None:
    running = session(b"abc", tsize=0)
    assert bytes(running.opening()[0]) == b"\0\6tsize\x003\0"
    assert blocks(running.receive(ack(0), 0.1)) == [1]


@pytest.mark.parametrize("size", [0, 1, 511, 512, 1024, 5000])
@pytest.mark.parametrize("options", [{}, {"blksize": 8}, {"blksize": 512, "windowsize": 3}])
def test_files_of_every_size_arrive_whole(size: int, options: dict[str, int]) -> None:
    content = bytes(index % 251 for index in range(size))
    running = session(content, **options)
    assert fetch(running) == content
    assert running.whole
    assert running.bytes_sent == size


@pytest.mark.parametrize("window", [1, 64])
def test_a_file_of_more_than_65535_blocks_wraps_to_zero(window: int) -> None:
    content = bytes(65_600 * 8 + 3)
    running = session(content, blksize=8, windowsize=window)
    assert fetch(running) == content
    assert running.whole


def test_a_duplicate_ack_never_causes_a_second_data() -> None:
    running = session(b"x" * 2000)
    assert blocks(running.receive(ack(1), 0.1)) == [2]
    assert running.receive(ack(1), 0.1) == ()
    assert blocks(running.receive(ack(2), 0.2)) == [3]
    assert running.receive(ack(1), 0.2) == ()
    assert running.receive(ack(2), 0.2) == ()


def test_a_duplicate_ack_of_the_oack_never_causes_a_second_data() -> None:
    running = session(b"x" * 2000, tsize=0)
    assert blocks(running.receive(ack(0), 0.1)) == [1]
    assert running.receive(ack(0), 0.1) == ()


def test_a_stale_or_future_ack_is_ignored_and_the_transfer_lives() -> None:
    running = session(b"x" * 5000)
    running.receive(ack(1), 0.1)
    for number in (0, 3, 4000, 65535):
        assert running.receive(ack(number), 0.1) == ()
    assert not running.ended
    assert blocks(running.receive(ack(2), 0.1)) == [3]


def test_an_ack_after_the_oack_must_be_of_block_zero() -> None:
    running = session(b"x" * 5000, windowsize=8)
    assert running.receive(ack(1), 0.1) == ()
    assert not running.validated


def test_odd_packets_from_the_phone_are_ignored() -> None:
    running = session(b"x" * 5000)
    for datagram in (b"", b"\0", b"\0\4", b"\0\4\0", b"\0\3\0\1x", b"\0\7\0\1", b"\1\4\0\1"):
        assert running.receive(head_of(datagram), 0.1) == ()
    assert not running.ended


def test_a_padded_ack_counts() -> None:
    running = session(b"x" * 5000)
    assert blocks(running.receive(head_of(b"\0\4\0\1" + b"\0" * 40), 0.1)) == [2]


def test_an_error_ends_the_transfer_and_is_never_answered() -> None:
    running = session(b"x" * 5000)
    assert running.receive(head_of(b"\0\5\0\3disk full\0"), 0.1) == ()
    assert running.ended == "ERROR 3 from the phone"
    assert not running.whole
    assert running.receive(ack(1), 0.2) == ()
    assert running.expire(100.0) == ()


def test_at_most_two_datagrams_leave_before_the_first_valid_ack() -> None:
    for options in ({}, {"blksize": 1428, "windowsize": 16}, {"timeout": 1}):
        running = session(b"x" * 100_000, **options)
        sent = len(running.opening())
        for tenth in range(1, 600):
            sent += len(running.expire(tenth / 10))
            sent += len(running.receive(ack(700), tenth / 10))
        assert sent == 2
        assert running.ended == "timeout"


def test_an_unvalidated_transfer_is_freed_within_its_own_short_time() -> None:
    running = session(b"x" * 5000)
    for tenth in range(51):
        running.expire(tenth / 10)
    assert running.ended == "timeout"


def test_retransmission_backs_off_one_two_four_and_has_a_cap() -> None:
    running = session(b"x" * 5000)
    running.receive(ack(1), 0.0)
    sent = []
    now = 0.0
    while not running.ended:
        now = running.deadline
        assert running.expire(now - 0.01) == ()
        if packets := running.expire(now):
            assert blocks(packets) == [2]
            sent.append(now)
    assert sent == [1.0, 3.0, 7.0, 11.0, 15.0, 19.0]
    assert now == 20.0


def test_progress_starts_the_back_off_anew() -> None:
    running = session(b"x" * 5000)
    running.receive(ack(1), 0.0)
    running.expire(1.0)
    running.expire(3.0)
    running.receive(ack(2), 3.5)
    assert running.deadline == 4.5


def test_the_timeout_option_is_obeyed() -> None:
    running = session(b"x" * 5000, timeout=7)
    running.receive(ack(0), 0.0)
    assert running.expire(6.9) == ()
    assert blocks(running.expire(7.0)) == [1]
    assert running.deadline == 14.0


def test_the_longest_timeout_is_obeyed_once_before_the_transfer_is_given_up() -> None:
    running = session(b"x" * 5000, timeout=255)
    running.receive(ack(0), 0.0)
    assert running.expire(254.0) == ()
    assert blocks(running.expire(255.0)) == [1]
    running.expire(510.0)
    assert running.ended == "timeout"


def test_a_lost_final_ack_frees_the_session_within_the_time_out() -> None:
    running = session(b"abc")
    while not running.ended:
        running.expire(running.deadline)
    assert not running.whole


def test_a_trickle_of_acks_does_not_prolong_a_transfer_for_ever() -> None:
    running = session(bytes(8 * 1000), Pace(transfer=100.0), blksize=8)
    running.receive(ack(0), 0.0)
    for block in range(1, 1000):
        running.receive(ack(block), block * 15.0)
        running.expire(block * 15.0 + 14.0)
        if running.ended:
            break
    assert running.ended == "timeout"
    assert block * 15.0 <= 120.0


def test_a_window_is_sent_at_once_and_restarts_after_the_last_block_acknowledged() -> None:
    running = session(b"x" * 512 * 20, windowsize=4, blksize=512)
    assert blocks(running.receive(ack(0), 0.0)) == [1, 2, 3, 4]
    assert blocks(running.receive(ack(4), 0.1)) == [5, 6, 7, 8]
    assert blocks(running.receive(ack(6), 0.2)) == [7, 8, 9, 10]
    assert running.receive(ack(6), 0.2) == ()
    assert blocks(running.expire(1.3)) == [7, 8, 9, 10]
    assert blocks(running.receive(ack(10), 1.4)) == [11, 12, 13, 14]


def test_the_last_window_holds_only_what_is_left() -> None:
    running = session(b"x" * 1100, windowsize=16, blksize=512)
    assert blocks(running.receive(ack(0), 0.0)) == [1, 2, 3]
    assert running.receive(ack(3), 0.1) == ()
    assert running.whole
    assert running.ended == "OACK"


def test_the_usual_acknowledgement_is_taken_in_turn_and_no_other() -> None:
    running = session(b"x" * 2100)
    assert running.in_turn(ack(1), 0.0) is None  # the first shows that the phone is there
    running.receive(ack(1), 0.0)
    for block in (2, 3, 4):
        for head in (ack(block - 1), ack(block + 1), 0, 0x50000 | block, 0x30000 | block):
            assert running.in_turn(head, 0.1) is None
        vector = running.in_turn(ack(block), 0.1)
        assert vector is not None
        assert blocks([running.page.found(vector)]) == [block + 1]
    assert running.in_turn(ack(5), 0.1) is None  # the last one ends the transfer
    assert running.deadline == 1.1


SAID = st.one_of(
    st.integers(-2, 2).map(lambda ahead: ("ack", ahead)),
    st.just(("ack", 0)),
    st.just(("ack", 0)),
    st.integers(0, 40).map(lambda tenths: ("wait", tenths)),
    st.sampled_from([("head", 0), ("head", 0x50003), ("head", 0x30001), ("end", 0)]),
)
OPTIONS: list[dict[str, int]] = [
    {}, {"tsize": 0}, {"blksize": 8}, {"timeout": 2}, {"blksize": 8, "windowsize": 3}
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(OPTIONS),
    st.sampled_from([0, 5, 70, 512, 5600, 150_000]),
    st.lists(SAID, max_size=40),
)
def test_in_turn_does_what_receive_does(
    options: dict[str, int], size: int, said: list[tuple[str, int]]
) -> None:
    """The same packets, ends and deadlines, whatever comes and whenever."""
    one, other = (session(bytes(size), **options) for _ in range(2))
    now, awaited = 0.0, 0 if options else 1
    sent: Sequence[bytes | memoryview]
    for kind, number in [("ack", 0), *said]:
        if kind == "wait":
            now += number / 10
            sent, same = list(one.expire(now)), list(other.expire(now))
        elif kind == "end":
            one.end("stopped")
            other.end("stopped")
            continue
        else:
            head = ack(awaited + number) if kind == "ack" else number
            sent, same = say(one, head, now), list(other.receive(head, now))
        assert [bytes(packet) for packet in sent] == [bytes(packet) for packet in same]
        if sent and bytes(sent[-1][:2]) == b"\0\3":
            awaited = int.from_bytes(sent[-1][2:4], "big")
        for name in ("ended", "whole", "validated", "stalled", "bytes_sent", "deadline"):
            assert getattr(one, name) == getattr(other, name), name
