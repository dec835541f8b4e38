"""A certificate whose handshakes cost a server far more than its clients: RSA with 4096 bits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from provd.crypto.certificates import authority_certificate, key_pem, server_certificate

HOST = "large-key.example"
BITS = 4096


@cache
def pem() -> bytes:
    """Key and certificate for HOST, of an authority that nobody knows."""
    now, day = datetime.now(UTC), timedelta(days=1)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = x509.load_pem_x509_certificate(authority_certificate(authority_key, now, day))
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    names = [x509.DNSName(HOST)]
    return key_pem(key) + server_certificate(key, names, authority_key, authority, now, day)
