"""The certificates that are in service: made or renewed by our own authority, shown to two kinds of
clients."""

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
from provd.servers.tls import CertificateFiles, TlsContexts, TlsFiles


@dataclass(slots=True)
class Certificates:
    """`phones` are asked for a certificate of their own, `people` are not. `ends_at`: when the
    first of ours expires."""

    phones: TlsContexts
    people: TlsContexts
    ends_at: datetime

    @classmethod
    def load(cls, configuration: Configuration, now: datetime) -> Certificates:
        """Makes what is missing or due. Raises ConfigurationError, naming the file."""
        trust = configuration.trust_folder
        try:
            trust.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"can't be made: {error.strerror}", where=str(trust), key="tls.trust_folder"
            ) from error
        authority = Authority(configuration.data / "tls")
        made = authority.certificates(certificate_names(configuration), now)
        files = [CertificateFiles(chain=path, key=path) for path in (made.ecdsa, made.rsa)]
        return cls(
            phones=TlsContexts(TlsFiles(files, trust_folder=trust)),
            people=TlsContexts(TlsFiles(files)),
            ends_at=first_end((made.ecdsa, made.rsa, made.authority)),
        )

    def take_over(self, other: Certificates) -> None:
        """For connections from now on; running ones keep theirs."""
        self.phones.take_over(other.phones)
        self.people.take_over(other.people)
        self.ends_at = other.ends_at


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
