"""The files of a spool: each appended to whole or not at all, and one process's alone."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path


class SpoolHeld(Exception):
    """Another process has that spool."""


def write_whole(descriptor: int, content: bytes) -> None:
    """At the file's end. Raises OSError when the disk is full, and then nothing of it is there."""
    written = os.write(descriptor, content)
    if written < len(content):
        os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def keep(path: Path, content: bytes) -> None:
    """Durably, for the owner only: paths hold tokens."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        write_whole(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def opened_alone(path: Path) -> int:
    """The lock ends with the process, however that dies."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise SpoolHeld(str(path)) from None
        if _is_still(path, descriptor):
            return descriptor
        os.close(descriptor)  # whoever had it removed it between our two calls


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
