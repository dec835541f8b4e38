"""Between a journal entry and its row."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.provisioning.journal import JournalEntry
from provd.store.database import Row
from provd.store.fields import to_json, to_microseconds

COLUMNS = (
    "id",
    "at",
    "finished_at",
    "mac",
    "device_id",
    "path",
    "transport",
    "address",
    "agent",
    "status",
    "reason",
    "bytes_sent",
    "size",
    "whole",
    "place",
    "boot_id",
    "file_kind",
    "completes_boot",
    "required_kinds",
    "method",
)

_LONGEST = 1_000


def stored(entry: JournalEntry) -> tuple[Any, ...]:
    """The values of COLUMNS."""
    return (
        entry.id,
        to_microseconds(entry.at),
        to_microseconds(entry.finished_at),
        entry.mac.digits if entry.mac else None,
        entry.device_id,
        storable(entry.path),
        entry.transport,
        entry.address,
        storable(entry.agent),
        storable(entry.status),
        entry.reason,
        entry.bytes_sent,
        entry.size,
        entry.whole,
        entry.place,
        entry.boot_id,
        entry.file_kind,
        entry.completes_boot,
        _kinds_stored(entry.required_kinds),
        storable(entry.method),
    )


def entry_from(row: Row) -> JournalEntry:
    """The value of a row of `journal_entry`."""
    given = row | {
        "mac": Mac(row["mac"]) if row["mac"] else None,
        "whole": bool(row["whole"]),
        "place": Place(row["place"]) if row["place"] else None,
        "completes_boot": bool(row["completes_boot"]),
        "required_kinds": tuple(row["required_kinds"]),
    }
    return JournalEntry(**given)


@lru_cache(maxsize=1_000)
def _kinds_stored(kinds: tuple[str, ...]) -> str:
    """There are as many different ones as vendors."""
    return to_json(list(kinds))


def storable(text: str) -> str:
    """What anybody on the Internet sent us, made fit for both databases: no NUL, no half of a
    surrogate pair, not longer than anyone will read."""
    if text.isascii() and len(text) <= _LONGEST and "\0" not in text:
        return text
    whole = text[:_LONGEST].encode(errors="replace").decode()
    return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")
