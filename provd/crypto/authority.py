"""Our own certificate authorities, for installations without a public name, and their certificates.

In the folder:

    ca.pem              the authority's certificate (RFC 5280), for phones and browsers to trust
    ca.key              its key, 0600
    ca-rsa.pem, .key    another one, for phones that know no elliptic curves: they can't verify
                        what an elliptic key has signed
    server-ecdsa.pem    a server's key (P-256) and certificate in one file, 0600
    server-rsa.pem      the same with RSA-2048, signed by the RSA authority

Key and certificate share a file so that a renewal replaces both at once, whatever dies between.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Iterable, Iterator
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
    PrivateKey,
    authority_certificate,
    key_pem,
    server_certificate,
)
from provd.crypto.files import PRIVATE, PUBLIC, write_atomically
from provd.errors import ConfigurationError

log = logging.getLogger(__name__)

AUTHORITY_DAYS = 3653
SERVER_DAYS = 397
"""What browsers accept at most of a certificate."""
RENEWED_DAYS = 30
"""A certificate with fewer days left is made anew."""


@dataclass(frozen=True, slots=True)
class ServerCertificates:
    """Files that hold a key and its certificate each, and the certificates of the authorities that
    signed them."""

    ecdsa: Path
    rsa: Path
    authority: Path
    rsa_authority: Path


class Authority:
    """The CAs in a folder; made there when the folder has none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def certificate_file(self) -> Path:
        """What phones and browsers are given to trust."""
        return self._folder / "ca.pem"

    def certificates(self, names: Iterable[str], now: datetime) -> ServerCertificates:
        """Certificates for these DNS names and IP addresses, made when missing, damaged, about to
        expire, or for other names. Calling it again changes nothing. On a disk that takes nothing
        those that are there must do, whatever they say.

        Raises ConfigurationError when there is no name, or the folder can't be used.
        """
        wanted = _subject_names(names)
        files = ServerCertificates(
            self._folder / "server-ecdsa.pem",
            self._folder / "server-rsa.pem",
            self.certificate_file,
            self._folder / "ca-rsa.pem",
        )
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._alone():
                _renew(files.ecdsa, files.authority, _new_ecdsa_key, wanted, now)
                _renew(files.rsa, files.rsa_authority, _new_rsa_key, wanted, now)
        except OSError as error:
            if all(map(_can_be_shown, (files.ecdsa, files.rsa))):
                log.error("certificates stay as they are: %s", error.strerror)
                return files
            raise ConfigurationError(
                f"certificates can't be kept: {error.strerror}", where=str(self._folder), key="tls"
            ) from error
        return files

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time: two that start together must not make two authorities."""
        descriptor = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _renew(
    path: Path,
    authority_file: Path,
    make_key: Callable[[], PrivateKey],
    wanted: frozenset[x509.GeneralName],
    now: datetime,
) -> None:
    """A server's file at `path`, unless a good one is there. Its authority has a key of the same
    kind, so that whoever understands the one understands the other."""
    key, certificate = _authority(authority_file, make_key, now)
    if _is_good(path, certificate, wanted, now):
        return
    fresh = make_key()
    validity = timedelta(days=SERVER_DAYS)
    issued = server_certificate(fresh, wanted, key, certificate, now, validity)
    write_atomically(path, key_pem(fresh) + issued, mode=PRIVATE)


def _authority(
    file: Path, make_key: Callable[[], PrivateKey], now: datetime
) -> tuple[PrivateKey, x509.Certificate]:
    """The key is written first: a key without its certificate is replaced with it."""
    key_file = file.with_suffix(".key")
    if not file.exists():
        fresh = make_key()
        write_atomically(key_file, key_pem(fresh), mode=PRIVATE)
        made = authority_certificate(fresh, now, timedelta(days=AUTHORITY_DAYS))
        write_atomically(file, made, mode=PUBLIC)
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        key = _read_key(key_file)
    except (FileNotFoundError, ValueError) as error:
        raise ConfigurationError(
            "the authority can't be read", where=f"{file}, {key_file}", remedy=_restore(file)
        ) from error
    if not _belong(key, certificate):
        raise ConfigurationError(
            "the key does not belong to the certificate beside it",
            where=str(key_file),
            remedy=_restore(file),
        )
    end = certificate.not_valid_after_utc
    if end <= now:
        raise ConfigurationError(
            f"the authority's certificate expired on {end:%Y-%m-%d}",
            where=str(file),
            remedy=f"Remove {_both(file)}, then give phones the new {file.name}",
        )
    return key, certificate


def _both(file: Path) -> str:
    return f"{file.name} and {file.with_suffix('.key').name}"


def _restore(file: Path) -> str:
    return f"Restore {_both(file)}, or remove both and give phones the new {file.name}"


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


def _can_be_shown(path: Path) -> bool:
    """Whether the file holds a certificate and its key."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        return _belong(_read_key(path), certificate)
    except (OSError, ValueError, TypeError):
        return False


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


def _read_key(path: Path) -> PrivateKey:
    """Raises ValueError for anything but such a key."""
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError("neither an elliptic curve nor an RSA key")
    return key


def _belong(key: PrivateKey, certificate: x509.Certificate) -> bool:
    return key.public_key() == certificate.public_key()
