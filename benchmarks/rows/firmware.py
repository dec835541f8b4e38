"""Firmware over TFTP: 20 MiB in blocks of 1,428 octets, one or sixteen to an acknowledgement."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from benchmarks import installation, loads, peers
from benchmarks.bench import OURS, Bench
from benchmarks.figures import Figures, Target
from benchmarks.loads import Endpoint
from benchmarks.peers import Served
from benchmarks.processes import Server
from benchmarks.rows.row import Row
from provd.vendors import new_firmware

SIZE = 20 << 20
AT_ONCE = 8
_NAME = "firmware.rom"
_LONGEST = 120


def _image(bench: Bench) -> Path:
    folder = bench.folder / "firmware"
    folder.mkdir(exist_ok=True)
    image = folder / _NAME
    if not image.exists():
        image.write_bytes(os.urandom(SIZE))
    return image


def _started(bench: Bench, name: str) -> tuple[Server, Endpoint]:
    image = _image(bench)
    if name != OURS:
        return peers.STARTERS[name](Served(image.parent, bench.folder, image, image))
    made = bench.scratch(bench.installation)
    vendor, model, *_ = installation.MODELS[0]
    new_firmware.add(
        image, made.data / "firmware", bench.registry, vendor=vendor, version="1", models=[model]
    )
    daemon = bench.start(made)
    return daemon, daemon.endpoint("tftp")


def _firmware(bench: Bench, name: str, *, window: int) -> Figures:
    """The server runs for this one load only."""
    image, times = _image(bench), max(AT_ONCE, int(bench.sizes.seconds * AT_ONCE))
    server, endpoint = _started(bench, name)
    try:
        before = server.cpu_seconds()
        found = loads.tftp(
            endpoint,
            *("-f", _NAME, "-C", str(image), "-c", str(AT_ONCE), "-n", str(times)),
            *("-b", "1428", "-w", str(window), "-B", str(4 << 20), "-s"),
            *("-D", str(_LONGEST - 30), "-G", "20"),
            seconds=_LONGEST,
        )
        used = server.cpu_seconds() - before
    finally:
        server.stop()
    mebibytes = found["ok"] * SIZE / (1 << 20)
    cost = used / mebibytes * 1e6 if mebibytes else float("nan")
    return {**found, "MB_s": found["mbps"], "cpu_us_MiB": cost}


ROWS = tuple(
    Row(
        name=f"firmware-{window}",
        title=f"TFTP, 20 MiB, blksize 1428, windowsize {window}, 8 at once: MB/s",
        measure=partial(_firmware, window=window),
        columns=("MB_s", "cpu_us_MiB", "errors", "rexmit", "gen_util"),
        servers=(OURS, "dnsmasq", "tftpd-hpa", "atftpd"),
        targets=(Target("MB_s", factor, peer), Target("errors", 0, at_least=False)),
    )
    for window, factor, peer in ((1, 0.75, "dnsmasq"), (16, 2.5, "atftpd"))
)
