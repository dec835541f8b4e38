"""On a LAN of two machines: a real DHCP server that was given what `provd dhcp` prints, a real DHCP
client that learns from it where its files are, a phone that asks by SIP multicast instead, and the
daemon that has the files."""

from __future__ import annotations

import functools
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import pytest

from provd.addresses import reach
from provd.app import Provd
from provd.cli.dhcp import _classes_of
from provd.devices.account import Role, Scope
from provd.devices.mac import Mac
from provd.dhcp import WRITERS
from provd.operations import Actor
from tests.daemon.books import Books
from tests.daemon.processes import CLONE, TWISTD, Forked, environment
from tests.daemon.running import Addresses
from tests.daemon.segment import (
    ENTER,
    NETWORK,
    RANGE,
    SERVER,
    Segment,
    segment,
    twistd_in_namespace,
)
from tests.daemon.town import TestPhone, parts_of, phone, register
from tests.daemon.waiting import PATIENCE, until

PORTS = {"TFTP": "69", "HTTP": "80", "HTTPS": "6902", "PORTAL": "6903"}
SITE = "Front desk"
BY_HTTPS, BY_TFTP = phone("yealink", 2000), phone("polycom", 2001)
ASKED = ("43", "66", "150", "160")
DNSMASQ = f"""port=0
interface=eth0
bind-interfaces
dhcp-authoritative
no-ping
dhcp-range={RANGE}
user=root
"""


@dataclass(frozen=True, slots=True)
class Lan:
    """A segment on which the daemon serves and dnsmasq gives addresses."""

    segment: Segment
    data: Path
    ca_file: Path
    heard: Path
    """What dnsmasq has told its script: lines of a MAC and its vendor class."""

    def lease(self, one: TestPhone, folder: Path, *told: str) -> dict[str, str]:
        """What udhcpc tells its script, by name: tftp (option 66), opt160 in hexadecimal ..."""
        script = folder / "udhcpc.sh"
        script.write_text(
            f'#!/bin/sh\n[ "$1" = bound ] || exit 0\nenv > {folder}/lease\n'
            "ip address flush dev eth0\nip address add $ip/24 dev eth0\n"
        )
        script.chmod(0o755)
        self.segment.phone.run("ip", "link", "set", "eth0", "address", one.mac)
        wanted = [word for code in ASKED for word in ("-O", code)]
        done = self.segment.phone.run(
            "busybox", "udhcpc", "-f", "-n", "-q", "-t", "9", "-T", "1", "-i", "eth0",
            *told, *wanted, "-s", script,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        lines = (folder / "lease").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def ask(self, address: str, mac: str) -> str:
        """The URL that the phone is told by SIP multicast; empty for silence."""
        done = self.segment.phone.run(
            "env", f"PYTHONPATH={CLONE}", sys.executable, "-m", "tests.pnp.ask", address, mac
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def fetch(self, url: str) -> bytes:
        curl = ("curl", "-sS", "-f", "--max-time", "20", "--cacert", self.ca_file, url)
        done = self.segment.phone.run(*curl)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


@pytest.fixture(scope="module")
def lan(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lan]:
    folder = tmp_path_factory.mktemp("lan")
    data = Path(shutil.copytree(template, folder / "data"))
    parts = parts_of(data)
    register(parts, [BY_HTTPS, BY_TFTP])
    sites = {site.name: site for site in parts.store.sites.in_scope(Scope(1))}
    parts.store.sites.update(sites[SITE].id, networks=[ip_network(NETWORK)])
    configuration = _dnsmasq(folder, parts)
    parts.close()
    variables = {f"PROVD_LISTEN__{kind}_PORT": port for kind, port in PORTS.items()}
    variables |= {
        "PROVD_LISTEN__PNP": SERVER,
        "PROVD_DATA": str(data),
        "PROVD_LISTEN__PUBLIC_URL": f"https://{SERVER}:6902/",
    }
    with segment() as made, _dhcp_server(made, configuration):
        given = environment(**variables, **{ENTER: made.server.namespace})
        daemon = Forked(twistd_in_namespace, TWISTD, folder / "daemon.out", given)
        try:
            addresses = until(lambda: Addresses.read(data, daemon.pid), "the daemon listens")
            yield Lan(made, data, addresses.ca_file, folder / "heard")
        finally:
            daemon.send(signal.SIGKILL)
            daemon.ended(PATIENCE)


def _dnsmasq(folder: Path, parts: Provd) -> Path:
    """What `provd dhcp` prints, as it stands."""
    whole = Actor("tests", Role.ADMIN, 1)
    where = reach(parts.configuration, SERVER)
    plan = functools.partial(parts.operations.dhcp.plan, whole, SITE, where)
    told = [plan(vendors=["yealink"]), plan(vendors=["polycom"], scheme="tftp")]
    script = folder / "heard.sh"
    script.write_text(
        f'#!/bin/sh\n[ -z "$DNSMASQ_VENDOR_CLASS" ] || '
        f'echo "$1 $2 $DNSMASQ_VENDOR_CLASS" >> {folder}/heard\n'
    )
    script.chmod(0o755)
    own = f"dhcp-leasefile={folder}/leases\ndhcp-script={script}\n"
    text = DNSMASQ + own + "".join(map(WRITERS["dnsmasq"], told))
    path = folder / "dnsmasq.conf"
    path.write_text(text)
    return path


def _dhcp_server(made: Segment, configuration: Path) -> subprocess.Popen[bytes]:
    command = made.server.within("dnsmasq", "--keep-in-foreground", f"--conf-file={configuration}")
    return _Ending(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class _Ending(subprocess.Popen[bytes]):
    """Killed where its block ends."""

    def __exit__(self, *error: object) -> None:
        self.kill()
        super().__exit__(None, None, None)


def test_a_phone_learns_from_dhcp_where_its_files_are_and_gets_them_by_https(
    lan: Lan, tmp_path: Path
) -> None:
    told = lan.lease(BY_HTTPS, tmp_path, "-V", "yealink")
    url = bytes.fromhex(told["opt160"]).decode()
    assert url == bytes.fromhex(told["opt43"]).decode() == f"https://{SERVER}:6902/"
    assert told["tftp"] == "bad"  # udhcpc takes no URL there, as phones do; it tells that it came
    mac = BY_HTTPS.mac.replace(":", "")
    assert b"account.1.password = password-0" in lan.fetch(f"{url}{mac}.cfg")


def test_a_phone_that_sends_a_binary_class_is_sent_to_tftp(lan: Lan, tmp_path: Path) -> None:
    told = lan.lease(BY_TFTP, tmp_path, "-V", "", "-x", "60:0000363d0102")
    url = bytes.fromhex(told["opt160"]).decode()
    assert url == f"tftp://{SERVER}/"
    mac = BY_TFTP.mac.replace(":", "")
    assert b"password-1" in lan.fetch(f"{url}{mac}-registration.cfg")


def test_a_computer_on_that_lan_is_told_nothing(lan: Lan, tmp_path: Path) -> None:
    told = lan.lease(phone("yealink", 2002), tmp_path, "-V", "MSFT 5.0")
    assert told["ip"].startswith("10.99.0.")
    assert not {"tftp", "opt43", "opt150", "opt160"} & told.keys()


def test_a_phone_that_asks_by_multicast_is_told_the_same_and_gets_its_files(
    lan: Lan, tmp_path: Path
) -> None:
    address = lan.lease(BY_HTTPS, tmp_path, "-V", "yealink")["ip"]
    mac = BY_HTTPS.mac.replace(":", "")
    url = lan.ask(address, mac)
    assert url == f"https://{SERVER}:6902/"
    assert b"password-0" in lan.fetch(f"{url}{mac}.cfg")


def test_who_is_not_registered_is_told_nothing_by_multicast_but_found(
    lan: Lan, tmp_path: Path
) -> None:
    stranger = phone("yealink", 2003)
    digits = stranger.mac.replace(":", "")
    address = lan.lease(stranger, tmp_path, "-V", "yealink")["ip"]
    assert lan.ask(address, digits) == ""
    query = "SELECT transport FROM discovered WHERE mac = ?"
    found = until(lambda: Books(lan.data).rows(query, digits), "it stands among those that asked")
    assert found == [("sip",)]
    with lan.heard.open("rb") as lines:
        classes = dict(_classes_of(lines))
    assert classes[Mac.parse(stranger.mac)] == "yealink", "which provd dhcp seen --lines takes"
