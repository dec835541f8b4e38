"""The heads and the small bodies that the phones' server writes.

The one place where reasons become statuses: all that could tell a stranger whether a file exists
are the same 404, octet by octet. This module knows no connection.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus

from provd.exchange import Answer, Reason, Refusal, Stored
from provd.servers.http.conditions import Selection

Fields = Sequence[tuple[str, str]]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FATES = {True: b"Connection: keep-alive\r\n\r\n", False: b"Connection: close\r\n\r\n"}
_WHOLE = (
    'ETag: "%s"\r\nLast-Modified: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n'
    "Accept-Ranges: bytes\r\n"
)
_STATUS_OF = {Reason.UPLOAD_REFUSED: 405, Reason.UNAVAILABLE: 503}
_UPLOAD_STATUS_OF = {Reason.TOO_LARGE: 413, Reason.QUOTA: 413, Reason.UNAVAILABLE: 503}


def refusal_status(refusal: Refusal) -> int:
    return 401 if refusal.challenge else _STATUS_OF.get(refusal.reason, 404)


def upload_status(reply: Stored | Refusal) -> int:
    """A refusal tells nothing but that: whether uploads are off, or the phone unknown."""
    if isinstance(reply, Stored):
        return 201 if reply.created else 204
    if reply.challenge:
        return 401
    return _UPLOAD_STATUS_OF.get(reply.reason, 405)


def error(
    status: int,
    now: datetime,
    *,
    keep_alive: bool,
    retry_after_seconds: int,
    with_body: bool = True,
    challenge: Sequence[str] = (),
) -> bytes:
    """A whole response; its body is the status line's words, left out for a HEAD."""
    body = f"{status} {HTTPStatus(status).phrase}\n".encode("ascii")
    fields = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
    fields += [("WWW-Authenticate", each) for each in challenge]
    if status == 405:
        fields.append(("Allow", "GET, HEAD"))
    if status == 503:
        fields.append(("Retry-After", str(retry_after_seconds)))
    whole = head(status, now, _lines(fields), keep_alive=keep_alive)
    return whole + body if with_body else whole


def answer_head(answer: Answer, selection: Selection, now: datetime, *, keep_alive: bool) -> bytes:
    """The head of a 200, 206, 304 or 416."""
    if selection.status == 200:
        return whole_head(answer, now, keep_alive=keep_alive)
    return head(selection.status, now, _lines(_fields(answer, selection)), keep_alive=keep_alive)


def whole_head(answer: Answer, now: datetime, *, keep_alive: bool) -> bytes:
    """The head of a 200, which nearly all are."""
    return head(200, now, answer.fields or _kept_fields(answer), keep_alive=keep_alive)


def _kept_fields(answer: Answer) -> bytes:
    """With the answer, whose owner keeps it as long as it lasts: a memory of our own would have to
    hold as much, and find it. It follows from the answer, so that stays the value that it was."""
    known = (answer.etag, http_date(answer.modified), answer.media_type, len(answer.content))
    fields = _WHOLE % known
    if answer.coding:
        fields += f"Content-Encoding: {answer.coding}\r\n"
    object.__setattr__(answer, "fields", fields.encode("latin-1"))
    return answer.fields


def head(status: int, now: datetime, fields: bytes, *, keep_alive: bool) -> bytes:
    """HTTP/1.1 for every client: an older one reads it by its own version's rules (RFC 9110, 2.5).
    The connection's fate is always named, because HTTP/1.0 and 1.1 presume opposite ones."""
    since = now - _EPOCH
    return _beginning(status, since.days, since.seconds) + fields + _FATES[keep_alive]


@functools.lru_cache(maxsize=8192)
def http_date(moment: datetime) -> str:
    """IMF-fixdate (RFC 9110, 5.6.7)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


@functools.lru_cache(maxsize=64)
def _beginning(status: int, days: int, seconds: int) -> bytes:
    """The same for all answers of a second; `days` and `seconds` since 1970."""
    first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode("ascii")
    date = http_date(_EPOCH + timedelta(days, seconds))
    return first + _lines([("Server", "provd"), ("Date", date)])


def _fields(answer: Answer, selection: Selection) -> Fields:
    """Of all but a 200."""
    size = len(answer.content)
    fields = [("ETag", f'"{answer.etag}"'), ("Last-Modified", http_date(answer.modified))]
    if selection.status == 416:
        fields += [("Content-Range", f"bytes */{size}"), ("Content-Length", "0")]
    elif selection.status != 304:
        length = str(selection.end - selection.start)
        fields += [("Content-Type", answer.media_type), ("Content-Length", length)]
        fields.append(("Accept-Ranges", "bytes"))
        if answer.coding:
            fields.append(("Content-Encoding", answer.coding))
        last = selection.end - 1
        fields.append(("Content-Range", f"bytes {selection.start}-{last}/{size}"))
    return fields


def _lines(fields: Fields) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in fields).encode("latin-1")
