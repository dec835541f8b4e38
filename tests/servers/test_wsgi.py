from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.servers.conftest import Serving, run


def curl(*arguments: str) -> bytes:
    done = run("curl", "-sS", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_application_is_hosted(serving: Serving) -> None:
    told = json.loads(curl("-d", "a=b", f"http://127.0.0.1:{serving.ports['wsgi']}/x/y?z=1"))
    assert told == {"path": "/x/y", "query": "z=1", "scheme": "http", "body": 3}


def test_the_server_does_not_tell_what_it_is_made_of(serving: Serving) -> None:
    head = curl("-I", f"http://127.0.0.1:{serving.ports['wsgi']}/").decode().lower()
    assert "server: provd\r\n" in head
    assert "set-cookie: a=b\r\n" in head


def test_it_is_hosted_over_tls_with_the_same_certificates(
    serving: Serving, certificates: Path
) -> None:
    port = serving.ports["wsgi_tls"]
    authority = ("--cacert", str(certificates / "authority.pem"))
    resolve = ("--resolve", f"provd.example:{port}:127.0.0.1")
    told = json.loads(curl(*authority, *resolve, f"https://provd.example:{port}/"))
    assert told["scheme"] == "https"


@pytest.mark.parametrize("encoding", ["Content-Length: 3000001", "Transfer-Encoding: chunked"])
def test_a_body_beyond_the_bound_ends_its_connection(
    encoding: str, serving: Serving, files: Path
) -> None:
    url = f"https://127.0.0.1:{serving.ports['wsgi_tls']}/"
    done = run("curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "-H", encoding,
               "-H", "Expect:", "-T", str(files / "large.rom"), url)  # fmt: skip
    assert done.stdout in (b"413", b"000")
    assert b"200" not in done.stdout
