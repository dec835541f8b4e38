"""Old TLS and weak certificates: accepted on their own listener, never on the main one. Real
clients that were told to be as old as they can."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest

from tests.servers.conftest import Serving, program, run

OLD = ("-cipher", "ALL:@SECLEVEL=0")
_numbers = itertools.count()


@pytest.fixture
def host() -> str:
    """By which a test's delivery is told from those of others."""
    return f"legacy{next(_numbers)}.example"


def s_client(serving: Serving, listener: str, host: str, *arguments: str) -> str:
    request = f"GET /small.cfg HTTP/1.0\r\nHost: {host}\r\n\r\n".encode()
    done = subprocess.run(
        [program("openssl"), "s_client", "-connect", f"127.0.0.1:{serving.ports[listener]}",
         "-ign_eof", *arguments],
        input=request, capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def shown(certificates: Path, name: str) -> tuple[str, ...]:
    return ("-cert", str(certificates / f"{name}.pem"), "-key", str(certificates / f"{name}.key"))


def curl(
    serving: Serving, certificates: Path, listener: str, host: str, *arguments: str
) -> subprocess.CompletedProcess[bytes]:
    port = serving.ports[listener]
    return run("curl", "-sS", "--cacert", str(certificates / "authority.pem"),
               "--resolve", f"provd.example:{port}:127.0.0.1", "-H", f"Host: {host}", *arguments,
               f"https://provd.example:{port}/small.cfg")  # fmt: skip


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3"])
def test_curl_of_any_age_gets_its_file_from_the_legacy_listener(
    version: str, serving: Serving, host: str, files: Path, certificates: Path
) -> None:
    old = ("--ciphers", "DEFAULT@SECLEVEL=0", f"--tlsv{version}", "--tls-max", version)
    done = curl(serving, certificates, "legacy", host, *old)
    assert done.stdout == (files / "small.cfg").read_bytes(), done.stderr
    assert serving.delivery(host=host, whole=True)["transport"] == "https"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_main_listener_refuses_the_same_curl(
    version: str, serving: Serving, host: str, certificates: Path
) -> None:
    old = ("--ciphers", "DEFAULT@SECLEVEL=0", f"--tlsv{version}", "--tls-max", version)
    done = curl(serving, certificates, "https", host, *old)
    assert done.returncode == 35, done.stderr
    assert done.stdout == b""


def test_a_cipher_without_forward_secrecy_from_before_elliptic_curves_will_do(
    serving: Serving,
    host: str,
) -> None:
    told = s_client(serving, "legacy", host, "-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0")
    assert "Cipher is AES128-SHA" in told
    serving.delivery(host=host, whole=True)


def test_the_legacy_listener_shows_an_rsa_certificate_even_to_those_who_know_better(
    serving: Serving,
    host: str,
) -> None:
    assert "a:PKEY: rsaEncryption" in s_client(serving, "legacy", host, "-tls1_2")
    serving.delivery(host=host, whole=True)


@pytest.mark.parametrize("version", ["-tls1", "-tls1_2"])
@pytest.mark.parametrize("name", ["old", "weak", "phone"])
def test_a_weak_certificate_counts_on_the_legacy_listener(
    version: str, name: str, serving: Serving, host: str, certificates: Path
) -> None:
    told = s_client(serving, "legacy", host, version, *OLD, *shown(certificates, name))
    assert "200 OK" in told
    assert serving.delivery(host=host, whole=True)["subject"] is not None


@pytest.mark.parametrize("name", ["old", "weak"])
def test_it_counts_for_nothing_on_the_main_one_even_where_its_authority_is_trusted_there(
    name: str, serving: Serving, host: str, certificates: Path
) -> None:
    told = s_client(serving, "https", host, "-tls1_2", *OLD, *shown(certificates, name))
    assert "200 OK" in told
    assert serving.delivery(host=host, whole=True)["subject"] is None


def test_a_legacy_authority_is_not_named_on_the_main_listener(serving: Serving, host: str) -> None:
    assert "CN = old authority" in s_client(serving, "legacy", host, "-tls1_2")
    serving.delivery(host=host, whole=True)
    assert "CN = old authority" not in s_client(serving, "https", host, "-tls1_2")
    serving.delivery(host=host, whole=True)


def test_a_session_begun_on_the_legacy_listener_is_none_on_the_main_one(
    serving: Serving, host: str, certificates: Path, tmp_path: Path
) -> None:
    own = shown(certificates, "old")
    session = str(tmp_path / "session")
    s_client(serving, "legacy", host, "-tls1_2", *OLD, *own, "-sess_out", session)
    assert serving.delivery(host=host, whole=True)["subject"] is not None
    told = s_client(serving, "https", host, "-tls1_2", *OLD, *own, "-sess_in", session)
    assert "Reused" not in told
    assert serving.delivery(host=host, whole=True)["transport"] == "https"
