"""A journal entry as a line of a spool, and back."""

from __future__ import annotations

import functools
import json
from datetime import UTC, datetime, timedelta
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.provisioning.journal import JournalEntry

_LINE = (
    '{"id":%s,"at":"%s","finished_at":"%s","mac":%s,"device_id":%s,"path":%s,"transport":%s,'
    '"address":%s,"agent":%s,"status":%s,"reason":%s,"bytes_sent":%d,"size":%d,"whole":%s,'
    '"place":%s,"boot_id":%s,"file_kind":%s,"completes_boot":%s,"required_kinds":[%s],'
    '"method":%s}\n'
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_OF_SECOND = "%s.%06d+00:00"
_BOOLEANS = {False: "false", True: "true"}


def to_line(entry: JournalEntry) -> bytes:
    """One JSON object and a newline. By hand, because every request waits for it on the reactor's
    thread: json.dumps takes more than twice as long."""
    line = _LINE % (
        _quoted(entry.id),
        _moment(entry.at),
        _moment(entry.finished_at),
        _quoted(entry.mac.digits) if entry.mac else "null",
        "null" if entry.device_id is None else int(entry.device_id),
        _quoted(entry.path),
        _quoted(entry.transport),
        _quoted(entry.address),
        _quoted(entry.agent),
        _quoted(entry.status),
        _quoted(entry.reason),
        entry.bytes_sent,
        entry.size,
        _BOOLEANS[entry.whole],
        _quoted(entry.place) if entry.place else "null",
        _quoted(entry.boot_id),
        _quoted(entry.file_kind),
        _BOOLEANS[entry.completes_boot],
        ",".join(map(_quoted, entry.required_kinds)),
        _quoted(entry.method),
    )
    if entry.proven:  # of few entries, so it is no part of each line
        line = f'{line[:-2]},"proven":{_quoted(entry.proven)}}}\n'
    return line.encode("ascii")


def _moment(at: datetime) -> str:
    """As isoformat(), which was a third of a line's cost: most of it is the same for a second."""
    if at.tzinfo is not UTC or not at.microsecond:
        return at.isoformat()
    return _OF_SECOND % (_second((at - _EPOCH) // _SECOND), at.microsecond)


@functools.lru_cache(maxsize=8)
def _second(since_1970: int) -> str:
    return (_EPOCH + since_1970 * _SECOND).replace(tzinfo=None).isoformat()


def from_line(line: bytes) -> JournalEntry:
    """Raises ValueError, KeyError or TypeError for a line that is torn."""
    values: dict[str, Any] = json.loads(line.decode())
    values["at"] = datetime.fromisoformat(values["at"])
    values["finished_at"] = datetime.fromisoformat(values["finished_at"])
    values["mac"] = Mac(values["mac"]) if values["mac"] else None
    values["place"] = Place(values["place"]) if values["place"] else None
    values["required_kinds"] = tuple(values["required_kinds"])
    return JournalEntry(**values)
