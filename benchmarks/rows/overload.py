"""Five times what provd can serve: how much of it is still served, and how soon the rest is told.

The capacity is measured first, in the same round. HTTPS comes at a steady rate, whoever was refused
and however slow the answers are; TFTP is five times as many phones at once, which ask again.

HTTPS is with a certificate whose handshakes cost the server several times what they cost the
generator. With one that costs both the same, as P-256 does, the generator, which has all who are
refused as well, has no time for those who are let in: the server stands idle for a fifth of the
time, and how soon somebody is told is how soon the generator looks.
"""

from __future__ import annotations

import math

from benchmarks import large_key, loads
from benchmarks.bench import Bench, Measure
from benchmarks.figures import Figures, Target
from benchmarks.loads import Endpoint
from benchmarks.rows.row import Row

TIMES = 5
_AT_ONCE = 64
_MOST_CONNECTIONS = 15_000
_PHONES = 1000
_GRACE = 15
_RSA = ("-Y", "rsa_pss_rsae_sha256", "-G", "P-256", "-v", "1.3")
_HTTPS = ("-k", "1", "-q", *_RSA, "-s", large_key.HOST)


def _https(bench: Bench, server: str) -> Figures:
    options = ("-U", str(bench.file_list(checked=False)), "-n", "100000000", *_HTTPS)
    seconds = bench.sizes.seconds
    bench.daemon.show(large_key.HOST, large_key.pem())

    def load(endpoint: Endpoint, *how: str) -> dict[str, float]:
        # From many addresses, as phones do: none may have all connections.
        spread = ("-B", "250", "-D", str(seconds))
        return loads.https(endpoint, *options, *spread, *how, seconds=seconds + _GRACE + 30)

    capacity = bench.cost(server, "https", lambda where: load(where, "-c", str(_AT_ONCE)))
    offered = capacity["rate"] * TIMES
    more = ("-c", str(_MOST_CONNECTIONS), "-O", f"{offered:.0f}")
    found = bench.cost(server, "https", lambda where: load(where, *more))
    told = {f"told_{one}_ms": found[f"told_{one}_us"] / 1000 for one in ("p50", "p99")}
    return {**_compared(capacity, found), **told}


def _tftp(bench: Bench, server: str) -> Figures:
    options = ("-F", str(bench.file_list(checked=True)), "-n", "100000000", "-G", str(_GRACE))
    seconds = bench.sizes.seconds

    def load(endpoint: Endpoint, *how: str) -> dict[str, float]:
        return loads.tftp(endpoint, *options, "-D", str(seconds), *how, seconds=seconds + 60)

    def phones(number: int) -> dict[str, float]:
        at_once = ("-c", str(number), "-A", str(number), "-r", "2000")
        return bench.cost(server, "tftp", lambda where: load(where, *at_once))

    told = {"told_p50_ms": math.nan, "told_p99_ms": math.nan}
    return {**_compared(phones(_PHONES), phones(TIMES * _PHONES)), **told}


def _compared(capacity: Figures, found: Figures) -> dict[str, float]:
    """`served_part` by the clock, `served_part_cpu` by what each cost: where others use the core as
    well, trust that."""
    return {
        "capacity": capacity["rate"],
        "rate": found["rate"],
        "served_part": found["rate"] / (capacity["rate"] or math.nan),
        "served_part_cpu": capacity["cpu_us"] / found["cpu_us"],
        "told": found.get("told", math.nan),
        "p99_ms": found["p99_ms"],
        "gen_util": found["gen_util"],
    }


def _row(name: str, title: str, measure: Measure, *more: Target) -> Row:
    return Row(
        name=name,
        title=title,
        measure=measure,
        columns=(
            *("capacity", "rate", "served_part", "served_part_cpu"),
            *("told", "told_p50_ms", "told_p99_ms", "p99_ms", "gen_util"),
        ),
        targets=(Target("served_part", 0.9), *more),
        note="told: by 503 with Retry-After; who was not told was cut before any handshake",
    )


ROWS = (
    _row(
        "overload-https",
        "HTTPS, full handshakes (RSA-4096), five times the capacity: requests/s",
        _https,
        Target("told_p99_ms", 50, at_least=False),
    ),
    _row("overload-tftp", "TFTP, 5,000 phones at once instead of 1,000: transfers/s", _tftp),
)
