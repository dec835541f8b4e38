"""The boot journal: one entry for each file that a phone asked for, served or refused."""

from __future__ import annotations

import itertools
import os
from datetime import datetime

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.frozen import frozen


@frozen
class JournalEntry:
    """What was asked, by whom, how it was answered, and whether it arrived whole.

    `id` makes recording idempotent. `mac` is the one that the path named, None where it named
    none. `device_id` is None when nobody had registered that MAC. `status` is the protocol's word
    ("200", "404", "ERROR 1", "timeout"), `reason` why it was refused and empty when it was not.
    `bytes_sent` counts the body, `size` is the whole file's. `place` is set where the device and
    the address allow a judgement. `boot_id` is the same for the files of one boot. `file_kind` is
    the vendor's name for the kind of file; `completes_boot` tells that this kind is part of the
    full configuration. `method` is HTTP's; TFTP reads are GET, its writes PUT. `proven` is the
    vendor whose factory certificate told the MAC of a phone that was refused; it is not kept with
    the entry.
    """

    id: str
    at: datetime
    finished_at: datetime
    mac: Mac | None
    device_id: int | None
    path: str
    transport: str
    address: str
    agent: str
    status: str
    reason: str
    bytes_sent: int
    size: int
    whole: bool
    place: Place | None
    boot_id: str
    file_kind: str
    completes_boot: bool
    required_kinds: tuple[str, ...] = ()
    method: str = "GET"
    proven: str = ""


class _Ids:
    """64 random bits for the process, then a count. Ids that follow each other lie side by side in
    the database's index, where random ones would touch a page each."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self._process = os.urandom(8).hex()
        self._count = itertools.count()

    def next(self) -> str:
        """A fresh identity for an entry, unlike any of any process: 32 hexadecimal digits. It can
        be guessed, and proves nothing."""
        return f"{self._process}{next(self._count):016x}"


_ids = _Ids()
# A forked process has the parent's bits and count.
os.register_at_fork(after_in_child=_ids.begin)

new_id = _ids.next
