"""A number that all processes of a node share and that rises with each change of configuration.

Reading it costs a memory access, so a worker looks before each answer from its cache: an edit in
another process counts at once. It lives in a file of 8 bytes, mapped into memory.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import time
from collections.abc import Callable
from pathlib import Path

_BYTES = 8
UNSHARED_SECONDS = 5.0
"""How old what is remembered may be where nobody can be told of a change."""


class Generation:
    """The counter at `path`, created with 0 when missing, readable by its owner only.

    Aligned 8-byte loads and stores are whole on every machine that provd runs on; raising takes a
    lock, so no two raises count as one. Safe to use from any thread and after a fork.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_size < _BYTES:
                # A hole for which there is no room would kill whoever writes into it (SIGBUS).
                os.posix_fallocate(descriptor, 0, _BYTES)
            self._map = mmap.mmap(descriptor, _BYTES)
            # A native 64-bit integer is read and written by one machine instruction.
            self._number = memoryview(self._map).cast("Q")
        finally:
            # mmap keeps a duplicate of the descriptor, and with it the lock: closing is no release.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    @property
    def value(self) -> int:
        return self._number[0]

    def raise_(self) -> int:
        """Adds one and returns the new value."""
        # Opened anew, because a lock belongs to an open file, which threads and forks would share.
        descriptor = self._opened()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            number = self.value + 1
            self._number[0] = number
            return number
        finally:
            os.close(descriptor)

    def _opened(self) -> int:
        """To read, where the file system has become read-only meanwhile: a change is committed, and
        those who have mapped the file must hear of it."""
        try:
            return os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)

    def close(self) -> None:
        """Unmaps the file."""
        self._number.release()
        self._map.close()


class UnsharedGeneration(Generation):
    """Where the file can't be had: a number of this process alone. Others can't tell us what they
    change, so it rises every few seconds as well. `monotonic` counts seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._raised = 0

    @property
    def value(self) -> int:
        return self._raised + int(self._monotonic() / UNSHARED_SECONDS)

    def raise_(self) -> int:
        self._raised += 1
        return self.value

    def close(self) -> None:
        """There is no file."""
