"""Trust on the wire: certificates and digest by curl, a sweep over each transport, and the time."""

from __future__ import annotations

import random
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from statistics import NormalDist

import pytest

from provd.devices.mac import Mac
from tests.daemon.asking import ANOTHER, BENCH, SITE, http, https, status
from tests.daemon.running import Addresses, Daemon
from tests.daemon.town import parts_of, phone, register
from tests.servers.certificates import ec_key, signed, write

MACS = [phone("yealink", number).mac.replace(":", "") for number in range(0x2000, 0x2006)]
FILE = f"{MACS[0]}.cfg"
UNKNOWN = "805ec0ffffff.cfg"
SWEEPER, CLOCK_WATCHER = "127.1.0.9", "127.2.0.9"
PUBLIC = "https://phones.example.net/"


@pytest.fixture(scope="module")
def folder(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with registered phones and the authority that made one's certificate."""
    made = tmp_path_factory.mktemp("trust")
    data = Path(shutil.copytree(template, made / "data"))
    parts = parts_of(data)
    register(parts, [phone("yealink", number) for number in range(0x2000, 0x2006)])
    for device in (parts.store.devices.by_mac(Mac(digits)) for digits in MACS):
        assert device
        parts.store.devices.close_window(device.id)
    parts.close()
    authority = signed("Yealink Manufacturing CA", ec_key())
    (data / "trust").mkdir()
    write(data / "trust", "vendor", authority)
    (data / "trust" / "vendor.key").unlink()
    write(made, "own", signed(MACS[0].upper(), ec_key(), authority))
    write(made, "other", signed(MACS[1].upper(), ec_key(), authority))
    forger = signed("Yealink Manufacturing CA", ec_key())
    write(made, "forged", signed(MACS[0].upper(), ec_key(), forger))
    return made


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Addresses]:
    daemon = Daemon(folder / "data", PROVD_LISTEN__PUBLIC_URL=PUBLIC, PROVD_TRUST__CHALLENGE="true")
    try:
        yield daemon.ready()
    finally:
        daemon.kill()


def curl(served: Addresses, path: str, *options: str, source: str = ANOTHER) -> tuple[str, bytes]:
    done = subprocess.run(
        ["curl", "-s", "--max-time", "20", "--cacert", str(served.ca_file), "--interface", source,
         "-w", "%{stderr}%{http_code}", *options, served.url("https", path)],
        capture_output=True, timeout=30, check=True,
    )  # fmt: skip
    return done.stderr.decode(), done.stdout


@pytest.mark.parametrize(("name", "wanted"), [("own", "200"), ("other", "401"), ("forged", "401")])
def test_only_its_own_certificate_opens_a_phones_file(
    name: str, wanted: str, served: Addresses, folder: Path
) -> None:
    shown = ("--cert", str(folder / f"{name}.pem"), "--key", str(folder / f"{name}.key"))
    told, content = curl(served, FILE, *shown)
    assert told == wanted
    assert (b"account.1.user_name" in content) is (wanted == "200")


def test_curl_signs_in_by_digest_with_what_the_configuration_delivered(served: Addresses) -> None:
    first = http(served, FILE, SITE).decode()
    user = re.search(r"server\.username = (\S+)", first)
    password = re.search(r"server\.password = (\S+)", first)
    assert user is not None
    assert password is not None
    right, wrong = f"{user[1]}:{password[1]}", f"{user[1]}:{password[1]}x"
    assert curl(served, FILE, "--digest", "--user", right)[0] == "200"
    assert curl(served, FILE, "--basic", "--user", right)[0] == "200"
    assert curl(served, FILE, "--digest", "--user", wrong)[0] == "401"
    assert curl(served, f"{MACS[1]}.cfg", "--digest", "--user", right)[0] == "401"
    assert curl(served, FILE)[0] == "401"


def test_a_challenge_tells_nobody_who_is_registered(served: Addresses) -> None:
    told = {
        re.sub(rb'nonce="[^"]+"', b"nonce", https(served, path, ANOTHER))
        for path in (FILE, UNKNOWN, f"{'a' * 32}/{FILE}", f"{'a' * 32}/{UNKNOWN}")
    }
    assert len(told) == 1
    assert b"401 Unauthorized" in told.pop()


def test_time_tells_nobody_who_is_registered(served: Addresses) -> None:
    """Mann and Whitney's test over both kinds of MAC, asked for in random order. With equal
    distributions it fails once in some 15,000 runs."""
    asked = [f"{mac}.cfg" for mac in MACS[2:]] * 40
    asked += [f"805ec0fffff{digit}.cfg" for digit in range(4)] * 40
    random.Random(3).shuffle(asked)

    def timed(path: str) -> tuple[float, bool]:
        began = time.perf_counter()
        assert status(http(served, path, CLOCK_WATCHER)) == 404
        return time.perf_counter() - began, "fffff" not in path

    with ThreadPoolExecutor(8) as threads:
        times = sorted(threads.map(timed, asked))
    assert times[0][0] >= 0.05
    known = [rank for rank, (_, is_known) in enumerate(times, 1) if is_known]
    count, others = len(known), len(times) - len(known)
    assert count == others == 160
    mean = count * (len(times) + 1) / 2
    deviation = (count * others * (len(times) + 1) / 12) ** 0.5
    surprise = abs(sum(known) - mean) / deviation
    assert surprise < NormalDist().inv_cdf(1 - 1 / 30_000)


def tftp_answers(served: Addresses, path: str, source: str) -> bool:
    """Whether anything comes within half a second."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as one:
        one.bind((source, 0))
        one.settimeout(0.5)
        one.sendto(b"\0\1" + path.encode() + b"\0octet\0", ("127.0.0.1", served.tftp_port))
        try:
            return bool(one.recv(2048))
        except TimeoutError:
            return False


def test_a_sweep_over_every_transport_falls_silent(served: Addresses) -> None:
    macs = [f"805ec0{0x1FF0 + number:06x}" for number in range(60)]  # six of them are registered
    told = []
    for mac in macs:
        for ask in (http, https):
            try:
                told.append(ask(served, f"{mac}.cfg", SWEEPER))
            except OSError:
                told.append(b"")
    assert not any(b"account.1" in answer for answer in told)
    assert [bool(answer) for answer in told] == [True] * 39 + [False] * 81
    # A datagram's source is easily forged, so what comes by them is counted apart.
    swept = [tftp_answers(served, f"{mac}.cfg", SWEEPER) for mac in macs[:22]]
    assert swept == [True] * 20 + [False] * 2
    assert tftp_answers(served, UNKNOWN, ANOTHER)
    assert status(http(served, UNKNOWN, SITE)) == status(http(served, UNKNOWN, BENCH)) == 404
