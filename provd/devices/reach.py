"""How phones reach this server, and by which protocol they shall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

TFTP_PORT = 69
SECURE = "https"


@dataclass(frozen=True, slots=True)
class Reach:
    """The URLs end in a slash; `legacy` is where phones go that know old TLS only. `address` is
    None where it is not known. `tftp_port` is where this server listens; phones ask on 69."""

    https: str
    legacy: str
    http: str
    tftp: str
    host: str
    address: IPv4Address | None
    tftp_port: int = TFTP_PORT

    def url(self, scheme: str, *, old_tls: bool) -> str:
        https = self.legacy if old_tls else self.https
        return {"https": https, "http": self.http, "tftp": self.tftp}[scheme]


def best_scheme(schemes: Sequence[str], *, plain_allowed: bool) -> str:
    """The first of `schemes`, the phone's best, that provd gives its files by; empty where it does
    by none. Over anything but HTTPS it does only where `plain_allowed`."""
    return next((one for one in schemes if one == SECURE or plain_allowed), "")
