"""Our own CA: real TLS clients accept what it issues, and it issues no more than is needed."""

from __future__ import annotations

import errno
import multiprocessing
import os
import re
import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from provd.crypto.authority import Authority, ServerCertificates
from provd.errors import ConfigurationError

NOW = datetime.now(UTC).replace(microsecond=0)
NAMES = ["provd.example", "127.0.0.1", "::1"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tls"


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def contents(files: ServerCertificates) -> list[bytes]:
    paths = (files.ecdsa, files.rsa, files.authority, files.rsa_authority)
    return [path.read_bytes() for path in paths]


def shake_hands(server_file: Path, authority: Path, host: str) -> str:
    """A verified TLS handshake; the cipher."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(server_file)
    client = ssl.create_default_context(cafile=authority)
    near, far = socket.socketpair()

    def serve() -> None:
        with server.wrap_socket(far, server_side=True) as connection:
            connection.recv(1)

    thread = threading.Thread(target=serve)
    thread.start()
    with client.wrap_socket(near, server_hostname=host) as connection:
        cipher = connection.cipher()
        connection.send(b"x")
    thread.join()
    assert cipher is not None
    return cipher[0]


@pytest.mark.parametrize("host", NAMES)
@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_a_tls_client_that_trusts_the_authority_accepts_the_server(
    folder: Path, kind: str, host: str
) -> None:
    files = Authority(folder).certificates(NAMES, NOW)
    authority = files.authority if kind == "ecdsa" else files.rsa_authority
    assert shake_hands(getattr(files, kind), authority, host)


def test_a_client_without_elliptic_curves_can_verify_the_whole_chain_of_the_rsa_certificate(
    folder: Path,
) -> None:
    files = Authority(folder).certificates(NAMES, NOW)
    chain = [certificate(path) for path in (files.rsa, files.rsa_authority)]
    assert {each.signature_algorithm_oid for each in chain} == {
        x509.SignatureAlgorithmOID.RSA_WITH_SHA256
    }
    assert all(isinstance(each.public_key(), rsa.RSAPublicKey) for each in chain)
    chain[0].verify_directly_issued_by(chain[1])


def test_an_older_installation_keeps_its_authority_and_gets_an_rsa_one(folder: Path) -> None:
    """It had an RSA certificate that the only authority, an ECDSA one, had signed."""
    files = Authority(folder).certificates(NAMES, NOW)
    before = files.authority.read_bytes(), files.ecdsa.read_bytes()
    for path in (files.rsa_authority, files.rsa_authority.with_suffix(".key")):
        path.unlink()
    files.rsa.write_bytes(files.ecdsa.read_bytes())
    Authority(folder).certificates(NAMES, NOW)
    assert (files.authority.read_bytes(), files.ecdsa.read_bytes()) == before
    assert shake_hands(files.rsa, files.rsa_authority, "provd.example")


def test_a_tls_client_refuses_another_name(folder: Path) -> None:
    files = Authority(folder).certificates(["provd.example"], NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        near_failure(files)


def near_failure(files: ServerCertificates) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files.ecdsa)
    client = ssl.create_default_context(cafile=files.authority)
    to_server, from_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    served = server.wrap_bio(from_client, to_server, server_side=True)
    asking = client.wrap_bio(to_server, from_client, server_hostname="other.example")
    for _ in range(4):
        for side in (asking, served):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue


def test_there_is_a_key_of_each_kind(folder: Path) -> None:
    files = Authority(folder).certificates(NAMES, NOW)
    elliptic, old = certificate(files.ecdsa).public_key(), certificate(files.rsa).public_key()
    assert isinstance(elliptic, ec.EllipticCurvePublicKey)
    assert isinstance(elliptic.curve, ec.SECP256R1)
    assert isinstance(old, rsa.RSAPublicKey)
    assert old.key_size == 2048


def test_the_names_are_those_that_were_asked_for(folder: Path) -> None:
    files = Authority(folder).certificates(["Provd.Example", "192.0.2.1", "bücher.example"], NOW)
    names = certificate(files.ecdsa).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert set(names.value.get_values_for_type(x509.DNSName)) == {
        "provd.example",
        "xn--bcher-kva.example",
    }
    assert names.value.get_values_for_type(x509.IPAddress) == [ip_address("192.0.2.1")]


def test_keys_are_private_and_the_authority_is_public(folder: Path) -> None:
    files = Authority(folder).certificates(NAMES, NOW)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.glob("[!.]*")}
    assert modes == {
        "ca.key": 0o600,
        "ca.pem": 0o644,
        "ca-rsa.key": 0o600,
        "ca-rsa.pem": 0o644,
        "server-ecdsa.pem": 0o600,
        "server-rsa.pem": 0o600,
    }
    assert b"PRIVATE" not in files.authority.read_bytes()


def test_the_authority_lasts_ten_years_and_signs_no_other_authority(folder: Path) -> None:
    made = certificate(Authority(folder).certificates(NAMES, NOW).authority)
    assert timedelta(days=3650) < made.not_valid_after_utc - NOW < timedelta(days=3660)
    constraints = made.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value == x509.BasicConstraints(ca=True, path_length=0)


def test_asking_again_changes_nothing(folder: Path) -> None:
    first = contents(Authority(folder).certificates(NAMES, NOW))
    later = NOW + timedelta(days=300)
    assert contents(Authority(folder).certificates(list(reversed(NAMES)), later)) == first


def test_a_certificate_with_less_than_thirty_days_left_is_renewed(folder: Path) -> None:
    first = contents(Authority(folder).certificates(NAMES, NOW))
    later = NOW + timedelta(days=397 - 29)
    renewed = Authority(folder).certificates(NAMES, later)
    assert certificate(renewed.ecdsa).not_valid_after_utc > later + timedelta(days=300)
    ecdsa, rsa_, *authorities = contents(renewed)
    assert ecdsa != first[0]
    assert rsa_ != first[1]
    assert authorities == first[2:]


def test_other_names_mean_another_certificate_of_the_same_authority(folder: Path) -> None:
    first = contents(Authority(folder).certificates(NAMES, NOW))
    changed = contents(Authority(folder).certificates([*NAMES, "192.0.2.7"], NOW))
    assert changed[0] != first[0]
    assert changed[2] == first[2]


def test_a_damaged_server_file_is_replaced(folder: Path) -> None:
    files = Authority(folder).certificates(NAMES, NOW)
    files.ecdsa.write_bytes(b"-----BEGIN CERTIFICATE-----\nhalf of one")
    Authority(folder).certificates(NAMES, NOW)
    assert shake_hands(files.ecdsa, files.authority, "provd.example")


def test_a_certificate_of_another_authority_is_replaced(folder: Path, tmp_path: Path) -> None:
    foreign = Authority(tmp_path / "foreign").certificates(NAMES, NOW)
    files = Authority(folder).certificates(NAMES, NOW)
    files.rsa.write_bytes(foreign.rsa.read_bytes())
    Authority(folder).certificates(NAMES, NOW)
    assert shake_hands(files.rsa, files.rsa_authority, "provd.example")


def test_an_authority_whose_key_is_lost_is_not_replaced_in_silence(folder: Path) -> None:
    files = Authority(folder).certificates(NAMES, NOW)
    (folder / "ca.key").write_bytes(files.ecdsa.read_bytes())
    before = files.authority.read_bytes()
    with pytest.raises(ConfigurationError, match="does not belong"):
        Authority(folder).certificates(NAMES, NOW)
    assert files.authority.read_bytes() == before


@pytest.mark.parametrize("name", ["ca.key", "ca-rsa.key"])
def test_a_missing_or_damaged_authority_key_is_named(folder: Path, name: str) -> None:
    Authority(folder).certificates(NAMES, NOW)
    (folder / name).write_bytes(b"nothing")
    with pytest.raises(ConfigurationError, match=re.escape(name)):
        Authority(folder).certificates(NAMES, NOW)
    (folder / name).unlink()
    with pytest.raises(ConfigurationError, match=re.escape(name)):
        Authority(folder).certificates(NAMES, NOW)


def test_a_server_certificate_never_outlives_its_authority(folder: Path) -> None:
    authority = certificate(Authority(folder).certificates(NAMES, NOW).authority)
    late = authority.not_valid_after_utc - timedelta(days=100)
    files = Authority(folder).certificates(NAMES, late)
    assert certificate(files.ecdsa).not_valid_after_utc == authority.not_valid_after_utc


def test_an_expired_authority_is_told_with_the_remedy(folder: Path) -> None:
    Authority(folder).certificates(NAMES, NOW)
    with pytest.raises(ConfigurationError, match=r"expired on .* Remove ca\.pem"):
        Authority(folder).certificates(NAMES, NOW + timedelta(days=3700))


@pytest.mark.parametrize("names", [[], [""], ["a" * 64 + ".example"]])
def test_what_is_no_name_is_refused(folder: Path, names: list[str]) -> None:
    with pytest.raises(ConfigurationError):
        Authority(folder).certificates(names, NOW)


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError, match="can't be kept"):
        Authority(tmp_path / "file").certificates(NAMES, NOW)


def test_on_a_disk_that_takes_nothing_what_is_there_must_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Authority(folder).certificates(NAMES, NOW)

    def refuse(*_: object) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "open", refuse)
    assert Authority(folder).certificates(["other.example"], NOW) == made
    made.rsa.unlink()
    with pytest.raises(ConfigurationError, match="Read-only"):
        Authority(folder).certificates(NAMES, NOW)


def ask(folder: Path) -> None:
    Authority(folder).certificates(["provd.example"], NOW)


def test_processes_that_start_together_make_one_authority(folder: Path) -> None:
    start = multiprocessing.get_context("fork").Process
    processes = [start(target=ask, args=(folder,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    files = Authority(folder).certificates(["provd.example"], NOW)
    assert shake_hands(files.ecdsa, files.authority, "provd.example")
