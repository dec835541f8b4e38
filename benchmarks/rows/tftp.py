"""TFTP: some 4 KiB in blocks of 512 octets without options, as old phones ask."""

from __future__ import annotations

from functools import partial

from benchmarks import loads
from benchmarks.bench import OURS, Bench
from benchmarks.figures import Figures, Target
from benchmarks.loads import Endpoint
from benchmarks.rows.row import Row

SERVERS = (OURS, "dnsmasq", "tftpd-hpa", "atftpd")
_COLUMNS = ("rate", "cpu_us", "cpu_all_us", "p99_ms", "errors", "generator_bound")
_GRACE = 10
_NOTE = "cpu_us of tftpd-hpa is all that its core did: it forgets the processes that it forks"


def _at_once(bench: Bench, server: str, *, concurrency: int) -> Figures:
    files, seconds = bench.file_list(checked=True), bench.sizes.seconds

    def load(endpoint: Endpoint) -> dict[str, float]:
        return loads.tftp(
            endpoint,
            *("-F", str(files), "-c", str(concurrency), "-A", str(concurrency)),
            *("-n", "100000000", "-D", str(seconds), "-G", str(_GRACE)),
            seconds=seconds + _GRACE + 30,
        )

    return bench.cost(server, "tftp", load)


def _same_moment(bench: Bench, server: str) -> Figures:
    """Every phone has an address of its own, asks once, and repeats after 2 s five times."""
    files, phones = bench.file_list(checked=True), bench.sizes.phones

    def load(endpoint: Endpoint) -> dict[str, float]:
        found = loads.tftp(
            endpoint,
            *("-F", str(files), "-c", str(phones), "-A", str(phones), "-n", str(phones)),
            *("-r", "2000", "-R", "6", "-D", "20", "-G", "15"),
            seconds=75,
        )
        return {**found, "served": found["ok"], "took_s": found["secs"]}

    return bench.cost(server, "tftp", load)


ROWS = (
    Row(
        name="tftp-64",
        title="TFTP, 4 KiB, 64 at once: transfers/s",
        measure=partial(_at_once, concurrency=64),
        columns=_COLUMNS,
        servers=SERVERS,
        targets=(Target("rate", 0.9, "dnsmasq"), Target("errors", 0, at_least=False)),
        note=_NOTE,
    ),
    Row(
        name="tftp-1000",
        title="TFTP, 4 KiB, 1,000 at once: transfers/s",
        measure=partial(_at_once, concurrency=1000),
        columns=_COLUMNS,
        servers=SERVERS,
        targets=(
            Target("rate", 2.0, "dnsmasq"),
            Target("rate", 12.0, "tftpd-hpa"),
            Target("errors", 0, at_least=False),
        ),
        note=_NOTE,
    ),
    Row(
        name="tftp-storm",
        title="TFTP, 4 KiB, all phones at the same moment, client time-out 2 s",
        measure=_same_moment,
        columns=("served", "took_s", "errors", "rexmit", "p99_ms", "cpu_us", "cpu_all_us"),
        servers=SERVERS,
        targets=(
            Target("errors", 0, at_least=False),
            Target("served", 1.0, "best"),
            Target("took_s", 4.0, at_least=False),
        ),
        most_rounds=3,
        note=_NOTE,
    ),
)
