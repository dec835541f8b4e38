"""The heads and the small bodies that the phones' server writes.

The one place where reasons become statuses: all that could tell a stranger whether a file exists
are the same 404, octet by octet. This module knows no connection.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus

from provd.exchange import Answer, Reason, Refusal
from provd.servers.http.conditions import Selection

Fields = Sequence[tuple[str, str]]
_STATUS_OF = {Reason.UPLOAD_REFUSED: 405, Reason.UNAVAILABLE: 503}


def refusal_status(refusal: Refusal) -> int:
    return 401 if refusal.challenge else _STATUS_OF.get(refusal.reason, 404)


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
    return head(status, now, fields, keep_alive=keep_alive) + (body if with_body else b"")


def answer_head(answer: Answer, selection: Selection, now: datetime, *, keep_alive: bool) -> bytes:
    """The head of a 200, 206, 304 or 416."""
    size = len(answer.content)
    fields = [("ETag", f'"{answer.etag}"'), ("Last-Modified", http_date(answer.modified))]
    if selection.status == 416:
        fields += [("Content-Range", f"bytes */{size}"), ("Content-Length", "0")]
    elif selection.status != 304:
        length = str(selection.end - selection.start)
        fields += [("Content-Type", answer.media_type), ("Content-Length", length)]
        fields.append(("Accept-Ranges", "bytes"))
    if selection.status == 206:
        last = selection.end - 1
        fields.append(("Content-Range", f"bytes {selection.start}-{last}/{size}"))
    return head(selection.status, now, fields, keep_alive=keep_alive)


def head(status: int, now: datetime, fields: Fields, *, keep_alive: bool) -> bytes:
    """HTTP/1.1 for every client: an older one reads it by its own version's rules (RFC 9110, 2.5).
    The connection's fate is always named, because HTTP/1.0 and 1.1 presume opposite ones."""
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Server: provd",
        f"Date: {http_date(now.replace(microsecond=0))}",
        *(f"{name}: {value}" for name, value in fields),
        f"Connection: {'keep-alive' if keep_alive else 'close'}",
        "\r\n",
    ]
    return "\r\n".join(lines).encode("latin-1")


@functools.lru_cache(maxsize=1024)
def http_date(moment: datetime) -> str:
    """IMF-fixdate (RFC 9110, 5.6.7)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
