"""The edge: SIP over sockets, blocking, for whoever has a thread for it (the command line, a
portal's request, the phone simulator). One connection to one peer, one request at a time.

A UDP socket is connected to its peer, so that nobody else is heard, and a port where nothing
listens is told at once.
"""

from __future__ import annotations

import math
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType

from provd.sip.digest import Credentials
from provd.sip.failures import known
from provd.sip.framing import Framer
from provd.sip.inquiry import Draft, Inquiry, Way
from provd.sip.messages import MOST_BYTES, Message, MessageError, Response, read
from provd.sip.transaction import Timers

Seconds = Callable[[], float]
"""A clock that only goes forward, as time.monotonic."""

_PIECE = 64 * 1024
_SHORTEST = 0.001
"""Seconds: a time-out of none would mean to wait for nothing, or for ever."""


class Carrier(StrEnum):
    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


STANDARD_PORTS = {Carrier.UDP: 5060, Carrier.TCP: 5060, Carrier.TLS: 5061}


@dataclass(frozen=True, slots=True)
class Peer:
    """`host` is a name or an address, without brackets; `port` 0 means the carrier's own. `name` is
    what its certificate must name, where that is not the host (RFC 5922, 4)."""

    carrier: Carrier
    host: str
    port: int = 0
    name: str = ""

    @property
    def where(self) -> tuple[str, int]:
        return self.host, self.port or STANDARD_PORTS[self.carrier]

    def __str__(self) -> str:
        return f"{hostport(*self.where)} over {self.carrier.upper()}"


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a request: `response` is the final answer, None where none came: then
    `reason` says why, for a person. `challenged`: credentials were shown."""

    response: Response | None
    reason: str = ""
    challenged: bool = False


Admits = Callable[[str], bool]
"""Whether an address may be connected to; asked once the name is known to mean it."""


class Connection:
    """Use it in `with`. Making one raises OSError where the peer can't be reached. After `until`,
    by the clock, nobody waits for anything any more."""

    def __init__(
        self,
        peer: Peer,
        *,
        ca_file: Path | None = None,
        source_address: str | None = None,
        timers: Timers | None = None,
        clock: Seconds = time.monotonic,
        until: float = math.inf,
        admits: Admits = lambda address: True,
    ) -> None:
        self.peer = peer
        self._until = until
        self._timers = timers or Timers()
        self._clock = clock
        self._framer = None if peer.carrier is Carrier.UDP else Framer()
        try:
            patience = min(self._timers.patience, max(_SHORTEST, until - clock()))
            self._socket = _connected(peer, ca_file, source_address, patience, admits)
        except UnicodeError as error:  # a name that IDNA does not know
            raise socket.gaierror(socket.EAI_NONAME, "no such host") from error
        self._way = Way(peer.carrier.upper(), hostport(*self._socket.getsockname()[:2]))

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()

    def contact(self, user: str = "") -> str:
        """A URI by which this end can be reached, as long as the connection stands."""
        who = f"{user}@" if user else ""
        kind = "" if self._framer is None else f";transport={self._way.transport.lower()}"
        return f"sip:{who}{self._way.local}{kind}"

    def ask(self, draft: Draft, credentials: Iterable[Credentials] = ()) -> Answered:
        """Blocks until the answer came or none is to be expected any more; what the network does
        is told, not raised. Raises MessageError for a draft that can't be written."""
        inquiry = Inquiry(
            draft,
            self._way,
            tuple(credentials),
            token=lambda: secrets.token_hex(12),
            now=self._clock(),
            timers=self._timers,
        )
        try:
            self._pursue(inquiry)
        except (OSError, MessageError) as error:
            return Answered(None, why(error), inquiry.showed_credentials)
        reason = "" if inquiry.response else "no answer"
        return Answered(inquiry.response, reason, inquiry.showed_credentials)

    def _pursue(self, inquiry: Inquiry) -> None:
        while not inquiry.over and self._clock() < self._until:
            for data in inquiry.take():
                self._socket.settimeout(self._timers.patience)
                self._socket.sendall(data)
            for message in self._receive(min(inquiry.due, self._until) - self._clock()):
                inquiry.hear(message, self._clock())
            inquiry.wake(self._clock())

    def _receive(self, seconds: float) -> list[Message]:
        """What comes within that time; nothing is no error."""
        if seconds <= 0:
            return []
        self._socket.settimeout(seconds)
        try:
            data = self._socket.recv(max(_PIECE, MOST_BYTES))
        except (TimeoutError, ssl.SSLWantReadError):
            return []
        if self._framer is not None:
            if not data:
                raise ConnectionAbortedError
            return self._framer.feed(data)
        try:
            return [read(data)]
        except MessageError:
            return []


def hostport(host: str, port: int) -> str:
    """An IPv6 address gets its brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def why(error: OSError | MessageError) -> str:
    """One sentence for a person."""
    if isinstance(error, MessageError):
        return f"what came is not SIP: {error}"
    if cause := known(error):
        return cause
    if isinstance(error, ConnectionError):
        return "the connection was closed"
    return (error.strerror or str(error)).lower()


def _connected(
    peer: Peer,
    ca_file: Path | None,
    source_address: str | None,
    patience: float,
    admits: Admits,
) -> socket.socket:
    """At the first address to which there is a way: a name may have several of each family."""
    kind = socket.SOCK_DGRAM if peer.carrier is Carrier.UDP else socket.SOCK_STREAM
    source = (source_address, 0) if source_address else None
    failed: OSError = OSError("it has no address")
    for family, _, protocol, _, address in socket.getaddrinfo(*peer.where, type=kind):
        if not admits(str(address[0])):
            failed = OSError("nobody but the operator may name a server there")
            continue
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(patience)
            if source:
                made.bind(source)
            made.connect(address)
        except OSError as error:
            made.close()
            failed = error
        else:
            return _secured(made, peer, ca_file)
    raise failed


def _secured(made: socket.socket, peer: Peer, ca_file: Path | None) -> socket.socket:
    if peer.carrier is not Carrier.TLS:
        return made
    try:
        return _trusting(ca_file).wrap_socket(made, server_hostname=peer.name or peer.host)
    except BaseException:
        made.close()
        raise


def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    """The system's authorities, or those of the file alone."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise OSError(error.errno, f"{ca_file} holds no certificates to trust") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
