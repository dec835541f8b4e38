"""Last good copies: of each device its standing and the files it was served, sealed on disk, for
when the database is away.

They never replace the database: while that answers, nobody asks here. A file is filed under its
device's token, so that renewing the token, as a change of hands does, leaves the old files out of
reach. What decides about them is the device's last known standing, one for all of its files, which
`refresh` brings up to date. What was torn by a power cut does not open, and counts as not there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

import structlog

from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.placement import token_digest
from provd.devices.standing import Standing
from provd.errors import SealError, StoreError
from provd.provisioning.copy_rows import CopyRows, FileRow, StandingRow
from provd.provisioning.files import File, filed_as
from provd.provisioning.restraint import Restraint

log = structlog.get_logger()

BATCH = 100
"""Files, or standings, written in one transaction."""

WAITING_BYTES = 64 << 20
"""Content that may wait in memory for a disk that takes nothing; the oldest is dropped first."""

LONG = 32 << 20
"""Content waiting from which on nothing rests between two batches."""

GONE = frozenset({State.RETURNED, State.RETIRED})
"""States in which a device's secrets need not lie about any more."""

Current = Callable[[Collection[int]], Mapping[int, Standing]]
_Key = tuple[str, str]


class CopyStore(Protocol):
    """What is asked of the file on disk; everything may raise StoreError."""

    def write(self, standings: Sequence[StandingRow], files: Sequence[FileRow]) -> None: ...

    def has(self, marks: Collection[bytes]) -> set[bytes]:
        """Which of these stand on disk already."""

    def standing(self, mac: bytes) -> bytes | None: ...

    def mac_of(self, token: bytes) -> bytes | None:
        """In whose row that token stands."""

    def file(self, name: bytes) -> bytes | None: ...

    def marks(self, after: int, limit: int) -> list[tuple[int, bytes]]:
        """(device id, mark), by device id, from behind `after` on."""

    def remove(self, device_ids: Collection[int]) -> None: ...

    def remove_orphans(self) -> None:
        """The files of which no device's row tells the token."""

    def claim(self, generation: int, now: float) -> bool:
        """Whether the standings must be brought up to `generation`, and the asker shall do it:
        of several processes one does. `now` is in seconds since 1970."""

    def disclaim(self) -> None:
        """The asker could not: they are due."""

    def close(self) -> None: ...


class Copies:
    """Any thread may ask, and `keep`, which takes no time: what it is given waits in memory, where
    it is found already, until `write` puts it on disk.

    `restraint` tells how long to rest between two batches, and `rest` waits for so long.
    """

    def __init__(
        self,
        store: CopyStore,
        rows: CopyRows,
        restraint: Restraint | None = None,
        rest: Callable[[float], object] = time.sleep,
    ) -> None:
        self._store = store
        self._rows = rows
        self._restraint = restraint or Restraint()
        self._rest = rest
        self._lock = threading.Lock()
        self._standings: dict[Mac, Standing] = {}
        self._files: dict[_Key, File] = {}
        self._held = 0

    def keep(self, standing: Standing, file: File) -> None:
        """A file as it was served to a device that stands so."""
        key = (standing.token_digest, file.filed_as)
        with self._lock:
            self._standings[standing.mac] = standing
            self._drop(key)
            self._files[key] = file
            self._held += len(file.content)
            while self._held > WAITING_BYTES and len(self._files) > 1:
                self._drop(next(iter(self._files)))

    def standing(self, mac: Mac) -> Standing | None:
        """The last known one. As much work where there is none."""
        return self._standings.get(mac) or self._read_standing(self._rows.mac(mac))

    def standing_by_token(self, token: str) -> Standing | None:
        """The last known one of the device whose token it is."""
        digest = token_digest(token)
        if waiting := self._waiting_standing(digest):
            return waiting
        try:
            mac = self._store.mac_of(self._rows.token(digest))
        except StoreError as error:
            _unreadable(error)
            return None
        found = self._read_standing(mac) if mac else None
        return found if found and found.token_digest == digest else None

    def file(self, standing: Standing, kind: str) -> File | None:
        """What a device that stands so was served last of that kind."""
        kind = filed_as(kind, suspended=standing.suspended)
        waiting = self._files.get((standing.token_digest, kind))
        if waiting is not None:
            return waiting
        name = self._rows.file(standing.token_digest, kind)
        try:
            sealed = self._store.file(name)
            return self._rows.to_file(sealed, name) if sealed else None
        except (StoreError, SealError, ValueError) as error:
            _unreadable(error)
            return None

    @property
    def waiting(self) -> int:
        """How many files are not on disk yet."""
        return len(self._files)

    def write(self) -> None:
        """Puts on disk what waits. Blocks. Raises StoreError, and what was not written waits on."""
        while batch := self._next_batch():
            self._restraint.begin()
            standings, files = batch
            self._write(standings, files)
            self._written(standings, files)
            if self._files:
                self._rest(self._restraint.rest(self._held / LONG))

    def refresh_when_due(self, current: Current, generation: int, now: float) -> None:
        """Soon after something changed, but not at every change. As `refresh`."""
        if not self._store.claim(generation, now):
            return
        try:
            self.refresh(current)
        except BaseException:
            self._store.disclaim()
            raise

    def refresh(self, current: Current) -> None:
        """Brings the standings on disk up to date, and removes what belongs to devices that are
        gone. `current` gives the standings of those that exist. Blocks. Raises StoreError."""
        after = 0
        while marks := self._store.marks(after, BATCH):
            self._restraint.begin()
            found = current([device_id for device_id, _ in marks])
            stay = {id_: standing for id_, standing in found.items() if standing.state not in GONE}
            rows = {id_: self._rows.of_standing(standing) for id_, standing in stay.items()}
            changed = [rows[id_] for id_, mark in marks if id_ in rows and rows[id_].mark != mark]
            self._store.remove([id_ for id_, _ in marks if id_ not in rows])
            self._store.write(changed, [])
            after = marks[-1][0]
            self._rest(self._restraint.rest(0.0))
        self._store.remove_orphans()

    def close(self) -> None:
        self._store.close()

    def _write(self, standings: Sequence[Standing], files: Sequence[tuple[_Key, File]]) -> None:
        """Each change of anything has all files rendered anew, and most come out as they were."""
        rows = self._rows
        standing_marks = [rows.mark_of_standing(one) for one in standings]
        file_marks = [rows.mark_of_file(digest, file) for (digest, _), file in files]
        known = self._store.has([*standing_marks, *file_marks])
        new_standings = [
            rows.of_standing(one)
            for one, mark in zip(standings, standing_marks, strict=True)
            if mark not in known
        ]
        new_files = [
            rows.of_file(digest, file)
            for ((digest, _), file), mark in zip(files, file_marks, strict=True)
            if mark not in known
        ]
        if new_standings or new_files:
            self._store.write(new_standings, new_files)

    def _drop(self, key: _Key) -> None:
        file = self._files.pop(key, None)
        if file is not None:
            self._held -= len(file.content)

    def _waiting_standing(self, digest: str) -> Standing | None:
        with self._lock:
            waiting = self._standings.values()
            return next((one for one in waiting if one.token_digest == digest), None)

    def _next_batch(self) -> tuple[list[Standing], list[tuple[_Key, File]]] | None:
        with self._lock:
            standings = list(self._standings.values())[:BATCH]
            files = list(self._files.items())[:BATCH]
        return (standings, files) if standings or files else None

    def _written(self, standings: Sequence[Standing], files: Sequence[tuple[_Key, File]]) -> None:
        """Forgets those that were not replaced meanwhile."""
        with self._lock:
            for standing in standings:
                if self._standings.get(standing.mac) is standing:
                    del self._standings[standing.mac]
            for key, file in files:
                if self._files.get(key) is file:
                    self._drop(key)

    def _read_standing(self, mac: bytes) -> Standing | None:
        try:
            sealed = self._store.standing(mac)
            if sealed:
                return self._rows.to_standing(sealed, mac)
        except (StoreError, SealError, ValueError) as error:
            _unreadable(error)
        self._rows.to_nobody()
        return None


def _unreadable(error: Exception) -> None:
    log.warning("copy_unreadable", error=str(error))
