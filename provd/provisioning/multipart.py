"""A file that a phone posts as a browser's form does (RFC 7578), taken out of its envelope.

Pure: octets in, octets out. It takes time by the size, so it is for a thread.
"""

from __future__ import annotations

from email.message import Message
from email.parser import BytesFeedParser
from email.policy import compat32

_FORM = "multipart/form-data"


def is_form(content_type: str) -> bool:
    """Whether a body of this Content-Type is an envelope."""
    return content_type.partition(";")[0].strip().lower() == _FORM


def file_in(content_type: str, body: bytes) -> bytes | None:
    """The first file of a form, octet by octet; None where there is none, or it is not whole."""
    parser: BytesFeedParser[Message] = BytesFeedParser(policy=compat32)
    parser.feed(b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n")
    parser.feed(body)
    form = parser.close()
    if form.defects or not form.is_multipart():
        return None
    parts = [part for part in form.get_payload() if isinstance(part, Message)]
    file = next((part for part in parts if part.get_filename() is not None), None)
    content = file.get_payload(decode=True) if file is not None else None
    return content if isinstance(content, bytes) else None
