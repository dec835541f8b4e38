"""Certificates that the operator has from elsewhere, of a public authority or a reseller's own: for
this server's public name, and for each host name under which somebody offers it as his.

In a folder (`tls.certificates`), in any number:

    NAME.pem, NAME.crt              a certificate with its issuers; the key is in the same file
    NAME.key                        or in this one beside it
    NAME/fullchain.pem, privkey.pem the same, as ACME clients keep them

Which names each of them serves stands in the certificate (RFC 9525, 6.3); nothing depends on the
names of the files. All else that lies there is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from provd.errors import ConfigurationError

_SETTING = "tls.certificates"
_ENDINGS = (".pem", ".crt")
_CHAIN, _KEY = "fullchain.pem", "privkey.pem"
_LEAST_RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class HostCertificate:
    """PEM files, and what is in them. `names` are DNS names in lower case, the first label perhaps
    `*`; `is_rsa`: else its key is one of an elliptic curve."""

    chain: Path
    key: Path
    names: frozenset[str]
    is_rsa: bool
    ends_at: datetime


def in_folder(folder: Path) -> list[HostCertificate]:
    """By the names of their files. Raises ConfigurationError, naming the file, where one can't be
    used: nobody shall be shown another certificate than he was promised."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise ConfigurationError(
            f"can't be read: {error.strerror}",
            where=str(folder),
            key=_SETTING,
            remedy="Give the folder with your certificates",
        ) from error
    found = []
    for entry in entries:
        if entry.is_dir():
            if (entry / _CHAIN).exists():
                found.append(_read(entry / _CHAIN, entry / _KEY))
        elif entry.suffix in _ENDINGS:
            beside = entry.with_suffix(".key")
            found.append(_read(entry, beside if beside.exists() else entry))
    return found


def by_host(found: Iterable[HostCertificate]) -> Mapping[str, tuple[HostCertificate, ...]]:
    """For each name the one with an elliptic curve's key, and the one with an RSA key, as far as
    there are any. Of several that name it the one that ends last counts: a renewed one may lie
    beside the old."""
    chosen: dict[str, dict[bool, HostCertificate]] = {}
    for one in sorted(found, key=lambda one: one.ends_at):
        for name in one.names:
            chosen.setdefault(name, {})[one.is_rsa] = one
    return {
        name: tuple(kinds[is_rsa] for is_rsa in (False, True) if is_rsa in kinds)
        for name, kinds in chosen.items()
    }


def serving(
    name: str, hosts: Mapping[str, tuple[HostCertificate, ...]]
) -> tuple[HostCertificate, ...]:
    """What there is for a host name: its own, or that of `*` in place of its first label."""
    lower = name.lower()
    return hosts.get(lower) or hosts.get(f"*.{lower.partition('.')[2]}") or ()


def _read(chain: Path, key: Path) -> HostCertificate:
    certificates = _certificates(chain)
    private = _private_key(key)
    leaf = certificates[0]
    if private.public_key() != leaf.public_key():
        raise _unusable(
            chain,
            f"does not begin with the certificate of the key in {key}",
            "Put that one first, and its issuers behind it",
        )
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size < _LEAST_RSA_BITS:
        raise _unusable(
            key,
            f"is an RSA key of {private.key_size} bits, which clients refuse",
            f"Get a certificate for one of {_LEAST_RSA_BITS} bits at least",
        )
    return HostCertificate(
        chain,
        key,
        _names(chain, leaf),
        isinstance(private, rsa.RSAPrivateKey),
        leaf.not_valid_after_utc,
    )


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise _unusable(path, f"can't be read: {error.strerror}", "Let provd read it") from error
    except ValueError as error:
        raise _unusable(
            path, "holds no certificate in PEM", "Restore it, or take it out of the folder"
        ) from error


def _private_key(path: Path) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise _unusable(path, f"can't be read: {error.strerror}", "Let provd read it") from error
    except TypeError as error:
        raise _unusable(
            path, "holds a key that a password guards", "Store the key without one"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _unusable(
            path,
            "holds no private key in PEM",
            f"Put it there, into a .key file beside the certificate, or into {_KEY}",
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise _unusable(
            path,
            "holds a key that is neither RSA nor of an elliptic curve",
            "Get a certificate for one that phones understand",
        )
    return key


def _names(path: Path, certificate: x509.Certificate) -> frozenset[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = frozenset(name.lower() for name in found.get_values_for_type(x509.DNSName))
    except (x509.ExtensionNotFound, ValueError):
        names = frozenset()
    if not names:
        raise _unusable(
            path,
            "names no host (subjectAltName), so nobody would ever be shown it",
            "Get one with the host's name in it",
        )
    return names


def _unusable(path: Path, why: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(why, where=str(path), key=_SETTING, remedy=remedy)
