"""A firmware image inside of a zip file, as vendors hand them out: read without unpacking the rest.

An archive is a stranger's: it is bounded in members, in size and in how far it may inflate; members
that are links, encrypted, or of a path that leaves its folder are refused. What is taken out is a
single file, under the last part of its name.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from provd.errors import InputError

MOST_MEMBERS = 1_000
MOST_RATIO = 100
"""Octets that one of the archive's may inflate to. Images are packed already, and hardly shrink."""
_UNIX = 3
_ENCRYPTED = 1
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Archived:
    """One member of an archive; it is read as a file is. `size` is what its entry says, and no more
    than that comes out."""

    path: Path
    member: str
    size: int

    @property
    def name(self) -> str:
        return PurePosixPath(self.member).name

    def __str__(self) -> str:
        return f"{self.path}: {self.member}"

    @contextmanager
    def open(self, mode: str = "rb") -> Iterator[BinaryIO]:
        """Raises InputError when the archive is damaged."""
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as member:
                yield io.BufferedReader(_Bounded(member, self.size))
        except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
            raise InputError(f"the archive is damaged: {error}", where=str(self.path)) from None


def image_in(path: Path, member: str, most_octets: int) -> Archived:
    """The member of that name, or path, or the only one there is, of at most `most_octets`.

    Raises InputError: no zip file, too much in it, no such member, or one that must not be taken.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise InputError(f"it is no zip file: {error}", where=str(path)) from None
    if len(entries) > MOST_MEMBERS:
        raise _refused(path, f"it has {len(entries)} members, more than {MOST_MEMBERS}")
    found = [one for one in entries if member in ("", one.filename, _last(one))]
    if len(found) != 1:
        names = ", ".join(entry.filename for entry in entries[:_SHOWN]) or "nothing"
        more = f" and {len(entries) - _SHOWN} more" if len(entries) > _SHOWN else ""
        problem = "which of its files?" if found else f"there is no “{member}” in it"
        raise InputError(problem, where=str(path), key="--member", remedy=f"It has {names}{more}")
    _check(path, found[0], most_octets)
    return Archived(path, found[0].filename, found[0].file_size)


def _check(path: Path, entry: zipfile.ZipInfo, most_octets: int) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16) if entry.create_system == _UNIX else 0
    if kind not in (0, stat.S_IFREG):
        raise _refused(path, f"{entry.filename} is a link or no plain file")
    if entry.flag_bits & _ENCRYPTED:
        raise _refused(path, f"{entry.filename} is encrypted")
    parts = PurePosixPath(entry.filename).parts
    if ".." in parts or entry.filename.startswith("/") or "\\" in entry.filename:
        raise _refused(path, f"{entry.filename} would leave its folder")
    if entry.file_size > most_octets:
        raise _refused(
            path,
            f"{entry.filename} is larger than {most_octets >> 20} MiB, the most that is served",
        )
    if entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        raise _refused(path, f"{entry.filename} inflates more than {MOST_RATIO}-fold")


class _Bounded(io.RawIOBase):
    """What its entry did not announce does not come out of it."""

    def __init__(self, member: IO[bytes], size: int) -> None:
        super().__init__()
        self._member = member
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # narrower on purpose
        octets = self._member.read(len(buffer))
        self._left -= len(octets)
        if self._left < 0 or (not octets and self._left):
            raise InputError("the archive is damaged: a member is not as long as it says")
        buffer[: len(octets)] = octets
        return len(octets)


def _last(entry: zipfile.ZipInfo) -> str:
    return PurePosixPath(entry.filename).name


def _refused(path: Path, problem: str) -> InputError:
    return InputError(
        problem, where=str(path), remedy="Take the image out yourself, and look at it"
    )
