"""Firmware by clients that others wrote, from the real daemon; and a bit that flips on its disk."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from provd.vendors import new_firmware
from provd.vendors.firmware import Image
from provd.vendors.registry import Registry
from tests.daemon.books import Books
from tests.daemon.clients import TFTP_CLIENTS, Got, curl
from tests.daemon.conftest import StartDaemon
from tests.daemon.running import Addresses, Daemon
from tests.daemon.waiting import until

PLUGINS = Path(__file__).parents[2] / "plugins"
NAME = "gxp2130fw.bin"
CONTENT = random.Random(7).randbytes((3 << 20) + 5)


@pytest.fixture
def image(tmp_path: Path) -> Image:
    source = tmp_path / NAME
    source.write_bytes(CONTENT)
    return new_firmware.add(
        source, tmp_path / "firmware", Registry.load(PLUGINS, entry_points=False),
        vendor="grandstream", version="1.0.11.64", models=["GXP2130"],
    )  # fmt: skip


@pytest.fixture
def daemon(image: Image, data: Path, start: StartDaemon) -> Daemon:
    folder = str(image.path.parent.parent)
    return start(data, PROVD_FIRMWARE=folder, PROVD_LISTEN__METRICS="0")


def part(addresses: Addresses, scheme: str, octets: str) -> bytes:
    done = subprocess.run(
        ["curl", "-sS", "--cacert", addresses.ca_file, "-r", octets, addresses.url(scheme, NAME)],
        capture_output=True, timeout=20, check=True,
    )  # fmt: skip
    return done.stdout


def problems(daemon: Daemon) -> list[str]:
    url = json.loads((daemon.data / "runtime.json").read_text())["metrics"]
    found: list[str] = json.loads(curl(f"{url}healthz").content)["problems"]
    return found


def test_it_is_the_same_over_every_protocol_until_a_bit_flips(
    daemon: Daemon, image: Image, tmp_path: Path
) -> None:
    addresses = daemon.ready()
    for scheme in ("http", "https"):
        url = addresses.url(scheme, f"firmware/grandstream/{NAME}")
        assert curl(url, ca=addresses.ca_file) == Got("200", CONTENT)
        assert part(addresses, scheme, "1000000-1000099") == CONTENT[1_000_000:1_000_100]
        assert part(addresses, scheme, "-7") == CONTENT[-7:]
    assert curl(addresses.url("tftp", NAME)) == Got("ok", CONTENT)
    for name, fetch in TFTP_CLIENTS.items():
        assert fetch(addresses, NAME, tmp_path) == Got("ok", CONTENT), name
    until(lambda: booked(daemon) == {"tftp": 4, "http": 1, "https": 1}, "each is booked")

    refused = curl(addresses.url("http", "gxp2131fw.bin"))
    flipped = bytearray(CONTENT)
    flipped[1 << 20] ^= 1
    os.replace(_written(tmp_path / "flipped", bytes(flipped)), image.path)  # noqa: PTH105
    until(lambda: curl(addresses.url("http", NAME)) == refused, "it is withheld")
    assert curl(addresses.url("tftp", NAME)).status == "error 1"
    [problem] = problems(daemon)
    assert "SHA-256" in problem


def booked(daemon: Daemon) -> dict[str, int]:
    """Transport -> how often the image arrived whole."""
    found: Counter[str] = Counter()
    for (_, path, transport), times in Books(daemon.data).whole().items():
        if path.endswith(NAME):
            found[transport] += times
    return found


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
