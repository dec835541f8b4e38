"""Where packets lie, and that they stay there as long as anybody holds their page."""

from __future__ import annotations

import ctypes
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.servers.tftp.framing import FrameCache, FramedFile
from provd.servers.tftp.pages import VECTOR_OCTETS, Page, Run, alone


def pointed_at(vector: bytes) -> bytes:
    """What lies there in memory."""
    address, octets = struct.unpack("@NN", vector)
    return ctypes.string_at(address, octets)


@given(st.binary(max_size=300), st.integers(1, 50))
def test_a_vector_points_to_its_packet(octets: bytes, packet_octets: int) -> None:
    page = Page(octets, packet_octets)
    run = Run(page, 0, len(page))
    assert b"".join(bytes(packet) for packet in run) == octets == bytes(run.octets)
    assert all(len(packet) == packet_octets for packet in run[:-1])
    assert [pointed_at(vector) for vector in run.vectors()] == [bytes(packet) for packet in run]
    assert [page.found(vector) for vector in run.vectors()] == list(run)
    assert b"".join(run.vectors()) == page.vectors


def test_an_empty_packet_is_a_packet() -> None:
    assert [bytes(packet) for packet in alone(b"")] == [b""]
    assert len(alone(b"").vectors()) == 1


def test_a_part_of_a_page_is_told_by_its_numbers() -> None:
    page = Page(bytes(range(100)), 8)
    run = Run(page, 3, 11)
    assert [bytes(packet)[0] for packet in run] == list(range(24, 88, 8))
    assert run.vectors() == [
        page.vectors[place : place + VECTOR_OCTETS]
        for place in range(3 * VECTOR_OCTETS, 11 * VECTOR_OCTETS, VECTOR_OCTETS)
    ]
    assert [(part.first, part.end) for part in run.parts(3)] == [(3, 6), (6, 9), (9, 11)]


@pytest.mark.parametrize("size", [512, 5000, 300_000])
def test_what_a_vector_points_to_outlives_its_file_while_the_page_is_held(size: int) -> None:
    """As where a transfer ends, or the cache drops a page, before what was called forth is sent."""
    content = bytes(index % 251 for index in range(size))
    cache = FrameCache(1)
    run = cache.framed(content, 512).run(0, 1)
    page, vector = run.page, run.vectors()[0]
    del run
    for other in range(50):
        FramedFile(bytes([other]) * size, 512).run(0, 1)
    assert pointed_at(vector) == b"\0\3\0\1" + content[:512]
    assert len(page.octets) >= 516
