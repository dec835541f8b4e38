from __future__ import annotations

import gc
from weakref import ref

import pytest

from provd.servers.tftp.framing import LARGE_OCTETS, FrameCache, FramedFile, netascii


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 1024, 200_000])
def test_the_blocks_of_a_file_are_its_octets_and_a_shorter_last_one(size: int) -> None:
    content = bytes(index % 251 for index in range(size))
    framed = FramedFile(content, 512)
    packets = [bytes(packet) for packet in framed.run(0, framed.blocks)]
    assert b"".join(packet[4:] for packet in packets) == content
    assert all(len(packet) == 516 for packet in packets[:-1])
    assert len(packets[-1]) < 516
    assert [int.from_bytes(packet[2:4], "big") for packet in packets] == list(
        range(1, framed.blocks + 1)
    )


def test_the_block_number_wraps_to_zero() -> None:
    framed = FramedFile(bytes(65_540 * 8), 8)
    assert bytes(framed.run(65_534, 65_534 + 1)[0][:4]) == b"\0\3\xff\xff"
    assert bytes(framed.run(65_535, 65_535 + 1)[0][:4]) == b"\0\3\0\0"
    assert bytes(framed.run(65_536, 65_536 + 1)[0][:4]) == b"\0\3\0\1"


def test_phones_that_ask_for_the_same_file_share_its_frames() -> None:
    cache = FrameCache(10_000)
    first = cache.framed(b"x" * 4096, 512)
    assert cache.framed(b"x" * 4096, 512) is first
    assert cache.framed(b"x" * 4096, 1428) is not first


def test_the_cache_keeps_the_latest_within_its_bound() -> None:
    cache = FrameCache(10_000)
    for index in range(100):
        cache.framed(bytes([index]) * 4000, 512)
        assert cache.octets <= 10_000
    gc.collect()
    latest = cache.framed(bytes([99]) * 4000, 512)
    assert cache.framed(bytes([99]) * 4000, 512) is latest


def test_what_is_asked_for_stays_while_others_come_and_go() -> None:
    cache = FrameCache(10_000)
    wanted = ref(cache.framed(b"wanted" * 100, 512))
    unwanted = ref(cache.framed(b"unwanted" * 100, 512))
    for index in range(50):
        cache.framed(bytes([index]) * 900, 512)
        cache.framed(b"wanted" * 100, 512)
        assert cache.octets <= 10_000
    gc.collect()
    assert wanted() is not None
    assert unwanted() is None


def test_a_file_of_more_than_half_the_cache_is_kept_alone() -> None:
    cache = FrameCache(10_000)
    small = ref(cache.framed(b"small" * 100, 512))
    large = cache.framed(b"large" * 1850, 512)
    assert cache.octets <= 10_000
    assert cache.framed(b"large" * 1850, 512) is large
    gc.collect()
    assert small() is None


def test_a_file_larger_than_the_cache_is_shared_while_it_is_being_sent() -> None:
    cache = FrameCache(1000)
    running = cache.framed(b"x" * 5000, 512)
    assert cache.framed(b"x" * 5000, 512) is running
    assert cache.octets == 0


def test_netascii_ends_lines_with_cr_lf_and_keeps_bare_crs() -> None:
    assert netascii(b"a\nb\rc\n") == b"a\r\nb\r\0c\r\n"


def test_firmware_asked_for_in_a_thousand_block_sizes_keeps_within_the_bound() -> None:
    content = bytes(index % 251 for index in range(LARGE_OCTETS))
    cache = FrameCache(3 * LARGE_OCTETS)
    running = [cache.framed(content, size) for size in range(1000, 1020)]
    for framed in running:
        packets = [bytes(framed.run(index, index + 1)[0]) for index in range(framed.blocks)]
        assert b"".join(packet[4:] for packet in packets) == content
    kept = sum(page.size for framed in running for page in framed._pages if page is not None)
    assert 2 * LARGE_OCTETS < kept <= 3 * LARGE_OCTETS
    assert b"".join(bytes(packet[4:]) for packet in running[0].run(0, 300)) == content[:300_000]


def test_firmware_is_let_go_when_nobody_fetches_it() -> None:
    cache = FrameCache(3 * LARGE_OCTETS)
    first = cache.framed(bytes(LARGE_OCTETS), 512)
    assert cache.framed(bytes(LARGE_OCTETS), 512) is first
    assert cache.octets == 0
