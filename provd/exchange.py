"""What a protocol server and the provisioning domain exchange: Request in, Answer or Refusal out.

Both sides import this module and neither imports the other, so TFTP, HTTP and HTTPS are served by
one `Backend`, and a protocol server never sees a table, a template or a device.
This module knows nothing of the rest of provd but how a value is made cheaply.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol

from provd.frozen import frozen

IPAddress = IPv4Address | IPv6Address


class Transport(enum.StrEnum):
    """How a request came in."""

    TFTP = "tftp"
    HTTP = "http"
    HTTPS = "https"


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A client certificate whose chain the TLS layer has verified (RFC 5280 subject and issuer).

    `subject` holds (attribute short name, value) pairs in the order of the certificate.
    `issuer_name` is the issuer's common name alone, empty where it has not exactly one.
    """

    subject: tuple[tuple[str, str], ...]
    issuer: str
    fingerprint_sha256: str
    issuer_name: str = ""


@frozen
class Request:
    """One file asked for by one phone.

    `path` is what the phone wrote, decoded, without query and without a leading slash.
    `address` and `port` are the phone's as seen here. `agent` is the HTTP User-Agent, empty on
    TFTP. `host` is the HTTP Host or the TLS server name, empty where there is none.
    """

    path: str
    transport: Transport
    address: IPAddress
    port: int
    received_at: datetime
    agent: str = ""
    method: str = "GET"
    host: str = ""
    certificate: ClientCertificate | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Reason(enum.StrEnum):
    """Why a request was refused. Kept in the journal; never told to the phone."""

    NO_SUCH_FILE = "no such file"
    UNKNOWN_MAC = "unknown MAC"
    NOT_TRUSTED = "not from a trusted network, and no valid token"
    WRONG_CERTIFICATE = "the client certificate is another phone's"
    WRONG_CREDENTIALS = "wrong user name or password"
    STALE_CREDENTIALS = "user name and password with a nonce that counts no more"
    WINDOW_CLOSED = "enrolment window closed"
    SUSPECT = "enrolment refused where other MACs were tried in vain"
    PLAIN_TRANSPORT = "secret file over an unencrypted transport from outside the site's networks"
    WRONG_STATE = "the device's state allows no configuration"
    WRONG_VENDOR = "the file belongs to another vendor than the device"
    UPLOAD_REFUSED = "uploads are not enabled"
    TOO_LARGE = "the upload is larger than this file may be"
    UPLOAD_BROKEN = "the upload did not arrive whole"
    QUOTA = "the device's uploads take all of their room"
    BLOCKED = "silence after a sweep of MACs"
    CANNOT_RENDER = "the file could not be rendered"
    UNAVAILABLE = "temporarily unavailable"


@frozen
class Answer:
    """A file to be sent, whole and immutable.

    `subject` is opaque to the servers: the backend finds in it what `delivered` must record.
    `etag` is without quotes; `modified` has whole seconds, UTC. `coding` is the Content-Encoding
    (RFC 9110, 8.4) that the content has already, empty for none. `fields` is for HTTP's server
    alone: what it says of all this, kept since it said it first.
    """

    content: bytes
    media_type: str
    etag: str
    modified: datetime
    subject: object = None
    coding: str = ""
    fields: bytes = field(default=b"", init=False, repr=False, compare=False)


@frozen
class Refusal:
    """No file. Servers answer every reason alike (TFTP error 1, HTTP 404), but UNAVAILABLE
    (TFTP error 0, HTTP 503 with Retry-After), UPLOAD_REFUSED (TFTP error 2, HTTP 405) and BLOCKED
    (no answer at all, the connection is cut). With a `challenge`, the values of WWW-Authenticate
    fields (RFC 9110, 11.6.1), HTTP's answer is 401 instead of 404."""

    reason: Reason
    subject: object = None
    challenge: tuple[str, ...] = ()


@frozen
class Outcome:
    """How the sending of one Answer or Refusal ended.

    `whole` is true when the last ACK of a TFTP transfer came, or the last byte of an HTTP body of
    a full GET (status 200) was taken by the kernel; HEAD, Range, 304 and aborts are not.
    `status` is the protocol's word: "200", "404", "OACK", "ERROR 1", "timeout".
    """

    whole: bool
    bytes_sent: int
    status: str
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class Admission:
    """This upload may come, of `maximum_octets` at most. `subject` is the receiver's."""

    maximum_octets: int
    subject: object = None


@dataclass(frozen=True, slots=True)
class Stored:
    """An upload is kept, whole; `created` unless it took the place of an older one."""

    created: bool
    size: int
    subject: object = None


class Receiver(Protocol):
    """What a protocol server asks about uploads. Their requests bear the method PUT or POST, which
    a TFTP write request counts as PUT. Every refusal looks the same to the phone (TFTP error 2,
    HTTP 405), but those for size and quota (TFTP error 3, HTTP 413), UNAVAILABLE and BLOCKED."""

    async def admit(self, request: Request) -> Admission | Refusal:
        """Before anything of the upload is taken. Never raises."""

    async def store(
        self, request: Request, admission: Admission, content: bytes
    ) -> Stored | Refusal:
        """All of it or nothing. Never raises."""

    def received(self, request: Request, reply: Stored | Refusal, outcome: Outcome) -> None:
        """Called exactly once per upload that was asked for, on the reactor's thread."""


class Backend(Protocol):
    """What a protocol server is given."""

    def ready(self, request: Request) -> Answer | Refusal | None:
        """From memory, at once, on the reactor's thread; None when it takes a thread."""

    async def answer(self, request: Request) -> Answer | Refusal:
        """Never raises: whatever goes wrong behind it becomes a Refusal."""

    def delivered(self, request: Request, reply: Answer | Refusal, outcome: Outcome) -> None:
        """Called exactly once per reply, on the reactor's thread; returns at once."""
