"""Our own certificate authority, for installations without a public name, and its certificates.

In the folder:

    ca.pem              the authority's certificate (RFC 5280), for phones and browsers to trust
    ca.key              its key, 0600
    server-ecdsa.pem    a server's key (P-256) and certificate in one file, 0600
    server-rsa.pem      the same with RSA-2048, for phones that know no elliptic curves

Key and certificate share a file so that a renewal replaces both at once, whatever dies between.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from provd.crypto.certificates import (
    ServerKey,
    SigningKey,
    authority_certificate,
    key_pem,
    server_certificate,
)
from provd.crypto.files import PRIVATE, PUBLIC, write_atomically
from provd.errors import ConfigurationError

AUTHORITY_DAYS = 3653
SERVER_DAYS = 397
"""What browsers accept at most of a certificate."""
RENEWED_DAYS = 30
"""A certificate with fewer days left is made anew."""

_RESTORE = "Restore ca.pem and ca.key, or remove both and give phones the new ca.pem"


@dataclass(frozen=True, slots=True)
class ServerCertificates:
    """Files that hold a key and its certificate each, and the authority's certificate."""

    ecdsa: Path
    rsa: Path
    authority: Path


class Authority:
    """The CA in a folder; made there when the folder has none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def certificate_file(self) -> Path:
        """What phones and browsers are given to trust."""
        return self._folder / "ca.pem"

    def certificates(self, names: Iterable[str], now: datetime) -> ServerCertificates:
        """Certificates for these DNS names and IP addresses, made when missing, damaged, about to
        expire, or for other names. Calling it again changes nothing.

        Raises ConfigurationError when there is no name, or the folder can't be used.
        """
        wanted = _subject_names(names)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._alone():
                key, certificate = self._authority(now)
                files = ServerCertificates(
                    self._folder / "server-ecdsa.pem",
                    self._folder / "server-rsa.pem",
                    self.certificate_file,
                )
                for path, make_key in ((files.ecdsa, _new_ecdsa_key), (files.rsa, _new_rsa_key)):
                    if not _is_good(path, certificate, wanted, now):
                        fresh = make_key()
                        issued = server_certificate(
                            fresh, wanted, key, certificate, now, timedelta(days=SERVER_DAYS)
                        )
                        write_atomically(path, key_pem(fresh) + issued, mode=PRIVATE)
                return files
        except OSError as error:
            raise ConfigurationError(
                f"certificates can't be kept: {error.strerror}", where=str(self._folder), key="tls"
            ) from error

    def _authority(self, now: datetime) -> tuple[SigningKey, x509.Certificate]:
        """The key is written first: a key without its certificate is replaced with it."""
        key_file = self._folder / "ca.key"
        if not self.certificate_file.exists():
            fresh = _new_ecdsa_key()
            write_atomically(key_file, key_pem(fresh), mode=PRIVATE)
            made = authority_certificate(fresh, now, timedelta(days=AUTHORITY_DAYS))
            write_atomically(self.certificate_file, made, mode=PUBLIC)
        try:
            certificate = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())
            key = _read_key(key_file)
        except (FileNotFoundError, ValueError) as error:
            raise ConfigurationError(
                "the authority can't be read",
                where=f"{self.certificate_file}, {key_file}",
                remedy=_RESTORE,
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not _belong(key, certificate):
            raise ConfigurationError(
                "the key does not belong to the certificate beside it",
                where=str(key_file),
                remedy=_RESTORE,
            )
        end = certificate.not_valid_after_utc
        if end <= now:
            raise ConfigurationError(
                f"the authority's certificate expired on {end:%Y-%m-%d}",
                where=str(self.certificate_file),
                remedy="Remove ca.pem and ca.key, then give phones the new ca.pem",
            )
        return key, certificate

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time: two that start together must not make two authorities."""
        descriptor = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _new_ecdsa_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _new_rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _subject_names(names: Iterable[str]) -> frozenset[x509.GeneralName]:
    found = frozenset(_subject_name(name) for name in names)
    if not found:
        raise ConfigurationError(
            "a certificate needs at least one name or address", key="tls", remedy="Name the host"
        )
    return found


def _subject_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        pass
    try:
        encoded = name.lower().encode("idna").decode()
    except UnicodeError:
        encoded = ""
    if not encoded:
        raise ConfigurationError(f"“{name[:60]}” is not a host name", key="tls")
    return x509.DNSName(encoded)


def _is_good(
    path: Path, authority: x509.Certificate, wanted: frozenset[x509.GeneralName], now: datetime
) -> bool:
    """Whether the file holds a key with a certificate of ours for exactly these names that does
    not expire soon."""
    try:
        content = path.read_bytes()
        certificate = x509.load_pem_x509_certificate(content)
        certificate.verify_directly_issued_by(authority)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        key = _read_key(path)
    except (FileNotFoundError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return (
        frozenset(names) == wanted
        and _belong(key, certificate)
        and certificate.not_valid_before_utc <= now
        and certificate.not_valid_after_utc - now >= timedelta(days=RENEWED_DAYS)
    )


def _read_key(path: Path) -> ServerKey:
    """Raises ValueError for anything but such a key."""
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError("neither an elliptic curve nor an RSA key")
    return key


def _belong(key: ServerKey, certificate: x509.Certificate) -> bool:
    return key.public_key() == certificate.public_key()
