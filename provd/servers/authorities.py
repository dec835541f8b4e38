"""The CA files that vouch for phones' certificates. This module knows no connection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from provd.errors import ConfigurationError

_SUFFIXES = {".pem", ".crt", ".cer", ".der"}


def authorities_in(folders: Sequence[Path]) -> list[x509.Certificate]:
    """Of all files right in these folders. Raises ConfigurationError, naming the file."""
    return [
        authority
        for folder in folders
        for file in authority_files(folder)
        for authority in authorities_of(file)
    ]


def authority_files(folder: Path) -> list[Path]:
    """Raises ConfigurationError where there is no such folder."""
    if not folder.is_dir():
        raise ConfigurationError(
            "is no folder of CA files", where=str(folder), key="tls.trust_folder"
        )
    return sorted(each for each in folder.iterdir() if each.suffix in _SUFFIXES)


def authorities_of(file: Path) -> list[x509.Certificate]:
    """Raises ConfigurationError."""
    data = file.read_bytes()
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except ValueError as error:
        raise ConfigurationError("is no CA certificate, PEM or DER", where=str(file)) from error
