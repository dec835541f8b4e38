"""TLS handshakes, counted by how they ended."""

from __future__ import annotations

import socket
import ssl
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from OpenSSL import SSL

from provd.servers.http.channels import TlsChannel
from provd.servers.tls import CertificateFiles, Handshakes, TlsContexts, TlsFiles


@pytest.fixture(scope="module")
def contexts(certificates: Path) -> TlsContexts:
    chain = CertificateFiles(certificates / "server-ec.pem", certificates / "server-ec.key")
    return TlsContexts(TlsFiles([chain]))


def trusting(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = version
    return context


def talk(
    contexts: TlsContexts,
    client: ssl.SSLContext,
    session: ssl.SSLSession | None = None,
    chosen: list[object] | None = None,
) -> ssl.SSLSession | None:
    """A handshake, a word to the server and one back; gives the session to resume. The cipher is
    added to `chosen`."""
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        ours.setblocking(False)
        theirs.setblocking(False)
        channel = TlsChannel(ours, contexts.accepting(ours, sparing=False), contexts.handshakes)
        phone = client.wrap_socket(theirs, do_handshake_on_connect=False, session=session)
        with closing(phone):
            for step in (phone.do_handshake, lambda: phone.send(b"GET"), lambda: phone.recv(9)):
                turn_by_turn(step, channel)
            if chosen is not None:
                chosen.append(phone.cipher())
            return phone.session


def turn_by_turn(step: object, channel: TlsChannel) -> None:
    assert callable(step)
    while True:
        try:
            step()
        except ssl.SSLWantReadError:
            hear(channel)
        else:
            return


def hear(channel: TlsChannel) -> None:
    if channel.receive():
        channel.send(b"file")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_full_and_resumed_handshakes_are_told_apart(
    version: ssl.TLSVersion, contexts: TlsContexts
) -> None:
    contexts.handshakes = Handshakes()
    client = trusting(version)
    session = talk(contexts, client)
    assert contexts.handshakes == Handshakes(full=1)
    talk(contexts, client, session)
    assert contexts.handshakes == Handshakes(full=1, resumed=1)


def test_128_bits_come_first_and_who_wants_more_gets_more(contexts: TlsContexts) -> None:
    chosen: list[Any] = []
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        talk(contexts, trusting(version), chosen=chosen)
    demanding = trusting(ssl.TLSVersion.TLSv1_2)
    demanding.set_ciphers("ECDHE+AESGCM+AES256:ECDHE+CHACHA20")
    talk(contexts, demanding, chosen=chosen)
    assert [name for name, _, _ in chosen] == [
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "TLS_AES_128_GCM_SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
    ]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_with_other_ticket_keys_no_session_of_before_is_resumed(
    version: ssl.TLSVersion, certificates: Path
) -> None:
    chain = CertificateFiles(certificates / "server-ec.pem", certificates / "server-ec.key")
    contexts = TlsContexts(TlsFiles([chain]))
    client = trusting(version)
    before = talk(contexts, client)
    contexts.renewing()()
    after = talk(contexts, client, before)
    assert contexts.handshakes == Handshakes(full=2)
    talk(contexts, client, after)
    assert contexts.handshakes == Handshakes(full=2, resumed=1)


def test_keys_made_from_files_that_were_replaced_meanwhile_are_dropped(certificates: Path) -> None:
    chain = CertificateFiles(certificates / "server-ec.pem", certificates / "server-ec.key")
    contexts, reloaded = (TlsContexts(TlsFiles([chain])) for _ in range(2))
    client = trusting(ssl.TLSVersion.TLSv1_2)
    renew = contexts.renewing()
    contexts.take_over(reloaded)
    session = talk(contexts, client)
    renew()
    talk(contexts, client, session)
    assert contexts.handshakes == Handshakes(full=1, resumed=1)


def test_a_certificate_that_was_refused_since_no_longer_counts_in_a_resumed_session(
    contexts: TlsContexts, certificates: Path
) -> None:
    phone = x509.load_pem_x509_certificate((certificates / "phone.pem").read_bytes())

    def verified(*, checked: bool, refused: bool = False) -> bool:
        connection: Any = SimpleNamespace(checked=checked, refused=refused)
        return contexts.verified(phone, connection)

    assert verified(checked=True)
    assert verified(checked=False)
    assert not verified(checked=True, refused=True)
    assert not verified(checked=False)


def test_what_is_no_handshake_is_a_failure_counted_once(contexts: TlsContexts) -> None:
    contexts.handshakes = Handshakes()
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        ours.setblocking(False)
        theirs.sendall(b"GET / HTTP/1.0\r\n\r\n")
        channel = TlsChannel(ours, contexts.accepting(ours, sparing=False), contexts.handshakes)
        for _ in range(2):
            with pytest.raises(SSL.Error):
                channel.receive()
    assert contexts.handshakes == Handshakes(failed=1)
