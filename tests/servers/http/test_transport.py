"""The sockets of a serving process, under clients that behave as badly as they can."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from OpenSSL import SSL

from tests.servers.conftest import Serving

LAST = b"GET /phone.cfg HTTP/1.1\r\nUser-Agent: dribble\r\nConnection: close\r\n\r\n"


def connect(serving: Serving, server: str = "https") -> socket.socket:
    return socket.create_connection(("127.0.0.1", serving.ports[server]), timeout=10)


def over_tls(raw: socket.socket) -> SSL.Connection:
    raw.setblocking(True)
    client = SSL.Connection(SSL.Context(SSL.TLS_METHOD), raw)
    client.set_connect_state()
    client.do_handshake()
    return client


def everything(receive: Callable[[int], bytes], octets: int = 65536) -> bytes:
    received = b""
    with suppress(SSL.ZeroReturnError):
        while piece := receive(octets):
            received += piece
    return received


@pytest.mark.parametrize("server", ["http", "https"])
def test_a_slow_reader_gets_a_large_file_intact(server: str, serving: Serving, files: Path) -> None:
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", serving.ports[server]))
        client = over_tls(raw) if server == "https" else raw
        client.sendall(b"GET /large.rom?slow HTTP/1.0\r\nUser-Agent: slow\r\n\r\n")
        body = everything(client.recv, 3000).partition(b"\r\n\r\n")[2]
    assert body == (files / "large.rom").read_bytes()
    serving.delivery(path="large.rom", agent="slow", whole=True, bytes=len(body))


def test_a_client_that_goes_away_amid_a_large_file_did_not_get_it_whole(serving: Serving) -> None:
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", serving.ports["https"]))
        client = over_tls(raw)
        client.sendall(b"GET /large.rom HTTP/1.0\r\nUser-Agent: gone\r\n\r\n")
        client.recv(100)
    told = serving.delivery(path="large.rom", agent="gone", whole=False, status="aborted")
    assert told["bytes"] < 3_000_001


@pytest.mark.parametrize("server", ["http", "https"])
@pytest.mark.parametrize("path", ["phone.cfg", "late/phone.cfg"])
def test_a_client_that_ends_its_side_is_still_answered(
    server: str, path: str, serving: Serving, files: Path
) -> None:
    with connect(serving, server) as raw:
        client = over_tls(raw) if server == "https" else raw
        client.sendall(f"GET /{path} HTTP/1.1\r\nUser-Agent: half\r\n\r\n".encode())
        if isinstance(client, SSL.Connection):
            client.shutdown()
        else:
            client.shutdown(socket.SHUT_WR)
        assert everything(client.recv).endswith((files / "phone.cfg").read_bytes())
    told = serving.delivery(path=path, agent="half", status="200")
    assert told["whole"] or path.startswith("late/")


def test_who_hangs_up_before_the_answer_was_found_did_not_get_it(serving: Serving) -> None:
    with connect(serving, "http") as client:
        client.sendall(b"GET /late/phone.cfg HTTP/1.1\r\nUser-Agent: hung-up\r\n\r\n")
    assert not serving.delivery(path="late/phone.cfg", agent="hung-up")["whole"]


def test_a_request_in_records_of_one_octet_is_read(serving: Serving, files: Path) -> None:
    with connect(serving) as raw:
        client = over_tls(raw)
        for octet in LAST:
            client.sendall(bytes([octet]))
        assert everything(client.recv).endswith((files / "phone.cfg").read_bytes())
    serving.delivery(agent="dribble", whole=True)


def test_a_request_in_segments_of_one_octet_is_read(serving: Serving, files: Path) -> None:
    """The records of the handshake too."""
    with connect(serving) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = trusting().wrap_bio(incoming, outgoing)

        def until_done(step: Callable[[], object]) -> object:
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    trickle(raw, outgoing.read())
                    incoming.write(raw.recv(65536))

        until_done(client.do_handshake)
        client.write(LAST)
        trickle(raw, outgoing.read())
        received = b""
        while not received.endswith((files / "phone.cfg").read_bytes()):
            piece = until_done(client.read)
            assert isinstance(piece, bytes)
            received += piece
    serving.delivery(agent="dribble", whole=True)


def trusting() -> ssl.SSLContext:
    """Takes any server's certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def trickle(raw: socket.socket, octets: bytes) -> None:
    for octet in octets:
        raw.sendall(bytes([octet]))


def test_http_spoken_to_the_tls_port_is_closed(serving: Serving) -> None:
    with connect(serving) as raw:
        raw.sendall(LAST)
        assert b"HTTP" not in everything(raw.recv)


def test_a_handshake_that_can_not_succeed_ends_with_an_alert(serving: Serving) -> None:
    context = trusting()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-CAMELLIA128-SHA256:CAMELLIA128-SHA")
    with connect(serving) as raw, pytest.raises(ssl.SSLError, match=r"(?i)alert handshake failure"):
        context.wrap_socket(raw)


def test_a_client_that_ends_the_handshake_with_an_alert_is_closed(serving: Serving) -> None:
    context = ssl.create_default_context()  # knows no authority of ours
    with connect(serving) as raw, pytest.raises(ssl.SSLCertVerificationError):
        context.wrap_socket(raw, server_hostname="provd.example")


def test_all_that_a_connection_took_is_given_back(serving: Serving) -> None:
    """After 2,000 connections, aborted wherever that can be."""
    stages = (_at_once, _amid_the_handshake, _amid_the_head, _amid_the_body, _after_the_answer)
    for stage in stages * 20:
        stage(serving)
    descriptors = _settled(serving)
    memory = _resident_kilobytes(serving)
    for stage in stages * 400:
        stage(serving)
    assert _settled(serving) <= descriptors
    assert _resident_kilobytes(serving) - memory < 3000


def _at_once(serving: Serving) -> None:
    connect(serving).close()


def _amid_the_handshake(serving: Serving) -> None:
    with connect(serving) as raw:
        outgoing = ssl.MemoryBIO()
        client = trusting().wrap_bio(ssl.MemoryBIO(), outgoing)
        with suppress(ssl.SSLWantReadError):
            client.do_handshake()
        raw.sendall(outgoing.read())
        raw.recv(1)


def _amid_the_head(serving: Serving) -> None:
    with connect(serving) as raw:
        over_tls(raw).sendall(b"GET /large.rom HTTP/1.1\r\nX: ")


def _amid_the_body(serving: Serving) -> None:
    with connect(serving) as raw:
        client = over_tls(raw)
        client.sendall(b"GET /large.rom HTTP/1.1\r\n\r\n")
        client.recv(1000)


def _after_the_answer(serving: Serving) -> None:
    with connect(serving, "http") as raw:
        raw.sendall(b"GET /none HTTP/1.0\r\n\r\n")
        everything(raw.recv)


def _settled(serving: Serving) -> int:
    """How many descriptors there are once their number falls no more."""
    folder = Path(f"/proc/{serving.process.pid}/fd")
    until = time.monotonic() + 5
    found = len(list(folder.iterdir()))
    while time.monotonic() < until:
        time.sleep(0.1)
        now = len(list(folder.iterdir()))
        if now >= found:
            break
        found = now
    return found


def _resident_kilobytes(serving: Serving) -> int:
    status = Path(f"/proc/{serving.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])
