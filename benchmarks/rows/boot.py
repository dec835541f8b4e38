"""Phones of all vendors boot over all protocols, from a daemon that has just started.

After a power cut in a town the server has booted too: nothing is in its memory.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import asdict

from benchmarks.bench import PLUGINS, Bench
from benchmarks.boot_storm import Order
from benchmarks.daemon import CLONE, Daemon
from benchmarks.figures import Figures, Target, loaded
from benchmarks.processes import GENERATOR_CORE, HOST, BenchmarkError, on_core
from benchmarks.rows.row import Row

_GRACE = 120


def _boot(bench: Bench, _: str) -> Figures:
    boots = min(bench.sizes.boots, bench.installation.devices)
    daemon = bench.start(bench.scratch(bench.installation))
    before = daemon.cpu_seconds()
    found = _storm(bench, _order(daemon, boots, bench.sizes.boot_seconds))
    used = daemon.cpu_seconds() - before
    waited = daemon.drained()
    total = daemon.cpu_seconds() - before
    done = found["done"] or math.nan
    found |= {"cpu_us": used / done * 1e6, "cpu_all_us": total / done * 1e6}
    return {**found, "boots": found["done"], "booked_s": waited}


def _order(daemon: Daemon, boots: int, seconds: float) -> Order:
    return Order(
        host=HOST,
        tftp=daemon.endpoint("tftp").port,
        http=daemon.endpoint("http").port,
        https=daemon.endpoint("https").port,
        ca_file=str(daemon.ca_file),
        plugins=str(PLUGINS),
        boots=boots,
        seconds=seconds,
    )


def _storm(bench: Bench, order: Order) -> dict[str, float]:
    command = on_core(GENERATOR_CORE, [sys.executable, "-m", "benchmarks.boot_storm"])
    try:
        done = subprocess.run(
            command,
            input=json.dumps(asdict(order)),
            capture_output=True,
            text=True,
            timeout=order.seconds + _GRACE,
            cwd=CLONE,
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise BenchmarkError(f"the phones did not boot: {str(error.stderr)[-800:]}") from error
    if problems := json.loads(done.stdout)["problems"]:
        bench.say(f"problems: {problems}")
    return loaded(done.stdout)


ROWS = (
    Row(
        name="boot",
        title="10,000 phones boot in 60 s, all vendors and protocols, nothing cached",
        measure=_boot,
        columns=(
            *("boots", "errors", "file_p50_ms", "file_p99_ms", "file_max_ms", "boot_p99_ms"),
            *("files_per_s", "cpu_us", "cpu_all_us", "booked_s", "late_ms", "gen_util"),
        ),
        targets=(
            Target("errors", 0, at_least=False),
            Target("file_p99_ms", 1000, at_least=False),
            Target("booked_s", 60, at_least=False),
        ),
        most_rounds=3,
        note="late_ms: how much later than due the generator started a phone",
    ),
)
