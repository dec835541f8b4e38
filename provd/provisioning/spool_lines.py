"""A journal entry as a line of a spool, and back.

A line is one JSON object. Most of it is the same each time that a phone fetches that file, so it is
made of two pieces, and whoever writes many lines keeps the second one. By hand, because every
request waits for it on the reactor's thread: json.dumps takes more than twice as long.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.provisioning.journal import JournalEntry

TORN = (ValueError, KeyError, TypeError)
"""What is raised for a line that is no entry."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_PLACES: dict[str | None, Place | None] = {None: None, **{place.value: place for place in Place}}
_BOOLEANS = {False: "false", True: "true"}


def unchanging(
    *,
    mac: Mac | None,
    device_id: int | None,
    path: str,
    transport: str,
    agent: str,
    place: Place | None,
    file_kind: str,
    completes_boot: bool,
    required_kinds: Iterable[str],
    method: str,
    proven: str,
) -> str:
    """The piece of a line that says who asked for what, and how."""
    piece = (
        f'"mac":{_quoted(mac.digits) if mac else "null"},'
        f'"device_id":{"null" if device_id is None else int(device_id)},'
        f'"path":{_quoted(path)},"transport":{_quoted(transport)},'
        f'"agent":{_quoted(agent)},"place":{_quoted(place) if place else "null"},'
        f'"file_kind":{_quoted(file_kind)},"completes_boot":{_BOOLEANS[completes_boot]},'
        f'"required_kinds":[{",".join(map(_quoted, required_kinds))}],"method":{_quoted(method)}'
    )
    return f'{piece},"proven":{_quoted(proven)}' if proven else piece  # few have it


def line_of(
    id_: str,
    at: int,
    finished_at: int,
    address: str,
    status: str,
    reason: str,
    bytes_sent: int,
    size: int,
    whole: bool,
    boot_id: str,
    unchanged: str,
) -> bytes:
    """What came of it this time, the `unchanging` piece and a newline; times in microseconds since
    1970."""
    return (
        f'{{"id":{_quoted(id_)},"at":{at},"finished_at":{finished_at},'
        f'"address":{_quoted(address)},"status":{_quoted(status)},"reason":{_quoted(reason)},'
        f'"bytes_sent":{bytes_sent:d},"size":{size:d},"whole":{_BOOLEANS[whole]},'
        f'"boot_id":{_quoted(boot_id)},{unchanged}}}\n'
    ).encode("ascii")


def to_line(entry: JournalEntry) -> bytes:
    """A whole line. Raises one of `TORN` for what is no entry."""
    return line_of(
        entry.id,
        (entry.at - EPOCH) // MICROSECOND,
        (entry.finished_at - EPOCH) // MICROSECOND,
        entry.address,
        entry.status,
        entry.reason,
        entry.bytes_sent,
        entry.size,
        entry.whole,
        entry.boot_id,
        unchanging(
            mac=entry.mac,
            device_id=entry.device_id,
            path=entry.path,
            transport=entry.transport,
            agent=entry.agent,
            place=entry.place,
            file_kind=entry.file_kind,
            completes_boot=entry.completes_boot,
            required_kinds=entry.required_kinds,
            method=entry.method,
            proven=entry.proven,
        ),
    )


def from_line(line: bytes) -> JournalEntry:
    """Raises one of `TORN` for a line that is no entry."""
    return _entry(json.loads(line.decode()))


def from_lines(lines: Sequence[bytes]) -> list[JournalEntry]:
    """Raises one of `TORN` when one of them is no entry. Together they cost a third less."""
    found = json.loads((b"[%b]" % b",".join(lines)).decode())
    if len(found) != len(lines):
        raise ValueError("two entries in one line")
    return [_entry(values) for values in found]


def _entry(values: dict[str, Any]) -> JournalEntry:
    values["at"] = _moment(values["at"])
    values["finished_at"] = _moment(values["finished_at"])
    values["mac"] = Mac(values["mac"]) if values["mac"] else None
    values["place"] = _PLACES[values["place"]]
    values["required_kinds"] = tuple(values["required_kinds"])
    return JournalEntry(**values)


def _moment(written: int | str) -> datetime:
    """Spools of earlier versions tell the time in the form of ISO 8601."""
    if isinstance(written, str):
        return datetime.fromisoformat(written)
    return EPOCH + written * MICROSECOND
