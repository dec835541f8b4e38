"""Firmware images on the disk: read and hashed. Nothing here trusts a file by its name."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from provd.vendors.firmware import Image

PIECE_OCTETS = 1 << 20
Progress = Callable[[int], None]
"""Called with the octets that were done since the last call."""


def silently(_: int) -> None:
    """Nobody watches."""


class Identity(NamedTuple):
    """What changes when a file does (stat(2))."""

    size: int
    modified_ns: int
    changed_ns: int
    inode: int
    device: int


@dataclass(frozen=True, slots=True)
class Found:
    """An image's file. `problem` says why it must not be served, empty when it may be; `content`
    is empty unless it was asked for, and may be served."""

    identity: Identity | None
    problem: str = ""
    content: bytes = b""


def identity_of(image: Image) -> Identity | None:
    """None where there is no plain file: a link could name any."""
    try:
        found = image.path.lstat()
    except OSError:
        return None
    return _identity(found) if stat.S_ISREG(found.st_mode) else None


def verified(image: Image, progress: Progress = silently) -> Found:
    """Hashes the file piece by piece."""
    return _examined(image, lambda descriptor: (_hashed(descriptor, progress), b""))


def loaded(image: Image) -> Found:
    """Reads the file whole, and hashes what was read: these octets may be served, whatever becomes
    of the file."""

    def whole(descriptor: int) -> tuple[str, bytes]:
        with os.fdopen(os.dup(descriptor), "rb", buffering=0) as file:
            content = file.readall()
        return hashlib.sha256(content).hexdigest(), content

    return _examined(image, whole)


def _examined(image: Image, read: Callable[[int], tuple[str, bytes]]) -> Found:
    try:
        # Without O_NONBLOCK a named pipe in the folder would wait for its writer for ever.
        descriptor = os.open(image.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return Found(None, f"there is no {image.path}")
    except OSError as error:
        return Found(identity_of(image), f"it can't be read: {error.strerror}")
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return Found(None, "it is no plain file")
        digest, content = read(descriptor)
    except OSError as error:
        return Found(_identity(status), f"it can't be read: {error.strerror}")
    finally:
        os.close(descriptor)
    if digest != image.sha256:
        return Found(_identity(status), f"its SHA-256 is {digest}, not {image.sha256}")
    return Found(_identity(status), "", content)


def _identity(found: os.stat_result) -> Identity:
    return Identity(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)


def _hashed(descriptor: int, progress: Progress) -> str:
    digest = hashlib.sha256()
    while piece := os.read(descriptor, PIECE_OCTETS):
        digest.update(piece)
        progress(len(piece))
    return digest.hexdigest()
