"""From octets on a connection to HTTP requests, by llhttp (httptools), with bounds of our own.

The bodies of PUT and POST are collected where uploads are taken, all others counted and dropped.
This module knows no connection.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httptools

from provd.frozen import frozen
from provd.servers.http.conditions import SELECTING
from provd.servers.http.heads import Heads
from provd.servers.http.limits import HttpLimits
from provd.servers.http.targets import host_name, target_path

BAD_REQUEST, CONTENT_TOO_LARGE, HEADERS_TOO_LARGE = 400, 413, 431
_LARGEST_LENGTH_DIGITS = 18
_UPLOADING = (b"PUT", b"POST")
_MORE = {"content-length", "transfer-encoding", "expect", "upgrade"}
_SECRETS = {"authorization", "cookie", "proxy-authorization"}


@dataclass(slots=True)
class Body:
    """An upload's, still growing until it is `complete`. `declared` is its Content-Length, 0 where
    it has none; beyond `maximum_octets` it is a problem of the request. `expects`: the client waits
    for our word (RFC 9110, 10.1.1)."""

    declared: int
    maximum_octets: int
    expects: bool
    content: bytearray = field(default_factory=bytearray)
    complete: bool = False


@frozen
class Incoming:
    """One request, its body already dropped, but for an upload, whose `body` is still to come.
    `target` is as written, and `path` what it names, None where that is no file of ours. Header
    names are lower case; a repeated header is one value joined by commas (RFC 9110, 5.2).
    The rest follows from these: `host` is without port, and `plain` is a GET whose answer can only
    be the whole file, with neither condition nor range."""

    method: str
    target: bytes
    headers: Mapping[str, str]
    keep_alive: bool
    version: str = "1.1"
    body: Body | None = None
    path: str | None = field(default=None, compare=False)
    agent: str = field(default="", compare=False)
    host: str = field(default="", compare=False)
    plain: bool = field(default=False, compare=False)


class Stage(enum.Enum):
    """What the parser waits for: a request, the rest of its head, the rest of its body."""

    IDLE = enum.auto()
    HEAD = enum.auto()
    BODY = enum.auto()


class RequestParser:
    """`problem` is the status to close the connection with, once one was found, else 0. What is
    read in the same words as before is looked up in `heads`, which parsers with the same limits
    share."""

    __slots__ = (
        "_body", "_body_octets", "_complete", "_ended", "_finished", "_head_octets", "_headers",
        "_heads", "_limits", "_llhttp", "_target", "_unfinished_octets", "_uploads", "problem",
        "stage",
    )  # fmt: skip

    def __init__(
        self, limits: HttpLimits, *, uploads: bool = False, heads: Heads[Incoming] | None = None
    ) -> None:
        self._limits = limits
        self._uploads = uploads
        self._heads: Heads[Incoming] = heads if heads is not None else Heads()
        self._llhttp: Any = None  # most connections bring nothing but what we know
        self._complete: list[Incoming] = []
        self._ended = False
        self.stage = Stage.IDLE
        self.problem = 0

    def feed(self, data: bytes) -> list[Incoming]:
        """The requests that `data` completes. Never raises."""
        if self.begun:
            return self._parse(data)
        if self._ended:  # what llhttp says behind a request that was to be the last
            self.problem = BAD_REQUEST if data.strip(b"\r\n") else 0
            return []
        known = self.known(data)
        if known is not None:
            return [known]
        found = self._parse(data)
        if found and not self.begun:
            self._ended = not found[-1].keep_alive
            if len(found) == 1 and _is_its_head(found[0]):
                self._heads.keep(data, found[0])
        return found

    def known(self, data: bytes) -> Incoming | None:
        """The one request that `data` is, in words that were read before. Only for who waits for a
        request."""
        known = self._heads.find(data)
        if known is not None and not known.keep_alive:
            self._ended = True
        return known

    def _parse(self, data: bytes) -> list[Incoming]:
        if self._llhttp is None:
            self._llhttp = httptools.HttpRequestParser(self)
            self._begin()
        try:
            self._llhttp.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # we answer in HTTP/1.1, which RFC 9110, 7.8 allows
        except httptools.HttpParserError:
            self.problem = self.problem or BAD_REQUEST
        if self.stage is Stage.HEAD and not self._complete:
            self._unfinished_octets += len(data)
            self._check_head(self._unfinished_octets)
        complete, self._complete = self._complete, []
        return complete

    @property
    def begun(self) -> bool:
        """Whether a request is under way, or failed."""
        return bool(self.problem) or self.stage is not Stage.IDLE

    def close(self) -> None:
        """Nothing is fed any more. The parser and its llhttp hold each other: without this they
        would stay until a garbage collection."""
        self._llhttp = None

    # What llhttp calls:

    def on_message_begin(self) -> None:
        self._begin()
        self.stage = Stage.HEAD

    def on_url(self, target: bytes) -> None:
        self._target += target
        self._count_head(len(target))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_head(len(name) + len(value))
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        known = self._headers.get(key)
        self._headers[key] = text if known is None else f"{known}, {text}"

    def on_headers_complete(self) -> None:
        self.stage = Stage.BODY
        length = self._headers.get("content-length", "0")
        if self._uploads and self._llhttp.get_method() in _UPLOADING:
            self._begin_upload(length)
            return
        if len(length) > _LARGEST_LENGTH_DIGITS or not length.isdigit():
            self.problem = self.problem or CONTENT_TOO_LARGE
        else:
            self._check_body(int(length))
        if "expect" in self._headers:  # it waits for our word before it sends its body
            self._finish(keep_alive=False)

    def on_body(self, body: bytes) -> None:
        if self._body is not None:
            self._body.content += body
            if len(self._body.content) > self._body.maximum_octets:
                self._body.content.clear()
                self.problem = self.problem or CONTENT_TOO_LARGE
            return
        self._body_octets += len(body)
        self._check_body(self._body_octets)

    def on_message_complete(self) -> None:
        if self._body is not None:
            if "content-length" in self._headers and len(self._body.content) != self._body.declared:
                self.problem = self.problem or BAD_REQUEST
            self._body.complete = not self.problem
        if not self._finished:
            self._finish(keep_alive=self._llhttp.should_keep_alive())
        self.stage = Stage.IDLE

    def _begin(self) -> None:
        self._target = b""
        self._headers: dict[str, str] = {}
        self._head_octets = 0
        self._unfinished_octets = 0  # what came while llhttp may hold back an endless line
        self._body_octets = 0
        self._body: Body | None = None
        self._finished = False

    def _begin_upload(self, length: str) -> None:
        """It is answered before its body has come: whether that may come is to be asked first."""
        most = self._limits.maximum_upload_octets
        if len(length) > _LARGEST_LENGTH_DIGITS or not length.isdigit() or int(length) > most:
            self.problem = self.problem or CONTENT_TOO_LARGE
        if self._llhttp.should_upgrade():  # llhttp would call it complete without its body
            self.problem = self.problem or BAD_REQUEST
        expects = self._headers.get("expect", "").lower() == "100-continue"
        self._body = Body(int(length) if not self.problem else 0, most, expects)
        self._finish(keep_alive=self._llhttp.should_keep_alive())

    def _finish(self, *, keep_alive: bool) -> None:
        self._finished = True
        if self.problem:
            return
        method = self._llhttp.get_method().decode("ascii")
        version = self._llhttp.get_http_version()
        headers = self._headers
        self._complete.append(
            Incoming(
                method,
                self._target,
                headers,
                keep_alive,
                version,
                self._body,
                path=target_path(self._target),
                agent=headers.get("user-agent", ""),
                host=host_name(headers.get("host", "")),
                plain=method == "GET" and headers.keys().isdisjoint(SELECTING),
            )
        )

    def _count_head(self, octets: int) -> None:
        self._head_octets += octets
        self._check_head(self._head_octets)

    def _check_head(self, octets: int) -> None:
        if octets > self._limits.maximum_header_octets:
            self.problem = self.problem or HEADERS_TOO_LARGE

    def _check_body(self, octets: int) -> None:
        if octets > self._limits.maximum_body_octets:
            self.problem = self.problem or CONTENT_TOO_LARGE


def _is_its_head(one: Incoming) -> bool:
    """Whether the same octets mean the same again, and may be kept: no body, no other protocol, and
    nothing that proves who asks."""
    return one.method in ("GET", "HEAD") and one.headers.keys().isdisjoint(_MORE | _SECRETS)
