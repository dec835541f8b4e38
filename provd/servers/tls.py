"""TLS for every listener: certificates, optional client certificates, resumption, reload.

One OpenSSL context holds an ECDSA and an RSA certificate side by side, so that new phones get the
cheap handshake and old ones any. Client certificates are asked for, never demanded: phones without
one come in as well, and the backend decides per request. A context is MODERN, or LEGACY for phones
that know nothing better: one never becomes the other, and no session goes between them.
This module knows no protocol above TLS, and not who may have what.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from socket import SocketType
from typing import Any

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from OpenSSL import SSL, crypto
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import implementer  # type: ignore[import-untyped]

from provd.errors import ConfigurationError
from provd.exchange import ClientCertificate
from provd.servers.authorities import authorities_in

_SESSION_SECONDS = 7200
_MOST_REMEMBERED = 50_000
_CIPHERS = (
    b"ECDHE+aECDSA+AESGCM+AES128:ECDHE+aECDSA+AESGCM:ECDHE+AESGCM+AES128:ECDHE+AESGCM:"
    b"ECDHE+CHACHA20:DHE+AESGCM:ECDHE+AES:RSA+AESGCM:RSA+AES:!aNULL:!eNULL:!MD5"
)
_SUITES = b"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
"""Of TLS 1.3. As in those of before, 128 bits come first, which is what certificate and key
exchange are worth: processors compute SHA-256 themselves, SHA-384 takes part of a handshake."""
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Strength:
    """What a context accepts at least: the `oldest` version, `ciphers` in OpenSSL's words with its
    security level (SSL_CTX_set_security_level(3)). `session_id` keeps the sessions of one kind from
    being resumed in another, whoever shares the keys of their tickets."""

    oldest: int
    ciphers: bytes
    session_id: bytes


MODERN = Strength(SSL.TLS1_2_VERSION, _CIPHERS + b":@SECLEVEL=2", b"provd")
"""Level 2: certificates of phones have 2048 bits, or 224 on a curve, and no SHA-1."""
LEGACY = Strength(SSL.TLS1_VERSION, _CIPHERS + b":RSA+3DES:@SECLEVEL=0", b"provd legacy")
"""Level 0: RSA-1024, SHA-1 and MD5 count. 3DES where OpenSSL was built with it."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """PEM files: `chain` is the server's certificate and its issuers, `key` its private key."""

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """`certificates` serve every name, at most one per key algorithm; `hosts` have their own by
    lower-case host name (SNI), whose first label may be `*`. `trust_folders` hold the CA files, PEM
    or DER, whose client certificates count; without any none is asked for."""

    certificates: Sequence[CertificateFiles]
    hosts: Mapping[str, Sequence[CertificateFiles]] = field(default_factory=dict)
    trust_folders: Sequence[Path] = ()
    strength: Strength = MODERN


class _Watched(SSL.Connection):
    """A server's side of one connection: `asks` for the client's certificate; `checked` once its
    chain was looked at in this very handshake, `refused` when it did not verify."""

    checked = refused = False

    def __init__(self, contexts: TlsContexts, context: SSL.Context, opened: Any = None) -> None:
        super().__init__(context, opened)
        self.contexts = contexts
        self.asks = contexts.asks_for_certificates


@dataclass(slots=True)
class Handshakes:
    """How many there were: whole ones, those that resumed a session, and those that came to
    nothing, as of clients that do not trust our certificate."""

    full: int = 0
    resumed: int = 0
    failed: int = 0

    def done(self, connection: SSL.Connection) -> None:
        # pyOpenSSL binds the function of OpenSSL and offers no method for it.
        if SSL._lib.SSL_session_reused(connection._ssl):  # type: ignore[attr-defined]
            self.resumed += 1
        else:
            self.full += 1


@implementer(IOpenSSLServerConnectionCreator)
class TlsContexts:
    """The context for new connections; `reload` reads the files anew, running ones stay.

    Raises ConfigurationError, naming the file, where one can't be used; a failed reload leaves
    the old context in service.
    """

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self.handshakes = Handshakes()
        self._verified: OrderedDict[str, None] = OrderedDict()
        self.asks_for_certificates = False
        self.reload()

    def reload(self) -> None:
        authorities = authorities_in(self._files.trust_folders)
        names = self._host_contexts(authorities)
        context = self._context(self._files.certificates, authorities)
        if names:  # a call into Python in the midst of each handshake
            context.set_tlsext_servername_callback(lambda connection: _choose(connection, names))
        self._current = context
        self.asks_for_certificates = bool(authorities)
        self._verified.clear()  # sessions of the old context can't be resumed in the new one
        _log.info("tls-loaded", hosts=len(names), client_authorities=len(authorities))

    def take_over(self, other: TlsContexts) -> None:
        """Serve from now on what `other` has loaded; can't fail."""
        self._files = other._files
        self._current = other._current
        self.asks_for_certificates = other.asks_for_certificates
        self._verified.clear()

    def renewing(self) -> Callable[[], None]:
        """Reads the same files anew, for contexts with other keys for tickets; in a thread. What it
        gives puts them into service, unless something else has been by then; for the reactor's.
        Raises ConfigurationError."""
        files, fresh = self._files, TlsContexts(self._files)

        def renew() -> None:
            if self._files is files:
                self.take_over(fresh)

        return renew

    def wrap(self, factory: Any, reactor: Any) -> TLSMemoryBIOFactory:
        """The protocol factory `factory`, over TLS."""
        creator: Any = self  # mypy does not read zope's interfaces
        return TLSMemoryBIOFactory(creator, False, factory, clock=reactor)

    def accepting(self, opened: SocketType, *, sparing: bool) -> SSL.Connection:
        """The server's side of TLS straight on a non-blocking socket. OpenSSL has 34 KiB of buffers
        for it; who is `sparing` gives them back as often as there is nothing in them, and asks for
        them anew, which takes time."""
        connection = _Watched(self, self._current, opened)
        connection.set_accept_state()
        if sparing:
            _spare(connection)
        return connection

    def serverConnectionForTLS(self, protocol: object) -> SSL.Connection:  # noqa: N802 (Twisted's)
        connection = _Watched(self, self._current)
        _spare(connection)
        return connection

    def verified(self, certificate: x509.Certificate, connection: _Watched) -> bool:
        """Whether the chain was verified: in this handshake, or in the one that it resumes.

        A resumed session brings the certificate and no verdict, so verdicts are remembered here;
        what was refused last, or is no longer remembered, does not count.
        """
        fingerprint = certificate.fingerprint(SHA256()).hex()
        if not connection.checked:
            return fingerprint in self._verified
        if connection.refused:
            self._verified.pop(fingerprint, None)
        else:
            self._verified[fingerprint] = None
            if len(self._verified) > _MOST_REMEMBERED:
                self._verified.popitem(last=False)
        return not connection.refused

    def _host_contexts(self, authorities: Sequence[x509.Certificate]) -> Mapping[str, SSL.Context]:
        """By host name; the names of one certificate share one."""
        hosts = {name: tuple(each) for name, each in self._files.hosts.items()}
        made = {each: self._context(each, authorities) for each in set(hosts.values())}
        return {name: made[each] for name, each in hosts.items()}

    def _context(
        self, certificates: Sequence[CertificateFiles], authorities: Sequence[x509.Certificate]
    ) -> SSL.Context:
        context = SSL.Context(SSL.TLS_METHOD)
        strength = self._files.strength
        context.set_min_proto_version(strength.oldest)
        context.set_options(
            SSL.OP_CIPHER_SERVER_PREFERENCE | SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION
        )
        context.set_cipher_list(strength.ciphers)
        context.set_tls13_ciphersuites(_SUITES)
        context.set_session_id(strength.session_id)
        context.set_session_cache_mode(SSL.SESS_CACHE_SERVER)
        context.set_timeout(_SESSION_SECONDS)
        for each in certificates:
            _use(context, each)
        if authorities:
            _ask_for_certificates(context, authorities)
        return context


def client_certificate(transport: Any) -> ClientCertificate | None:
    """The verified certificate of the client behind a Twisted transport, None without one.

    One that does not verify counts as none: such a phone may still have other credentials.
    """
    connection = _connection(transport)
    if connection is None or not connection.asks:
        return None
    certificate = connection.get_peer_certificate(as_cryptography=True)
    if certificate is None:
        return None
    verified = connection.contexts.verified(certificate, connection)
    return described(certificate) if verified else None


def described(certificate: x509.Certificate) -> ClientCertificate:
    """What there is to know of a certificate whose chain was verified."""
    subject = tuple((part.rfc4514_attribute_name, str(part.value)) for part in certificate.subject)
    fingerprint = certificate.fingerprint(SHA256()).hex()
    issuer = certificate.issuer
    names = [str(part.value) for part in issuer.get_attributes_for_oid(NameOID.COMMON_NAME)]
    name = names[0] if len(names) == 1 else ""
    return ClientCertificate(subject, issuer.rfc4514_string(), fingerprint, name)


def server_name(transport: Any) -> str:
    """The name that the client asked for in its handshake (RFC 6066, 3), or nothing."""
    connection = _connection(transport)
    name = connection and connection.get_servername()
    return name.decode("ascii", "replace").lower() if name else ""


def _spare(connection: SSL.Connection) -> None:
    """pyOpenSSL has a method for it of contexts only."""
    lib = SSL._lib  # type: ignore[attr-defined]
    lib.SSL_set_mode(connection._ssl, lib.SSL_MODE_RELEASE_BUFFERS)


def _connection(transport: Any) -> _Watched | None:
    handle = transport.getHandle() if hasattr(transport, "getHandle") else None
    return handle if isinstance(handle, _Watched) else None


def _choose(connection: SSL.Connection, names: Mapping[str, SSL.Context]) -> None:
    asked = (connection.get_servername() or b"").decode("ascii", "replace").lower()
    chosen = names.get(asked) or names.get(f"*.{asked.partition('.')[2]}")
    if chosen is not None:
        connection.set_context(chosen)


def _use(context: SSL.Context, files: CertificateFiles) -> None:
    try:
        context.use_certificate_chain_file(str(files.chain))
        context.use_privatekey_file(str(files.key))
        context.check_privatekey()
    except SSL.Error as error:
        raise ConfigurationError(
            "is no certificate chain in PEM with a key that fits it",
            where=str(files.chain),
            key="https.certificates",
            remedy=f"Check it and {files.key}",
        ) from error


def _ask_for_certificates(context: SSL.Context, authorities: Sequence[x509.Certificate]) -> None:
    """Their names are sent along: many phones show a certificate only to those that name its CA.
    A phone's issuing CA may stand in the folder without its root."""
    store = context.get_cert_store()
    if store is None:  # OpenSSL makes one with each context
        raise ConfigurationError("the TLS library keeps no trusted certificates")
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    for authority in authorities:
        store.add_cert(crypto.X509.from_cryptography(authority))
        context.add_client_ca(authority)
    context.set_verify(SSL.VERIFY_PEER, _remember_verdict)


def _remember_verdict(
    connection: SSL.Connection, certificate: object, problem: int, depth: int, ok: int
) -> bool:
    """Never ends the handshake: a phone with an unknown certificate may have other credentials."""
    if isinstance(connection, _Watched):
        connection.checked = True
        connection.refused = connection.refused or not ok
    return True
