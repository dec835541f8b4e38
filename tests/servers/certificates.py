"""Authorities and certificates invented for the tests, as PEM files in a folder."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Signed = tuple[x509.Certificate, Key]


def ec_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def signed(
    name: str, key: Key, issuer: Signed | None = None, *names: str, days: float = 30
) -> Signed:
    """A certificate for `key`; self-signed, and an authority, without issuer."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
        builder = builder.add_extension(alternatives, critical=False)
    return builder.sign(issuer[1] if issuer else key, SHA256()), key


def write(folder: Path, name: str, made: Signed) -> None:
    certificate, key = made
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / f"{name}.key").write_bytes(private)


def write_certificates(folder: Path) -> None:
    """authority, server-ec, server-rsa, brand; trust/phones and phone; stranger.
    trust/legacy/old and old, from a maker of 2008; trust/weak and weak, as weak and in the wrong
    place."""
    authority = signed("Test authority", ec_key())
    phones = signed("Phone authority", ec_key())
    strangers = signed("Phone authority", ec_key())  # the same name, another key
    (folder / "trust" / "legacy").mkdir(parents=True)
    write(folder, "authority", authority)
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    write(folder, "server-ec", signed("ec", ec_key(), authority, "provd.example"))
    write(folder, "server-rsa", signed("rsa", rsa_key, authority, "provd.example"))
    write(folder, "brand", signed("brand", ec_key(), authority, "brand.example"))
    write(folder / "trust", "phones", phones)
    write(folder, "phone", signed("001122AABBCC", ec_key(), phones))
    for where, name in ((folder / "trust" / "legacy", "old"), (folder / "trust", "weak")):
        write_old(where, name, f"{name} authority")
        write_old(folder, name, "001122AABBDD", where / f"{name}.pem")
    write(folder, "stranger", signed("001122AABBCC", ec_key(), strangers))


def write_old(folder: Path, name: str, common_name: str, maker: Path | None = None) -> None:
    """As makers of 2008 did: RSA-1024, SHA-1. The library that we use does not sign so any more."""
    key = folder / f"{name}.key"
    issuer = ("-CA", str(maker), "-CAkey", str(maker.with_suffix(".key"))) if maker else ()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:1024", "-sha1", "-nodes", "-days", "30",
         "-subj", f"/O=Example/CN={common_name}", "-keyout", str(key),
         "-out", str(key.with_suffix(".pem")), *issuer],
        check=True, capture_output=True,
    )  # fmt: skip
