"""Certificates as PEM text (RFC 7468) in a setting."""

from __future__ import annotations

import re

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from provd.devices.kinds import Kind

_LONGEST = 8192
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_BLOCK = re.compile(f"{_BEGIN}([A-Za-z0-9+/=\\s]+){_END}")

_SAMPLES = (
    f"""{_BEGIN}
MIHjMIGWoAMCAQICAQcwBQYDK2VwMBExDzANBgNVBAMMBlNhbXBsZTAeFw0yNjAx
MDEwMDAwMDBaFw00OTAxMDEwMDAwMDBaMBExDzANBgNVBAMMBlNhbXBsZTAqMAUG
AytlcAMhADzJnUchCA3T8WmsEaIiXAA8YHrDyGVXTr+grUYVUB86oxMwETAPBgNV
HRMBAf8EBTADAQH/MAUGAytlcANBAFPYQT2LetvEHvTEqYU2rl/DWRFhHhPGWLu2
KfKIl1PoIIHRc6dmSMWDRnEOcP8KwQknL29WQPy8A8UOztWEVg0=
{_END}
""",
    f"""{_BEGIN}
MIHhMIGUoAMCAQICAQgwBQYDK2VwMBAxDjAMBgNVBAMMBU90aGVyMB4XDTI2MDEw
MTAwMDAwMFoXDTQ5MDEwMTAwMDAwMFowEDEOMAwGA1UEAwwFT3RoZXIwKjAFBgMr
ZXADIQDWMAv28kF0UvMK0H1rEgtPztDhwh8KDI9v/KEIutBF1qMTMBEwDwYDVR0T
AQH/BAUwAwEB/zAFBgMrZXADQQCj6dt6LyIUJCAPaKjRK1ZD5CSan6wmcCjhSjlE
4C98Zbt0vuvj1iOIfyPSFGpqV2AccPKZDZu26spHbOGU2Q8A
{_END}
""",
)


def certificate() -> Kind:
    """One certificate. It is kept as lines of 64 letters, each ended by a line feed, however it was
    given: with other line ends, with remarks around it, or on one line, as forms make it."""
    return Kind(
        _check,
        f"Give one certificate in PEM, from {_BEGIN} to {_END}, without its private key",
        samples=_SAMPLES,
        schema={"type": "string", "maxLength": _LONGEST, "pattern": _BEGIN},
    )


def _check(value: object) -> str:
    """No error shows the value: who takes the wrong file gives a private key."""
    if not isinstance(value, str):
        raise ValueError("it is not text")
    if len(value) > _LONGEST:
        raise ValueError(f"it is longer than {_LONGEST} characters")
    if "PRIVATE KEY-----" in value:
        raise ValueError("it holds a private key, which phones must not have")
    blocks = _BLOCK.findall(value)
    if len(blocks) != 1 or value.count(_BEGIN) != 1:
        raise ValueError("it is not one certificate in PEM")
    return _loaded(_wrapped(blocks[0]))


def _wrapped(letters: str) -> str:
    body = "".join(letters.split())
    rows = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join((_BEGIN, *rows, _END, ""))


def _loaded(text: str) -> str:
    try:
        return x509.load_pem_x509_certificate(text.encode()).public_bytes(Encoding.PEM).decode()
    except ValueError:
        raise ValueError("its PEM text is damaged") from None
