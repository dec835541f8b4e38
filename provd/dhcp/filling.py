"""The content of one option, from the vendor's row and the way that phones are to take."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from urllib.parse import urlsplit

from provd.errors import InputError
from provd.vendors.dhcp import DhcpOptionRow, Scheme, fill, needs

_PORTS = {"https": 443, "http": 80, "tftp": 69}


@dataclass(frozen=True, slots=True)
class Way:
    """Where phones begin: `url` ends in a slash. `address` is the server's, None where it is not
    known; `vlan` is 0 where the phones have none."""

    scheme: Scheme
    url: str
    host: str
    address: IPv4Address | None
    vlan: int


def content_of(row: DhcpOptionRow, way: Way) -> bytes | None:
    """None where the site lacks what the option tells."""
    if row.form == "octets":
        return bytes.fromhex(row.value)
    if row.form == "address":
        return way.address.packed if way.address else None
    if row.form == "url":
        return _ascii(way.url)
    if row.form == "host":
        return _ascii(_host(way))
    given = {name: value for name, value in _given(way).items() if value}
    return _ascii(fill(row.value, given)) if needs(row.value) <= given.keys() else None


def _given(way: Way) -> dict[str, str]:
    parts = urlsplit(way.url)
    return {
        "url": way.url,
        "base": way.url.rstrip("/"),
        "scheme": way.scheme,
        "host": _host(way),
        "port": str(parts.port or _PORTS[way.scheme]),
        "path": parts.path,
        "address": str(way.address or ""),
        "vlan": str(way.vlan or ""),
    }


def _host(way: Way) -> str:
    return urlsplit(way.url).hostname or way.host


def _ascii(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise InputError(
            f"“{text}” can't stand in a DHCP option",
            remedy="Give listen.public_url in ASCII (xn--...)",
        ) from None
