"""The content of one option, from the vendor's row and the way that phones are to take."""

from __future__ import annotations

from provd.errors import InputError
from provd.vendors.dhcp import DhcpOptionRow, fill, needs
from provd.vendors.way import Way


def content_of(row: DhcpOptionRow, way: Way) -> bytes | None:
    """None where the site lacks what the option tells."""
    if row.form == "octets":
        return bytes.fromhex(row.value)
    if row.form == "address":
        return way.address.packed if way.address else None
    if row.form == "url":
        return _ascii(way.url)
    if row.form == "host":
        return _ascii(way.host)
    given = way.given()
    return _ascii(fill(row.value, given)) if needs(row.value) <= given.keys() else None


def _ascii(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise InputError(
            f"“{text}” can't stand in a DHCP option",
            remedy="Give listen.public_url in ASCII (xn--...)",
        ) from None
