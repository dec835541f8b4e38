"""From a CSV file's octets to rows of cells, as a stream, however a spreadsheet wrote them.

UTF-8 with or without a byte order mark, UTF-16 as Excel's "Unicode text"; commas, semicolons (Excel
where the comma is decimal) or tabs; cells in quotes (RFC 4180). What can't be read is said with its
row and never quoted: it might be a password.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from provd.errors import InputError

MOST_OCTETS = 32 << 20
_DELIMITERS = ",;\t"
_SURROGATES = re.compile("[\ud800-\udfff]")
_REMEDY = "Save it as “CSV UTF-8”"


class Source(Protocol):
    """A file opened for octets."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class SheetRow:
    """`number` counts as the spreadsheet does: the headings are row 1."""

    number: int
    cells: tuple[str, ...]


def rows(
    source: Source, *, most: int = MOST_OCTETS, told: Callable[[int], object] = lambda _: None
) -> Iterator[SheetRow]:
    """The headings first; rows without any text are left out. `told` hears how many octets have
    been read. Raises InputError that names the row."""
    return sheet_rows(buffered(source, most=most, told=told))


def buffered(
    source: Source, *, most: int = MOST_OCTETS, told: Callable[[int], object] = lambda _: None
) -> io.BufferedReader:
    """The source, to look into before it is read. Reading raises InputError where it is too
    long."""
    return io.BufferedReader(_Bounded(source, most, told), 1 << 16)


def sheet_rows(buffered: io.BufferedReader) -> Iterator[SheetRow]:
    """As `rows`."""
    encoding = _encoding(buffered.peek(4)[:4])
    # What is not UTF-8 becomes lone surrogates, so that the very row can be named.
    errors = "surrogateescape" if encoding == "utf-8-sig" else "strict"
    text = io.TextIOWrapper(buffered, encoding, errors, newline="")
    number = 0
    try:
        first = text.readline()
        while first and _names_nothing(first):
            number, first = number + 1, text.readline()
        reader = csv.reader(
            itertools.chain([first], text), delimiter=_delimiter(first), strict=True
        )
        for cells in reader:
            number += 1
            if any(map(_SURROGATES.search, cells)):
                raise InputError("it is not text in UTF-8", where=f"row {number}", remedy=_REMEDY)
            if any(map(str.strip, cells)):
                yield SheetRow(number, tuple(cells))
    except UnicodeError:
        remedy = _REMEDY
        raise InputError("it is not text in UTF-16", where=_after(number), remedy=remedy) from None
    except csv.Error as error:
        remedy = "Put a cell in quotes when it holds a quote, and double the quote inside"
        raise InputError(str(error), where=_after(number), remedy=remedy) from None


class _Bounded(io.RawIOBase):
    """A source that ends with an error where it is too long."""

    def __init__(self, source: Source, most: int, told: Callable[[int], object]) -> None:
        super().__init__()
        self._source = source
        self._most = most
        self._told = told
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # narrower on purpose
        octets = self._source.read(len(buffer))
        self._read += len(octets)
        if self._read > self._most:
            remedy = "Split it into several files"
            raise InputError(f"the file is larger than {self._most >> 10} KiB", remedy=remedy)
        self._told(self._read)
        buffer[: len(octets)] = octets
        return len(octets)


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in head:
        return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
    return "utf-8-sig"


def _names_nothing(line: str) -> bool:
    """Blank, or for Excel alone."""
    return line.strip().lower() in {"", *(f"sep={one}" for one in _DELIMITERS)}


def _delimiter(headings: str) -> str:
    """Headings hold none of them, so the one that is there most often it is."""
    return max(_DELIMITERS, key=headings.count)


def _after(number: int) -> str:
    return f"row {number + 1}"
