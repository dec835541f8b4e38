"""Where a phone asks: the server it was pointed to, and what one request is addressed to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from provd.errors import SimulationError
from provd.exchange import Transport

_STANDARD_PORTS = {Transport.TFTP: 69, Transport.HTTP: 80, Transport.HTTPS: 443}


@dataclass(frozen=True, slots=True)
class BootServer:
    """`ca_file` holds the certificates (PEM) that the phone trusts; None: the system's. `token` is
    the device's own part of its URL, sent over HTTPS only: elsewhere the wire would see it."""

    host: str
    tftp_port: int
    http_port: int
    https_port: int
    ca_file: Path | None = None
    token: str = field(default="", repr=False)

    def target(self, path: str, transport: Transport) -> Target:
        """For a path of the boot sequence, or for an absolute URL that a file named.

        Raises SimulationError for a URL that the simulator can't follow.
        """
        if "://" in path:
            return _absolute(path)
        port = {
            Transport.TFTP: self.tftp_port,
            Transport.HTTP: self.http_port,
            Transport.HTTPS: self.https_port,
        }[transport]
        is_private = self.token and transport is Transport.HTTPS
        prefix = f"{self.token}/" if is_private else ""
        return Target(transport, self.host, port, prefix + path.lstrip("/"))


@dataclass(frozen=True, slots=True)
class Target:
    """One request's address. `path` has no leading slash and is not percent-encoded."""

    transport: Transport
    host: str
    port: int
    path: str = field(repr=False)

    @property
    def encoded_path(self) -> str:
        """As it stands in an HTTP request."""
        return "/" + quote(self.path, safe="/:@!$&'()*+,;=~")


def _absolute(url: str) -> Target:
    try:
        parts = urlsplit(url)
        transport = Transport(parts.scheme)
        port = parts.port or _STANDARD_PORTS[transport]
    except ValueError:
        raise SimulationError("a file names a URL that the simulator can't follow") from None
    if not parts.hostname:
        raise SimulationError("a file names a URL without a host")
    return Target(transport, parts.hostname, port, parts.path.lstrip("/"))
