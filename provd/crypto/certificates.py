"""What stands in the certificates that our authority issues (RFC 5280)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

# A phone's clock may be behind ours.
_BACKDATED = timedelta(days=1)


def key_pem(key: PrivateKey) -> bytes:
    """PEM without a password: who can read the file can use the key."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def authority_certificate(key: PrivateKey, now: datetime, validity: timedelta) -> bytes:
    """A self-signed CA certificate, in PEM. It may sign servers, no further authority."""
    serial = x509.random_serial_number()
    # Its own serial number in the name: two installations' authorities are told apart by name.
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "provd"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"provd CA {serial:040x}"[:17]),
        ]
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        _builder(key, name, name, now, now + validity)
        .serial_number(serial)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(identifier, critical=False)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def server_certificate(
    key: PrivateKey,
    names: Iterable[x509.GeneralName],
    authority_key: PrivateKey,
    authority: x509.Certificate,
    now: datetime,
    validity: timedelta,
) -> bytes:
    """A TLS server's certificate, in PEM. It never outlives the authority's."""
    ordered = sorted(names, key=str)
    end = min(now + validity, authority.not_valid_after_utc)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "provd")])
    # TLS 1.2 with RSA key exchange encrypts with the key; everything else signs.
    usage = _usage(digital_signature=True, key_encipherment=isinstance(key, rsa.RSAPrivateKey))
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    builder = (
        _builder(key, subject, authority.subject, now, end)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(ordered), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issuer, critical=False)
    )
    return builder.sign(authority_key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _builder(
    key: PrivateKey, subject: x509.Name, issuer: x509.Name, now: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(end)
    )


def _usage(
    *,
    digital_signature: bool = False,
    key_encipherment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_encipherment=key_encipherment,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
