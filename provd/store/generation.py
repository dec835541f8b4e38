"""A number that all processes of a node share and that rises with each change of configuration.

Reading it costs a memory access, so a worker looks before each answer from its cache: an edit in
another process counts at once. It lives in a file of 8 bytes, mapped into memory.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from pathlib import Path

_BYTES = 8


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
                os.ftruncate(descriptor, _BYTES)
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
        descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            number = self.value + 1
            self._number[0] = number
            return number
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Unmaps the file."""
        self._number.release()
        self._map.close()
