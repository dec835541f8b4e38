"""A file that a phone posts as a browser's form does (RFC 7578), taken out of its envelope.

Pure: octets in, octets out. It takes time by the size, so it is for a thread.
"""

from __future__ import annotations

from collections.abc import Iterator

from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

_FORM = "multipart/form-data"
_MOST_PARTS = 16
"""A phone's form has one file and a field or two."""


def is_form(content_type: str) -> bool:
    """Whether a body of this Content-Type is an envelope."""
    return content_type.partition(";")[0].strip().lower() == _FORM


def file_in(content_type: str, body: bytes) -> bytes | None:
    """The first file of a form, octet by octet; None where there is none, or it is not whole, or it
    has more parts than any phone's."""
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    try:
        events = list(_events(boundary.encode("latin-1"), body))
    except (ValueError, HTTPException):
        return None
    return _first_file(events) if isinstance(events[-1], Epilogue) else None


def _events(boundary: bytes, body: bytes) -> Iterator[Event]:
    """Up to the form's end, or to where more is missing."""
    decoder = MultipartDecoder(boundary, max_form_memory_size=len(body), max_parts=_MOST_PARTS)
    decoder.receive_data(body)
    decoder.receive_data(None)
    event: Event | None = None
    while not isinstance(event, Epilogue | NeedData):
        yield (event := decoder.next_event())


def _first_file(events: list[Event]) -> bytes | None:
    content: list[bytes] | None = None
    for event in events:
        if isinstance(event, File | Field) and content is not None:
            break
        if isinstance(event, File):
            content = []
        elif isinstance(event, Data) and content is not None:
            content.append(event.data)
    return None if content is None else b"".join(content)
