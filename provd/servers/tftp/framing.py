"""A file cut into DATA packets, headers included, so that sending one is to say where it lies.

Framing is done page by page when a packet of the page is first asked for: a large file with tiny
blocks never holds up the reactor. Packets of one page lie next to each other, so a window is one
slice where the kernel can split it (UDP_SEGMENT).
This module knows neither sessions nor sockets.
"""

from __future__ import annotations

import functools
from collections import deque
from weakref import WeakValueDictionary, ref

from provd.servers.tftp.packets import data_header
from provd.servers.tftp.pages import VECTOR_OCTETS, Page, Run

_PAGE_OCTETS = 128 << 10
LARGE_OCTETS = 1 << 20
"""From here on a file is firmware, not what is told a phone: `PageBound`."""


class PageBound:
    """Bounds the framed pages of all large files: those framed first are dropped first.

    A file is framed anew for each block size that somebody asks for, and anybody may ask for
    firmware in a thousand sizes. Framing a page again costs a microsecond for each packet.
    """

    def __init__(self, maximum_octets: int) -> None:
        self._maximum_octets = maximum_octets
        self._octets = 0
        self._pages: deque[tuple[ref[FramedFile], int, int]] = deque()

    def framed(self, file: FramedFile, page: int, octets: int) -> None:
        self._pages.append((ref(file), page, octets))
        self._octets += octets
        while self._octets > self._maximum_octets and len(self._pages) > 1:
            oldest, number, dropped = self._pages.popleft()
            self._octets -= dropped
            if (found := oldest()) is not None:
                found.forget(number)


class FramedFile:
    """`content` in blocks of `block_octets`; `blocks` counts the last, shorter or empty one. Its
    pages stay as long as it does, unless there is a `bound`."""

    __slots__ = (
        "__weakref__",
        "_bound",
        "_content",
        "_packet_octets",
        "_pages",
        "_per_page",
        "block_octets",
        "blocks",
    )

    def __init__(self, content: bytes, block_octets: int, bound: PageBound | None = None) -> None:
        self._bound = bound
        self._content = content
        self.block_octets = block_octets
        self._packet_octets = block_octets + 4
        self.blocks = len(content) // block_octets + 1
        self._per_page = max(1, _PAGE_OCTETS // self._packet_octets)
        self._pages: list[Page | None] = [None] * -(-self.blocks // self._per_page)

    @property
    def size(self) -> int:
        return len(self._content)

    @property
    def framed_octets(self) -> int:
        """What the whole takes once every page is framed."""
        return self.size + (4 + VECTOR_OCTETS) * self.blocks

    def run(self, first: int, end: int) -> Run:
        """The DATA packets from the one after `first` others to number `end`; never none."""
        number, start = divmod(first, self._per_page)
        page = self._pages[number] or self._frame(number)
        stop = start + end - first
        if stop <= len(page):
            return Run(page, start, stop)
        octets = [Run(page, start, len(page)).octets]
        while (stop := stop - len(page)) > 0:
            number += 1
            page = self._pages[number] or self._frame(number)
            octets.append(Run(page, 0, min(stop, len(page))).octets)
        return Run(Page(b"".join(octets), self._packet_octets), 0, end - first)

    def forget(self, page: int) -> None:
        self._pages[page] = None

    def _frame(self, number: int) -> Page:
        first = number * self._per_page
        size = self.block_octets
        octets = b"".join(
            data_header(index + 1) + self._content[index * size : (index + 1) * size]
            for index in range(first, min(first + self._per_page, self.blocks))
        )
        page = self._pages[number] = Page(octets, self._packet_octets)
        if self._bound is not None:
            self._bound.framed(self, number, page.size)
        return page


class FrameCache:
    """Framed files by content and block size. What nobody asks for while half of the bound fills is
    dropped when the other half is full.

    Whoever sends the same content in the same blocks at the same time shares one, however large.
    Large ones are kept for as long only, and of the pages of all of them as many as the bound
    allows.
    """

    def __init__(self, maximum_octets: int) -> None:
        self._maximum_octets = maximum_octets
        self._large = PageBound(maximum_octets)
        self._octets = self._octets_before = 0
        self._kept: dict[tuple[bytes, int], FramedFile] = {}
        self._kept_before: dict[tuple[bytes, int], FramedFile] = {}
        self._alive: WeakValueDictionary[tuple[bytes, int], FramedFile] = WeakValueDictionary()

    @property
    def octets(self) -> int:
        """What the kept files take at most."""
        return self._octets + self._octets_before

    def framed(self, content: bytes, block_octets: int) -> FramedFile:
        key = (content, block_octets)
        return self._kept.get(key) or self._kept_anew(key)

    def _kept_anew(self, key: tuple[bytes, int]) -> FramedFile:
        before = self._kept_before.pop(key, None)
        if before is not None:
            self._octets_before -= before.framed_octets
        found = before or self._alive.get(key) or self._made(key)
        if found.size < LARGE_OCTETS and found.framed_octets <= self._maximum_octets:
            self._keep(key, found)
        return found

    def _made(self, key: tuple[bytes, int]) -> FramedFile:
        content, block_octets = key
        bound = self._large if len(content) >= LARGE_OCTETS else None
        made = self._alive[key] = FramedFile(content, block_octets, bound)
        return made

    def _keep(self, key: tuple[bytes, int], found: FramedFile) -> None:
        octets = found.framed_octets
        if self._octets + octets > self._maximum_octets // 2:
            self._kept_before, self._kept = self._kept, {}
            self._octets_before, self._octets = self._octets, 0
        if self.octets + octets > self._maximum_octets:  # it takes more than half
            self._kept_before, self._octets_before = {}, 0
        self._kept[key] = found
        self._octets += octets


@functools.lru_cache(maxsize=8)
def netascii(content: bytes) -> bytes:
    """Text as the wire wants it (RFC 764, by RFC 1350): LF is CR LF, a bare CR is CR NUL."""
    return content.replace(b"\r", b"\r\0").replace(b"\n", b"\r\n")
