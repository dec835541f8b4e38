"""Packets that lie one behind the other in memory, and where the kernel finds each of them.

    page      packet packet ... packet       all of one length but the last, shorter one
    vectors   address length, ...            a struct iovec (readv(2)) for each packet

sendmmsg(2) takes a packet by its vector, so nobody slices or copies one before it is sent. A vector
is good for as long as its page is held: whoever keeps one for later keeps the page beside it.
This module knows no packet format.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import chain
from typing import Any

from provd.servers.tftp.batches import library

VECTOR_OCTETS = struct.calcsize("@NN")


class Page:
    """`octets` in packets of `packet_octets`, the last of which may be shorter. The octets stay
    where they are as long as the page is there."""

    __slots__ = ("_address", "_kept", "octets", "packet_octets", "vectors")

    def __init__(self, octets: bytes, packet_octets: int) -> None:
        self.octets = octets
        self.packet_octets = packet_octets
        found = library()
        self._kept: object = None
        self._address = 0
        if found is not None:
            self._kept, self._address = found.pinned(octets)
        self.vectors = self._pointing()

    def __len__(self) -> int:
        """How many packets."""
        return len(self.vectors) // VECTOR_OCTETS

    @property
    def size(self) -> int:
        """What it takes, in octets."""
        return len(self.octets) + len(self.vectors)

    def packet(self, index: int) -> memoryview:
        start = index * self.packet_octets
        return memoryview(self.octets)[start : start + self.packet_octets]

    def found(self, vector: bytes) -> memoryview:
        """The packet that one of `vectors` points to; for who has no sendmmsg."""
        address, octets = struct.unpack("@NN", vector)
        start = address - self._address
        return memoryview(self.octets)[start : start + octets]

    def _pointing(self) -> bytes:
        """An empty packet is one as well."""
        count = max(1, -(-len(self.octets) // self.packet_octets))
        lengths = [self.packet_octets] * count
        lengths[-1] = len(self.octets) - (count - 1) * self.packet_octets
        end = self._address + count * self.packet_octets
        addresses = range(self._address, end, self.packet_octets)
        pairs = zip(addresses, lengths, strict=True)
        return struct.pack(f"@{2 * count}N", *chain.from_iterable(pairs))


class Run(Sequence[memoryview]):
    """The packets of `page` from number `first` to before `end`."""

    __slots__ = ("end", "first", "page")

    def __init__(self, page: Page, first: int, end: int) -> None:
        self.page = page
        self.first = first
        self.end = end

    def __len__(self) -> int:
        return self.end - self.first

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[each] for each in range(len(self))[index]]
        return self.page.packet(range(self.first, self.end)[index])

    @property
    def octets(self) -> memoryview:
        """All of them, as they lie."""
        size = self.page.packet_octets
        return memoryview(self.page.octets)[self.first * size : self.end * size]

    def vectors(self) -> list[bytes]:
        """One for each packet."""
        vectors = self.page.vectors
        first, end = self.first * VECTOR_OCTETS, self.end * VECTOR_OCTETS
        return [
            vectors[place : place + VECTOR_OCTETS] for place in range(first, end, VECTOR_OCTETS)
        ]

    def parts(self, most: int) -> list[Run]:
        """The same in runs of up to `most` packets."""
        return [
            Run(self.page, first, min(first + most, self.end))
            for first in range(self.first, self.end, most)
        ]


def alone(packet: bytes) -> Run:
    """A run of this one."""
    return Run(Page(packet, len(packet) or 1), 0, 1)
