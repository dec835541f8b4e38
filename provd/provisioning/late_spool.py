"""A spool for which there is no file yet."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import structlog

from provd.provisioning.spool import Book, Spool
from provd.provisioning.spool_files import SpoolHeld, opened_alone

log = structlog.get_logger()


class LateSpool(Spool):
    """Stands where a process's spool does while the folder takes no file, as on a disk that is
    read-only: it keeps nothing and says so to whoever appends, and becomes a file as soon as one
    can be had."""

    def __init__(self, path: Path, book: Book) -> None:
        self._late = True
        super().__init__(path, book)

    def append(self, line: bytes) -> None:
        if self._late:
            self._become_a_file()
        super().append(line)

    def _opened(self) -> int:
        """A file in memory, which stays empty."""
        return os.memfd_create("journal")

    def _become_a_file(self) -> None:
        """Raises OSError while there can't be one."""
        try:
            descriptor = opened_alone(self._path)
        except SpoolHeld as error:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY)) from error
        with self._lock:
            os.dup2(descriptor, self._descriptor, inheritable=False)
            os.close(descriptor)
            self._torn = self._ends_torn()
            self._late = False
        log.warning("spool_on_disk", path=str(self._path))
