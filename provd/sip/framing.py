"""Messages out of a stream: TCP and TLS (RFC 3261, 18.3)."""

from __future__ import annotations

import re

from provd.sip.messages import (
    HEAD_END,
    MOST_HEAD_BYTES,
    Message,
    MessageError,
    body_length,
    read_head,
    whole,
)

_KEEP_ALIVE = re.compile(rb"[\r\n]*")


class Framer:
    """Collects what comes. A stream that once made no sense can't be followed any further."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are whole now. Raises MessageError for what is none."""
        self._held += data
        found: list[Message] = []
        while message := self._next():
            found.append(message)
        return found

    def _next(self) -> Message | None:
        self._held = _KEEP_ALIVE.sub(b"", self._held, count=1)  # RFC 5626, 3.5.1: between messages
        head, found, _ = self._held.partition(HEAD_END)
        if not found:
            if len(self._held) > MOST_HEAD_BYTES:
                raise MessageError("the headers are too long")
            return None
        message = read_head(head + HEAD_END)
        length = body_length(message)
        if length is None:
            raise MessageError("a stream needs Content-Length")
        begin = len(head) + len(HEAD_END)
        if len(self._held) < begin + length:
            return None
        body = self._held[begin : begin + length]
        self._held = self._held[begin + length :]
        return whole(message, body)
