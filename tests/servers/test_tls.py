"""curl and openssl s_client against the one context for all phones."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from provd.errors import ConfigurationError
from provd.servers.tls import CertificateFiles, TlsContexts, TlsFiles
from tests.servers.certificates import ec_key, signed, write
from tests.servers.conftest import SIZES, Serving, program, run


def s_client(serving: Serving, *arguments: str, request: bytes = b"") -> str:
    done = subprocess.run(
        [program("openssl"), "s_client", "-connect", f"127.0.0.1:{serving.ports['https']}",
         *arguments],
        input=request, capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def curl(serving: Serving, certificates: Path, path: str, *arguments: str) -> bytes:
    port = serving.ports["https"]
    done = run("curl", "-sS", "--cacert", str(certificates / "authority.pem"),
               "--resolve", f"provd.example:{port}:127.0.0.1",
               *arguments, f"https://provd.example:{port}/{path}")  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("name", ["empty", "phone.cfg", "large.rom"])
def test_curl_gets_a_file_intact_and_verifies_the_server(
    version: str, name: str, serving: Serving, files: Path, certificates: Path
) -> None:
    got = curl(serving, certificates, name, f"--tlsv{version}", "--tls-max", version)
    assert got == (files / name).read_bytes()
    told = serving.delivery(path=name, transport="https", whole=True)
    assert (told["bytes"], told["subject"]) == (SIZES[name], None)
    assert told["host"] == "provd.example"


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
def test_older_versions_are_refused(version: str, serving: Serving) -> None:
    told = s_client(serving, version, "-cipher", "ALL:@SECLEVEL=0")
    assert "Cipher is (NONE)" in told


def test_both_kinds_of_certificate_are_served(serving: Serving) -> None:
    for kind, cipher in (("id-ecPublicKey", "ECDHE-ECDSA-AES128-GCM-SHA256"),
                         ("rsaEncryption", "ECDHE-RSA-AES128-GCM-SHA256")):  # fmt: skip
        told = s_client(serving, "-tls1_2", "-cipher", cipher)
        assert f"a:PKEY: {kind}" in told


def test_the_server_prefers_the_cheap_certificate(serving: Serving) -> None:
    preferred = s_client(serving, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256:"
                         "ECDHE-ECDSA-AES256-GCM-SHA384")  # fmt: skip
    assert "Cipher is ECDHE-ECDSA-AES256-GCM-SHA384" in preferred


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_session_is_resumed(version: str, serving: Serving, tmp_path: Path) -> None:
    session = str(tmp_path / "session")
    request = b"GET /blocks.cfg HTTP/1.0\r\n\r\n"
    first = s_client(serving, version, "-ign_eof", "-sess_out", session, request=request)
    assert "New, TLSv1" in first
    assert "Reused, TLSv1" in s_client(
        serving, version, "-ign_eof", "-sess_in", session, request=request
    )


def test_a_host_of_its_own_has_its_own_certificate(serving: Serving) -> None:
    assert "CN = brand" in s_client(serving, "-servername", "brand.example")
    assert "CN = ec" in s_client(serving, "-servername", "elsewhere.example")
    assert "CN = ec" in s_client(serving, "-noservername")


def test_the_phones_authorities_are_named_to_the_phones(serving: Serving) -> None:
    told = s_client(serving)
    assert re.search(r"Acceptable client certificate CA names\n.*CN = Phone authority", told)


def test_a_verified_client_certificate_reaches_the_backend(
    serving: Serving, certificates: Path
) -> None:
    phone = ("--cert", str(certificates / "phone.pem"), "--key", str(certificates / "phone.key"))
    curl(serving, certificates, "small.cfg", *phone)
    told = serving.delivery(path="small.cfg", transport="https", whole=True)
    assert told["subject"] == [["O", "Example"], ["CN", "001122AABBCC"]]


def test_a_certificate_of_an_unknown_authority_comes_in_and_counts_as_none(
    serving: Serving, certificates: Path
) -> None:
    stranger = ("--cert", str(certificates / "stranger.pem"),
                "--key", str(certificates / "stranger.key"))  # fmt: skip
    curl(serving, certificates, "small.cfg", *stranger)
    assert serving.delivery(path="small.cfg", transport="https", whole=True)["subject"] is None


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize(("name", "counts"), [("phone", True), ("stranger", False)])
def test_a_resumed_session_keeps_its_verdict(
    version: str, name: str, counts: bool, serving: Serving, certificates: Path, tmp_path: Path
) -> None:
    session = str(tmp_path / "session")
    own = ("-cert", str(certificates / f"{name}.pem"), "-key", str(certificates / f"{name}.key"))
    for direction, state in (("-sess_out", "New, "), ("-sess_in", "Reused, ")):
        told = s_client(serving, version, *own, "-ign_eof", direction, session,
                        request=f"GET /small.cfg?{name} HTTP/1.0\r\n\r\n".encode())  # fmt: skip
        assert state in told
        delivery = serving.delivery(path="small.cfg", transport="https", whole=True)
        assert bool(delivery["subject"]) is counts


def test_several_urls_go_over_one_connection(serving: Serving, certificates: Path) -> None:
    port = serving.ports["https"]
    urls = [f"https://provd.example:{port}/{name}" for name in ("phone.cfg", "late/small.cfg")]
    told = curl(serving, certificates, "none", "-w", "%{num_connects} %{http_code}\n",
                *(each for name in urls for each in ("-o", "/dev/null", name)),
                "-o", "/dev/null")  # fmt: skip
    assert told == b"1 200\n0 200\n0 404\n"


def test_a_reload_takes_the_new_certificate_and_a_failed_one_keeps_the_old(tmp_path: Path) -> None:
    write(tmp_path, "server", signed("first", ec_key()))
    files = CertificateFiles(tmp_path / "server.pem", tmp_path / "server.key")
    contexts = TlsContexts(TlsFiles((files,)))
    assert served_name(contexts) == "first"
    write(tmp_path, "server", signed("second", ec_key()))
    assert served_name(contexts) == "first"
    contexts.reload()
    assert served_name(contexts) == "second"
    (tmp_path / "server.pem").write_text("nothing")
    with pytest.raises(ConfigurationError, match=r"server\.pem.*server\.key"):
        contexts.reload()
    assert served_name(contexts) == "second"


def served_name(contexts: TlsContexts) -> str:
    connection = contexts.serverConnectionForTLS(object())
    certificate = connection.get_certificate(as_cryptography=True)
    assert isinstance(certificate, x509.Certificate)
    (name,) = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(name.value)


def test_a_broken_authority_file_is_named(tmp_path: Path) -> None:
    write(tmp_path, "server", signed("first", ec_key()))
    files = CertificateFiles(tmp_path / "server.pem", tmp_path / "server.key")
    (tmp_path / "trust").mkdir()
    (tmp_path / "trust" / "phones.pem").write_text("nothing")
    with pytest.raises(ConfigurationError, match=r"phones\.pem"):
        TlsContexts(TlsFiles((files,), trust_folders=(tmp_path / "trust",)))
    with pytest.raises(ConfigurationError, match="missing"):
        TlsContexts(TlsFiles((files,), trust_folders=(tmp_path / "missing",)))
