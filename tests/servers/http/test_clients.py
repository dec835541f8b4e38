"""curl and bare sockets over loopback."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

import pytest

from tests.servers.conftest import SIZES, Serving, run


def curl(*arguments: str) -> bytes:
    done = run("curl", "-sS", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def url(serving: Serving, path: str, server: str = "http") -> str:
    return f"http://127.0.0.1:{serving.ports[server]}/{path}"


@pytest.mark.parametrize("version", ["--http1.0", "--http1.1", "--http2"])
@pytest.mark.parametrize("name", SIZES)
def test_curl_gets_every_file_intact(
    version: str, name: str, serving: Serving, files: Path, tmp_path: Path
) -> None:
    curl(version, "-o", str(tmp_path / "out"), url(serving, name))
    assert (tmp_path / "out").read_bytes() == (files / name).read_bytes()
    told = serving.delivery(path=name, transport="http", whole=True)
    assert told["bytes"] == SIZES[name]
    assert told["agent"].startswith("curl/")
    assert told["host"] == "127.0.0.1"


def test_several_urls_go_over_one_connection(serving: Serving) -> None:
    code = "%{num_connects} %{http_code}\n"
    urls = [url(serving, name) for name in ("small.cfg", "none.cfg", "late/small.cfg", "large.rom")]
    outputs = [argument for _ in urls for argument in ("-o", "/dev/null")]
    assert curl("-w", code, *outputs, *urls) == b"1 200\n0 404\n0 200\n0 200\n"


def test_a_head_tells_size_and_validators(serving: Serving) -> None:
    head = curl("-I", url(serving, "phone.cfg")).decode()
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert "Content-Length: 4096\r\n" in head
    assert "ETag: " in head
    serving.delivery(path="phone.cfg", whole=False, status="200", bytes=0)


def test_a_range_is_that_part(serving: Serving, files: Path) -> None:
    content = (files / "large.rom").read_bytes()
    assert curl("-r", "1000000-2999999", url(serving, "large.rom")) == content[1000000:3000000]
    serving.delivery(path="large.rom", status="206", whole=False, bytes=2_000_000)
    assert curl("-r", "-5", url(serving, "phone.cfg")) == (files / "phone.cfg").read_bytes()[-5:]


def test_a_download_can_be_resumed(serving: Serving, files: Path, tmp_path: Path) -> None:
    content = (files / "large.rom").read_bytes()
    (tmp_path / "out").write_bytes(content[:1234567])
    curl("-C", "-", "-o", str(tmp_path / "out"), url(serving, "large.rom"))
    assert (tmp_path / "out").read_bytes() == content


def test_what_the_client_has_is_not_sent_again(serving: Serving, tmp_path: Path) -> None:
    etag, out, code = str(tmp_path / "etag"), str(tmp_path / "out"), "%{http_code}"
    tagged = ("-o", out, "-w", code, "--etag-save", etag, "--etag-compare", etag)
    Path(etag).touch()
    assert curl(*tagged, url(serving, "phone.cfg")) == b"200"
    assert curl(*tagged, url(serving, "phone.cfg")) == b"304"
    dated = ("-o", out, "-w", code, "-z")
    assert curl(*dated, "Sun, 01 Mar 2026 12:00:00 GMT", url(serving, "phone.cfg")) == b"304"
    assert curl(*dated, "Sun, 01 Mar 2026 11:00:00 GMT", url(serving, "phone.cfg")) == b"200"


def test_an_upload_is_refused_large_or_small(serving: Serving, files: Path) -> None:
    for name, status in (("phone.cfg", b"405"), ("large.rom", b"413")):
        for expect in ("Expect:", "Expect: 100-continue"):
            told = run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", expect,
                       "-T", str(files / name), url(serving, name))  # fmt: skip
            assert told.stdout == status, (name, expect)


def test_an_encoded_name_is_decoded_and_climbing_is_no_such_file(serving: Serving) -> None:
    assert curl(url(serving, "nested/%C3%BC%20b.cfg?token=x")) == b"umlaut"
    answers = {
        curl("--path-as-is", url(serving, path))
        for path in ("none", "forbidden/secret.cfg", "../../etc/passwd", "%2e%2e/x", "a%00b")
    }
    assert answers == {b"404 Not Found\n"}


def test_both_families_are_served(serving: Serving, files: Path) -> None:
    for host, address in (("[::1]", "::1"), ("127.0.0.1", "127.0.0.1")):
        port = serving.ports["any_http"]
        assert curl("-g", f"http://{host}:{port}/small.cfg") == (files / "small.cfg").read_bytes()
        serving.delivery(path="small.cfg", address=address, whole=True)


def exchange(port: int, octets: bytes) -> bytes:
    """Send, and read until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(octets)
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_an_http_1_0_request_without_host_is_served_and_closed(serving: Serving) -> None:
    response = exchange(serving.ports["http"], b"GET /empty HTTP/1.0\r\n\r\n")
    assert response.startswith(b"HTTP/1.1 200 OK\r\n")


def test_nonsense_is_told_400_and_closed(serving: Serving) -> None:
    assert exchange(serving.ports["http"], b"\x16\x03\x01\0\0\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    head = b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000
    assert exchange(serving.ports["http"], head).startswith(b"HTTP/1.1 431 ")


def test_silent_and_dribbling_clients_are_closed(serving: Serving) -> None:
    assert exchange(serving.ports["short"], b"") == b""
    with socket.create_connection(("127.0.0.1", serving.ports["short_tls"]), timeout=10) as silent:
        ended = suppress(ConnectionResetError)
        with ended:
            assert silent.recv(1000).count(b"HTTP") == 0
    assert exchange(serving.ports["short"], b"GET /").startswith(b"HTTP/1.1 408 ")


def test_too_many_connections_of_one_address_are_told_to_come_back(serving: Serving) -> None:
    address = ("127.0.0.1", serving.ports["few"])
    with socket.create_connection(address) as one, socket.create_connection(address) as two:
        for running in (one, two):
            running.sendall(b"GET /small.cfg HTTP/1.1\r\n\r\n")
            assert running.recv(4096).startswith(b"HTTP/1.1 200 ")
        refused = exchange(address[1], b"GET /small.cfg HTTP/1.1\r\n\r\n")
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: " in refused
        one.sendall(b"GET /small.cfg HTTP/1.1\r\n\r\n")
        assert one.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_goes_away_did_not_get_it_whole(serving: Serving) -> None:
    address = ("127.0.0.1", serving.ports["http"])
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(address)
        client.sendall(b"GET /large.rom HTTP/1.1\r\n\r\n")
        client.recv(100)
    serving.delivery(path="large.rom", status="aborted", whole=False)
