"""One worker and two, on both cores, which they share with the generator: ratios only."""

from __future__ import annotations

from functools import partial

from benchmarks import loads
from benchmarks.bench import OURS, Bench
from benchmarks.figures import Figures, Target
from benchmarks.loads import Endpoint
from benchmarks.rows.row import Row

ONE = "one worker"
SOURCES = 4096
"""Addresses that ask: 16 networks, since each meets one worker only."""

_COLUMNS = ("rate", "cpu_us", "cpu_all_us", "p99_ms", "errors")
_GRACE = 15
_WARMING = 4
"""Loads before the measured one: each worker makes each file once, and that is not meant here."""
_NOTE = "provd has two workers here. Both have made every file before"


def _tftp(bench: Bench, endpoint: Endpoint) -> dict[str, float]:
    seconds = bench.sizes.seconds
    return loads.tftp(
        endpoint,
        *("-F", str(bench.file_list(checked=True)), "-c", "1000", "-A", str(SOURCES)),
        *("-n", "100000000", "-D", str(seconds), "-G", str(_GRACE)),
        seconds=seconds + _GRACE + 30,
    )


def _https(bench: Bench, endpoint: Endpoint) -> dict[str, float]:
    seconds = bench.sizes.seconds
    return loads.https(
        endpoint,
        *("-U", str(bench.file_list(checked=False)), "-c", "64", "-s", "localhost"),
        *("-n", "100000000", "-D", str(seconds), "-k", "0", "-B", str(SOURCES), "-v", "1.3"),
        seconds=seconds + _GRACE + 30,
    )


def _measured(bench: Bench, server: str, *, kind: str) -> Figures:
    bench.serve_by(2 if server == OURS else 1)
    load = {"tftp": _tftp, "https": _https}[kind]
    endpoint = bench.server(OURS, kind)[1]
    for _ in range(_WARMING):
        load(bench, endpoint)
    return bench.cost(OURS, kind, partial(load, bench))


def _row(kind: str, title: str) -> Row:
    return Row(
        name=f"workers-2-{kind}",
        title=f"{title}, two workers and one on both cores",
        measure=partial(_measured, kind=kind),
        columns=_COLUMNS,
        servers=(OURS, ONE),
        targets=(Target("rate", 1.0, ONE), Target("errors", 0, at_least=False)),
        note=_NOTE,
    )


ROWS = (
    _row("tftp", "TFTP, 4 KiB, 1,000 at once: transfers/s"),
    _row("https", "HTTPS, 4 KiB, connections stay open: requests/s"),
)
