"""SIGHUP: what can change while phones are served does, all of it or nothing."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.daemon.asking import STRANGER, body, connected, http, status, up_to_the_last_byte
from tests.daemon.clients import curl
from tests.daemon.processes import CLONE
from tests.daemon.running import Daemon
from tests.daemon.waiting import until
from tests.servers.certificates import ec_key, signed, write

FILE = "805ec0000001.cfg"
CONFIGURATION = "networks: {bench: [127.0.0.2/32]}\nplugins: plugins\nprofiles: profiles\n"


class Reloaded:
    """A daemon with plugins and profiles of its own, and what it says to each SIGHUP."""

    def __init__(self, data: Path) -> None:
        self.data = data
        for folder in ("plugins", "profiles"):
            shutil.copytree(CLONE / folder, data / folder)
        self.configuration = data / "provd.yaml"
        self.configuration.write_text(CONFIGURATION)
        self.profile = data / "profiles" / "default.yaml"
        self.daemon = Daemon(data)
        self.addresses = self.daemon.ready()

    def reload(self) -> str:
        """The line that tells how it went."""
        before = len(self._said())
        self.daemon.process.send(signal.SIGHUP)
        return until(lambda: self._said()[before:], "it tells how the reload went")[0]

    def file(self) -> str:
        return curl(self.addresses.url("http", FILE)).content.decode()

    def set_expiry(self, seconds: int) -> None:
        text = self.profile.read_text()
        old = next(line for line in text.splitlines() if line.strip().startswith("expires:"))
        self.profile.write_text(text.replace(old, f"    expires: {seconds}"))

    def _said(self) -> list[str]:
        lines = self.daemon.process.errors().splitlines(keepends=True)
        return [line for line in lines if re.search(r'[ "]reload', line) and line.endswith("\n")]


@pytest.fixture(scope="module")
def running(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reloaded]:
    running = Reloaded(Path(shutil.copytree(template, tmp_path_factory.mktemp("reload") / "data")))
    yield running
    running.daemon.kill()


@pytest.fixture(autouse=True)
def _as_before(running: Reloaded) -> Iterator[None]:
    """The next test finds sound files, in service."""
    yield
    running.configuration.write_text(CONFIGURATION)
    shutil.copytree(CLONE / "profiles", running.data / "profiles", dirs_exist_ok=True)
    shutil.copytree(CLONE / "plugins", running.data / "plugins", dirs_exist_ok=True)
    (running.data / "trust" / "bad.pem").unlink(missing_ok=True)
    assert "reloaded" in running.reload()


class Transfer:
    """A TFTP client that takes its time (RFC 1350)."""

    def __init__(self, port: int) -> None:
        self._server = ("127.0.0.1", port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.sendto(b"\0\1" + FILE.encode() + b"\0octet\0", self._server)
        self.content = b""
        self._block = 0

    def next(self, within: float = 10) -> bool:
        """Takes a block and acknowledges it; False after the last. Raises TimeoutError."""
        self._socket.settimeout(within)
        while True:
            packet, peer = self._socket.recvfrom(1024)
            kind, block = struct.unpack("!HH", packet[:4])
            assert kind == 3, packet
            self._socket.sendto(struct.pack("!HH", 4, block), peer)
            if block == self._block + 1:
                break
        self._block = block
        self.content += packet[4:]
        return len(packet) == 516

    def close(self) -> None:
        self._socket.close()


def test_a_good_change_reaches_the_next_phone_and_loses_no_running_transfer(
    running: Reloaded,
) -> None:
    before = running.file()
    assert "expires = 600" in before
    with (
        connected(running.addresses, "https", "127.0.0.1") as kept,
        closing(Transfer(running.addresses.tftp_port)) as transfer,
    ):
        assert up_to_the_last_byte(kept, FILE).decode() == before
        assert transfer.next()
        running.set_expiry(1234)
        assert "reloaded" in running.reload()
        assert running.file() == before.replace("expires = 600", "expires = 1234")
        assert up_to_the_last_byte(kept, FILE).decode() == running.file()
        while transfer.next():
            pass
        assert transfer.content.decode() == before


def damaged_plugin(running: Reloaded) -> str:
    path = running.data / "plugins" / "grandstream" / "plugin.yaml"
    path.write_text(path.read_text() + "\nno_such_key: 1\n")
    return f"grandstream/plugin.yaml line {len(path.read_text().splitlines())}"


def damaged_template(running: Reloaded) -> str:
    path = running.data / "plugins" / "polycom" / "templates" / "settings.cfg.j2"
    path.write_text("{% if %}\n")
    return "settings.cfg.j2"


def damaged_profile(running: Reloaded) -> str:
    (running.data / "profiles" / "de.yaml").write_text(
        "title: Germany\nsettings:\n  sip:\n    a: 1\n"
    )
    return "profiles/de.yaml line 4"


def damaged_configuration(running: Reloaded) -> str:
    running.configuration.write_text(CONFIGURATION + "log:\n  level: loud\n")
    return f"{running.configuration} line 5"


def damaged_trust(running: Reloaded) -> str:
    (running.data / "trust" / "bad.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    return "trust/bad.pem"


@pytest.mark.parametrize(
    "damage",
    [damaged_plugin, damaged_template, damaged_profile, damaged_configuration, damaged_trust],
)
def test_what_is_wrong_is_named_and_nothing_of_it_comes_into_service(
    damage: Callable[[Reloaded], str], running: Reloaded
) -> None:
    before = running.file()
    running.set_expiry(999)
    running.configuration.write_text(CONFIGURATION.replace("127.0.0.2", "127.0.0.9"))
    where = damage(running)
    said = running.reload()
    assert "reload_refused" in said
    assert where in said
    assert running.file() == before
    assert status(http(running.addresses, FILE, STRANGER)) == 404
    assert "Traceback" not in running.daemon.process.errors()


def test_a_damaged_authority_is_named_and_the_old_certificate_stays(running: Reloaded) -> None:
    path = running.data / "tls" / "ca.pem"
    sound = path.read_bytes()
    served = ssl.get_server_certificate(("127.0.0.1", running.addresses.https_port))
    path.write_text("nonsense")
    try:
        said = running.reload()
        assert "reload_refused" in said
        assert str(path) in said
        port = running.addresses.https_port
        assert ssl.get_server_certificate(("127.0.0.1", port)) == served
    finally:
        path.write_bytes(sound)


def test_a_name_more_comes_into_the_certificate_of_new_connections(running: Reloaded) -> None:
    running.configuration.write_text(CONFIGURATION + "tls: {names: [phones.example.net]}\n")
    context = ssl.create_default_context(cafile=str(running.addresses.ca_file))
    for port in (running.addresses.https_port, running.addresses.portal_port):

        def named(port: int = port) -> bool:
            with socket.create_connection(("127.0.0.1", port), 10) as plain:
                try:
                    context.wrap_socket(plain, server_hostname="phones.example.net").close()
                except ssl.SSLCertVerificationError:
                    return False
                return True

        if port == running.addresses.https_port:
            assert not named()
            assert "reloaded" in running.reload()
        assert named()


def shown(port: int, authority: Path, name: str, ciphers: str = "") -> str:
    """The host name in the first place of the certificate that a client is shown who trusts this
    authority alone, and asks for that host; empty where he does not trust it."""
    context = ssl.create_default_context(cafile=str(authority))
    if ciphers:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=name) as client:
                certificate = client.getpeercert() or {}
        except ssl.SSLCertVerificationError:
            return ""
    names: Any = certificate["subjectAltName"]
    return str(names[0][1])


def test_a_host_is_shown_the_certificate_that_names_it_from_a_reload_on(running: Reloaded) -> None:
    authority = signed("Public authority", ec_key())
    issued = running.data / "authority"
    issued.mkdir()
    write(issued, "public", authority)
    folder = running.data / "certificates"
    assert folder.is_dir(), "made for the operator to find"
    write(folder, "brand", signed("brand", ec_key(), authority, "phones.brand.example"))
    large = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    write(folder, "brand-rsa", signed("brand", large, authority, "phones.brand.example"))
    write(folder, "star", signed("star", ec_key(), authority, "*.other.example"))
    ours, public = running.addresses.ca_file, issued / "public.pem"
    ports = (running.addresses.https_port, running.addresses.portal_port)
    for port in ports:
        assert shown(port, public, "phones.brand.example") == ""
    assert "reloaded" in running.reload()
    for port in ports:
        assert shown(port, public, "phones.brand.example") == "phones.brand.example"
        old = "ECDHE-RSA-AES128-GCM-SHA256"
        assert shown(port, public, "phones.brand.example", old) == "phones.brand.example"
        assert shown(port, public, "a.other.example") == "*.other.example"
        assert shown(port, public, "localhost") == ""
        assert shown(port, ours, "localhost") == "localhost"
    write(folder, "brand", (signed("brand", ec_key(), authority, "b.example")[0], ec_key()))
    said = running.reload()
    assert "reload_refused" in said
    assert str(folder / "brand.pem") in said
    assert shown(ports[0], public, "phones.brand.example") == "phones.brand.example"
    shutil.rmtree(folder)


def test_phones_that_ask_for_no_name_are_shown_the_certificate_of_the_public_url(
    running: Reloaded,
) -> None:
    authority = signed("Public authority", ec_key())
    folder = running.data / "elsewhere"
    live = folder / "phones.example.net"
    live.mkdir(parents=True)
    large = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    made = signed("phones", large, authority, "phones.example.net")
    write(live, "x", made)
    (live / "x.pem").rename(live / "fullchain.pem")
    (live / "x.key").rename(live / "privkey.pem")
    running.configuration.write_text(
        CONFIGURATION
        + f"tls: {{certificates: {folder}}}\nlisten: {{public_url: 'https://phones.example.net'}}\n"
    )
    assert "reloaded" in running.reload()
    address = ("127.0.0.1", running.addresses.https_port)
    assert ssl.get_server_certificate(address) == made[0].public_bytes(Encoding.PEM).decode()

    small = signed("phones", ec_key(), authority, "phones.example.net")
    write(folder, "small", small)
    shutil.rmtree(live)
    assert "reloaded" in running.reload()
    assert ssl.get_server_certificate(address) == small[0].public_bytes(Encoding.PEM).decode()
    ours = running.data / "tls" / "ca-rsa.pem"
    assert shown(address[1], ours, "localhost", "ECDHE-RSA-AES128-GCM-SHA256") == "localhost"
    shutil.rmtree(folder)


def test_the_bench_can_move(running: Reloaded) -> None:
    running.configuration.write_text(CONFIGURATION.replace("127.0.0.2", "127.0.0.9"))
    assert status(http(running.addresses, FILE, STRANGER)) == 404
    assert "reloaded" in running.reload()
    assert body(http(running.addresses, FILE, STRANGER)).decode() == running.file()


def test_the_log_can_become_another(running: Reloaded) -> None:
    running.configuration.write_text(CONFIGURATION + "log: {level: debug, format: json}\n")
    assert '"event": "reloaded"' in running.reload()


def test_what_needs_a_restart_is_named_and_the_rest_done(running: Reloaded) -> None:
    running.configuration.write_text(CONFIGURATION + "portal: {idle_minutes: 7}\n")
    running.set_expiry(777)
    assert "after_restart=portal.idle_minutes" in running.reload()
    assert "expires = 777" in running.file()


def test_bounds_and_networks_can_change(running: Reloaded) -> None:
    bounds = "limits: {connections_per_address: 1}\n"
    networks = CONFIGURATION.replace("{bench", "{tftp: [192.0.2.0/24], bench")
    with connected(running.addresses, "http", "127.0.0.1") as first:
        assert up_to_the_last_byte(first, FILE)
        running.configuration.write_text(networks + bounds)
        assert running.reload().endswith("reloaded\n")
        assert up_to_the_last_byte(first, FILE)
        assert status(http(running.addresses, FILE)) == 503
    with closing(Transfer(running.addresses.tftp_port)) as transfer:
        with pytest.raises(TimeoutError):
            transfer.next(0.3)
        running.configuration.write_text(CONFIGURATION)
        assert "reloaded" in running.reload()
    with closing(Transfer(running.addresses.tftp_port)) as transfer:
        assert transfer.next()


def test_a_sweep_stays_silenced(running: Reloaded) -> None:
    source = "127.0.7.1"
    for number in range(20):
        http(running.addresses, f"805ec0fa{number:04x}.cfg", source)
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            http(running.addresses, FILE, source)
        assert "reloaded" in running.reload()
