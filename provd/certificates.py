"""The certificates that are in service: made or renewed by our own authority, shown to phones, old
phones and people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from provd.addresses import certificate_names
from provd.configuration import Configuration
from provd.crypto.authority import Authority
from provd.errors import ConfigurationError
from provd.servers.tls import LEGACY, CertificateFiles, TlsContexts, TlsFiles


@dataclass(slots=True)
class Certificates:
    """`phones` are asked for a certificate of their own, `people` are not. `legacy` is for old
    phones, where the configuration has a port for them. `ends_at`: when the first of ours expires.
    """

    phones: TlsContexts
    people: TlsContexts
    legacy: TlsContexts | None
    ends_at: datetime

    @classmethod
    def load(cls, configuration: Configuration, now: datetime) -> Certificates:
        """Makes what is missing or due. Raises ConfigurationError, naming the file."""
        trust, trust_legacy = configuration.trust_folder, configuration.legacy_trust_folder
        has_legacy = bool(configuration.listen.legacy_port)
        _make(trust_legacy if has_legacy else trust)
        authority = Authority(configuration.data / "tls")
        made = authority.certificates(certificate_names(configuration), now)
        files = [CertificateFiles(chain=path, key=path) for path in (made.ecdsa, made.rsa)]
        # A phone that knows no elliptic curves can't read an ECDSA certificate.
        legacy = TlsFiles(files[1:], trust_folders=(trust, trust_legacy), strength=LEGACY)
        return cls(
            phones=TlsContexts(TlsFiles(files, trust_folders=(trust,))),
            people=TlsContexts(TlsFiles(files)),
            legacy=TlsContexts(legacy) if has_legacy else None,
            ends_at=first_end((made.ecdsa, made.rsa, made.authority, made.rsa_authority)),
        )

    @property
    def contexts(self) -> tuple[TlsContexts, ...]:
        """Those that there are."""
        return (self.phones, self.people, *([self.legacy] if self.legacy is not None else []))

    def take_over(self, other: Certificates) -> None:
        """For connections from now on; running ones keep theirs."""
        self.phones.take_over(other.phones)
        self.people.take_over(other.people)
        if self.legacy is not None and other.legacy is not None:
            self.legacy.take_over(other.legacy)
        self.ends_at = other.ends_at


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"can't be made: {error.strerror}", where=str(folder), key="tls.trust_folder"
        ) from error


def certificate_in(path: Path) -> x509.Certificate:
    """The first certificate of a PEM file. Raises ConfigurationError."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            "can't be read as a certificate", where=str(path), remedy="Restore it from a backup"
        ) from error


def first_end(paths: Sequence[Path]) -> datetime:
    return min(certificate_in(path).not_valid_after_utc for path in paths)
