"""Reading and writing SIP messages (RFC 3261, 7 and 25).

    REQUEST   NOTIFY sip:100@192.0.2.7 SIP/2.0 | RESPONSE  SIP/2.0 200 OK
    HEADERS   Name: value CRLF, a value folded onto lines that begin with a blank
    BODY      after an empty line, Content-Length bytes

Both ways are strict and bounded: a message has its five indispensable headers, no control character
and no line end in a value, and no more than the limits below. Compact names (7.3.3) are long ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

MOST_HEAD_BYTES = 16 * 1024
MOST_HEADERS = 100
MOST_BODY_BYTES = 48 * 1024
MOST_BYTES = MOST_HEAD_BYTES + MOST_BODY_BYTES
"""Of a whole message: just what a datagram can hold."""

VERSION = "SIP/2.0"
HEAD_END = b"\r\n\r\n"

_COMPACT = {
    "a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "e": "Content-Encoding",
    "f": "From", "i": "Call-ID", "k": "Supported", "l": "Content-Length", "m": "Contact",
    "o": "Event", "r": "Refer-To", "s": "Subject", "t": "To", "u": "Allow-Events", "v": "Via",
    "x": "Session-Expires",
}  # fmt: skip
_ONCE = ("From", "To", "Call-ID", "CSeq")
_TOKEN = re.compile(r"[A-Za-z0-9.!%*_+`'~-]{1,128}")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}:[!-;=?-~]{1,1024}")  # no blank, < and >
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_FOLD = re.compile(r"[ \t]*\r\n[ \t]+")
_STATUS = re.compile(r"[1-6][0-9]{2}")
_NUMBER = re.compile(r"[0-9]{1,10}")
_SEQUENCE = re.compile(r"([0-9]{1,10})[ \t]+(\S+)")


def _long(name: str) -> str:
    return _COMPACT.get(name.lower(), name).lower()


class MessageError(ValueError):
    """Not a SIP message, or not one that may be written. The text never repeats what came."""


@dataclass(frozen=True, slots=True)
class Headers:
    """In their order, names as written. Content-Length is the writer's affair, and never here."""

    rows: tuple[tuple[str, str], ...] = ()

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.rows)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of that name (any case, short or long), one for each header line."""
        wanted = _long(name)
        return tuple(value for row, value in self.rows if _long(row) == wanted)

    def first(self, name: str) -> str:
        """The first value of that name; empty when there is none."""
        return next(iter(self.all(name)), "")

    def adding(self, name: str, value: str) -> Headers:
        """Another row at the end."""
        return Headers((*self.rows, (name, value)))

    def without(self, *names: str) -> Headers:
        unwanted = {_long(name) for name in names}
        return Headers(tuple(row for row in self.rows if _long(row[0]) not in unwanted))


def headers(*rows: tuple[str, str]) -> Headers:
    """From rows in their order; those whose value is empty are left out."""
    return Headers(tuple((name, value) for name, value in rows if value))


@dataclass(frozen=True, slots=True)
class Request:
    """`uri` is the Request-URI as text."""

    method: str
    uri: str
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """`status` is 100 to 699."""

    status: int
    reason: str
    headers: Headers
    body: bytes = b""

    @property
    def is_final(self) -> bool:
        return self.status >= 200


Message = Request | Response


def sequence(message: Message) -> tuple[int, str]:
    """CSeq as number and method."""
    found = _SEQUENCE.fullmatch(message.headers.first("CSeq"))
    if not found or int(found[1]) >= 2**31:
        raise MessageError("CSeq is no number with a method")
    return int(found[1]), found[2]


def write(message: Message) -> bytes:
    """The message's bytes, with its Content-Length.

    Raises MessageError for a name, value, method, URI or reason that can't stand in one line, for a
    message that lacks what each must have, and for one beyond the limits.
    """
    _check_needed(message)
    lines = [_start_line(message), *(_line(name, value) for name, value in message.headers)]
    lines.append(f"Content-Length: {len(message.body)}")
    try:
        head = "\r\n".join(lines).encode("utf-8") + HEAD_END
    except UnicodeEncodeError:
        raise MessageError("a header is no Unicode text") from None
    _check_size(head, message.body)
    return head + message.body


def read(data: bytes) -> Message:
    """One message that is the whole datagram; bytes behind Content-Length are ignored (18.3).

    Raises MessageError for everything else.
    """
    head, found, rest = data.partition(HEAD_END)
    if not found:
        raise MessageError("no end of the headers")
    message = read_head(head + HEAD_END)
    stated = body_length(message)
    length = len(rest) if stated is None else stated
    if length > len(rest):
        raise MessageError("the body is shorter than Content-Length")
    _check_size(head, rest[:length])
    return whole(message, rest[:length])


def read_head(head: bytes) -> Message:
    """A message without its body, from bytes that end in an empty line. Its Content-Length is still
    among the headers, for `body_length`; `whole` takes it out.

    Raises MessageError.
    """
    if len(head) > MOST_HEAD_BYTES or not head.endswith(HEAD_END):
        raise MessageError("the headers are too long, or have no end")
    start, _, rest = _text(head).removesuffix("\r\n\r\n").partition("\r\n")
    lines = _FOLD.sub(" ", rest).split("\r\n") if rest else []
    if len(lines) > MOST_HEADERS:
        raise MessageError("too many headers")
    message = _started(start, Headers(tuple(_row(line) for line in lines)))
    _check_needed(message)
    return message


def body_length(message: Message) -> int | None:
    """What Content-Length of a read head says; None where there is none.

    Raises MessageError for one that is no number, two that differ, a body beyond the limit.
    """
    values = set(message.headers.all("Content-Length"))
    if not values:
        return None
    if len(values) > 1 or not _NUMBER.fullmatch(value := values.pop()):
        raise MessageError("Content-Length is no number")
    if int(value) > MOST_BODY_BYTES:
        raise MessageError("the body is too long")
    return int(value)


def whole(message: Message, body: bytes) -> Message:
    """A read head with its body."""
    return replace(message, headers=message.headers.without("Content-Length"), body=body)


def _check_size(head: bytes, body: bytes) -> None:
    if len(head) > MOST_HEAD_BYTES or len(body) > MOST_BODY_BYTES:
        raise MessageError("the message is too long")


def _start_line(message: Message) -> str:
    if isinstance(message, Request):
        if not _TOKEN.fullmatch(message.method):
            raise MessageError("not a method")
        if not _URI.fullmatch(message.uri):
            raise MessageError("not a URI that can be asked for")
        return f"{message.method} {message.uri} {VERSION}"
    if not 100 <= message.status <= 699 or not _VALUE.fullmatch(message.reason):
        raise MessageError("not a status with its reason")
    return f"{VERSION} {message.status} {message.reason}"


def _line(name: str, value: str) -> str:
    if not _TOKEN.fullmatch(name) or name.lower() in ("content-length", "l"):
        raise MessageError("not a header's name that may be written")
    if not _VALUE.fullmatch(value):
        raise MessageError(f"the value of {name} holds a control character")
    return f"{name}: " + value.strip(" \t")


def _text(head: bytes) -> str:
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError:
        raise MessageError("the headers are not UTF-8") from None


def _row(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    name = name.rstrip(" \t")
    if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
        raise MessageError("not a header")
    return _COMPACT.get(name.lower(), name), value.strip(" \t")


def _started(line: str, headers: Headers) -> Message:
    if line.startswith(VERSION + " "):
        status, _, reason = line.removeprefix(VERSION + " ").partition(" ")
        if not _STATUS.fullmatch(status) or not _VALUE.fullmatch(reason):
            raise MessageError("not a status line")
        return Response(int(status), reason, headers)
    parts = line.split(" ")
    good = len(parts) == 3 and parts[2] == VERSION and _TOKEN.fullmatch(parts[0])
    if not good or not _URI.fullmatch(parts[1]):
        raise MessageError("not a request line")
    return Request(parts[0], parts[1], headers)


def _check_needed(message: Message) -> None:
    """RFC 3261, 8.1.1: without these nobody can answer, or know what was answered."""
    for name in _ONCE:
        if len(values := message.headers.all(name)) != 1 or not values[0]:
            raise MessageError(f"{name} must be there, once")
    if not message.headers.first("Via"):
        raise MessageError("there is no Via")
    _, method = sequence(message)
    if isinstance(message, Request) and method != message.method:
        raise MessageError("CSeq names another method")
