"""What `provd check` has to say about the CA files for phones' certificates, and old TLS."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import MD5, SHA1

from provd.cli.checks import Findings, hint, ok
from provd.configuration import Configuration
from provd.servers.authorities import authorities_of, authority_files

_LEAST_RSA_BITS = 2048
_LEAST_CURVE_BITS = 224


def authorities(configuration: Configuration) -> Findings:
    """Files that count for nothing where they lie, and a listener that should not stay for ever."""
    trust, legacy = configuration.trust_folder, configuration.legacy_trust_folder
    files, old = _files(trust), _files(legacy)
    found = [
        hint(f"{file} is too weak to count on https_port. Phones of its time need {legacy}")
        for file in files
        if any(_is_weak(authority) for authority in authorities_of(file))
    ]
    port = configuration.listen.legacy_port
    if port:
        found.append(
            hint(f"old TLS is accepted on port {port}. Set listen.legacy_port to 0 when you can")
        )
    elif old:
        found.append(hint(f"{legacy} counts for nothing while listen.legacy_port is 0"))
    yield from found
    if not found:
        yield ok(f"{len(files)} CA files in {trust}")


def _files(folder: Path) -> list[Path]:
    return authority_files(folder) if folder.is_dir() else []


def _is_weak(authority: x509.Certificate) -> bool:
    """By the security level of the main listener. The signature of a root is never looked at, but
    who signs himself with SHA-1 does so with his phones."""
    key = authority.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _LEAST_RSA_BITS:
        return True
    if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < _LEAST_CURVE_BITS:
        return True
    return isinstance(authority.signature_hash_algorithm, MD5 | SHA1)
