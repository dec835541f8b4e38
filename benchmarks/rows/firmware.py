"""Firmware over TFTP: 20 MiB in blocks of 1,428 octets, one or sixteen to an acknowledgement.

provd has no firmware files yet, so its TFTP server is given one by a small driver; see
`benchmarks/firmware_server.py`.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

from benchmarks import loads, peers
from benchmarks.bench import OURS, Bench
from benchmarks.daemon import CLONE
from benchmarks.figures import Figures, Target
from benchmarks.loads import Endpoint
from benchmarks.peers import Served
from benchmarks.processes import HOST, Server, free_port, is_bound
from benchmarks.rows.row import Row

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
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.firmware_server", HOST, str(port), str(image)]
    log = bench.folder / "firmware.log"
    server = Server(OURS, command, log, {"PYTHONPATH": str(CLONE)})
    server.wait_until(lambda: is_bound(port))
    return server, Endpoint(HOST, port)


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
        targets=(Target("MB_s", 1.0, "best"), Target("errors", 0, at_least=False)),
        note="provd's TFTP server behind a driver: there are no firmware files in the daemon yet",
    )
    for window in (1, 16)
)
