"""Which part of a file a request gets: validators and ranges (RFC 9110, 13 and 14).

Pure: an Answer and header fields in, a status and a slice out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from provd.exchange import Answer
from provd.frozen import frozen

SELECTING = frozenset({"if-none-match", "if-modified-since", "range"})
"""Without any of these fields a request asks for the whole file."""
_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})$")


@frozen
class Selection:
    """A status, and the octets from `start` to before `end` of the content."""

    status: int
    start: int = 0
    end: int = 0


def select(answer: Answer, headers: Mapping[str, str], *, ranges: bool) -> Selection:
    """304 when the client has it, 206 or 416 for a single range where `ranges` count, else 200."""
    if _client_has_it(answer, headers):
        return Selection(304)
    whole = Selection(200, 0, len(answer.content))
    asked = headers.get("range")
    if not ranges or asked is None or not _range_still_applies(answer, headers):
        return whole
    return _ranged(asked, len(answer.content)) or whole


def _client_has_it(answer: Answer, headers: Mapping[str, str]) -> bool:
    known = headers.get("if-none-match")
    if known is not None:
        return known.strip() == "*" or answer.etag in _entity_tags(known)
    since = _date(headers.get("if-modified-since"))
    return since is not None and answer.modified <= since


def _entity_tags(field: str) -> set[str]:
    """The opaque parts: If-None-Match compares weakly (RFC 9110, 13.1.2). Phones forget quotes."""
    return {tag.strip().removeprefix("W/").strip('"') for tag in field.split(",")}


def _range_still_applies(answer: Answer, headers: Mapping[str, str]) -> bool:
    condition = headers.get("if-range")
    if condition is None:
        return True
    if condition.startswith('"'):
        return condition.strip('"') == answer.etag
    return _date(condition) == answer.modified


def _ranged(field: str, size: int) -> Selection | None:
    """None for several ranges, other units and nonsense: those are ignored."""
    match = _ONE_RANGE.match(field.strip())
    if match is None or match.group() == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    return Selection(206, start, end) if start < end else Selection(416)


def _date(field: str | None) -> datetime | None:
    if not field:
        return None
    try:
        parsed = parsedate_to_datetime(field)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
