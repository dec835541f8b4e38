"""The certificates that are in service: the operator's, and for whom he has none those that our own
authority makes and renews; shown to phones, old phones and people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from provd.addresses import certificate_names
from provd.configuration import Configuration
from provd.crypto.authority import Authority, ServerCertificates
from provd.crypto.host_certificates import HostCertificate, by_host, in_folder, serving
from provd.errors import ConfigurationError
from provd.servers.tls import LEGACY, CertificateFiles, TlsContexts, TlsFiles


@dataclass(slots=True)
class Certificates:
    """`phones` are asked for a certificate of their own, `people` are not. `legacy` is for old
    phones, where the configuration has a port for them. `ends_at`: when the first of those expires
    that are shown to whoever asks for no other name; `any_ends_at`: the first of all.
    """

    phones: TlsContexts
    people: TlsContexts
    legacy: TlsContexts | None
    ends_at: datetime
    any_ends_at: datetime

    @classmethod
    def load(cls, configuration: Configuration, now: datetime) -> Certificates:
        """Makes what is missing or due. Raises ConfigurationError, naming the file."""
        trust, trust_legacy = configuration.trust_folder, configuration.legacy_trust_folder
        has_legacy = bool(configuration.listen.legacy_port)
        _make(trust_legacy if has_legacy else trust)
        authority = Authority(configuration.data / "tls")
        made = authority.certificates(certificate_names(configuration), now)
        hosts = by_host(_from_elsewhere(configuration))
        listen = configuration.listen
        files = _shown(serving(listen.public_host, hosts), made)
        # A phone that knows no elliptic curves can't read an ECDSA certificate.
        old = serving(listen.legacy_host or listen.public_host, hosts)
        legacy = TlsFiles(
            _shown(old, made)[-1:],
            hosts=_files(hosts, only_rsa=True),
            trust_folders=(trust, trust_legacy),
            strength=LEGACY,
        )
        every = _files(hosts)
        end = first_end([*(each.chain for each in files), made.authority, made.rsa_authority])
        return cls(
            phones=TlsContexts(TlsFiles(files, hosts=every, trust_folders=(trust,))),
            people=TlsContexts(TlsFiles(files, hosts=every)),
            legacy=TlsContexts(legacy) if has_legacy else None,
            ends_at=end,
            any_ends_at=min([end, *(one.ends_at for each in hosts.values() for one in each)]),
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
        self.any_ends_at = other.any_ends_at


def _from_elsewhere(configuration: Configuration) -> list[HostCertificate]:
    """A folder that is not configured is made, for the operator to find; where that can't be done,
    there is nothing in it."""
    folder = configuration.certificates_folder
    if configuration.tls.certificates is None:
        try:
            folder.mkdir(exist_ok=True, mode=0o700)
        except OSError:
            if not folder.is_dir():
                return []
    return in_folder(folder)


def _shown(own: Sequence[HostCertificate], made: ServerCertificates) -> list[CertificateFiles]:
    """Ours, unless the operator has one for the name that phones are given. Everybody understands
    an RSA key; where he has none, ours stands in for those who know nothing else."""
    if not own:
        return [_pair(made.ecdsa), _pair(made.rsa)]
    shown = [CertificateFiles(one.chain, one.key) for one in own]
    return shown if own[-1].is_rsa else [*shown, _pair(made.rsa)]


def _pair(path: Path) -> CertificateFiles:
    return CertificateFiles(chain=path, key=path)


def _files(
    hosts: Mapping[str, Sequence[HostCertificate]], *, only_rsa: bool = False
) -> Mapping[str, Sequence[CertificateFiles]]:
    chosen = {
        name: [CertificateFiles(one.chain, one.key) for one in each if one.is_rsa or not only_rsa]
        for name, each in hosts.items()
    }
    return {name: files for name, files in chosen.items() if files}


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
