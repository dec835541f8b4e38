"""HTTPS: a file of some 4 KiB by a full handshake, a resumed one, or on a connection that stays."""

from __future__ import annotations

from functools import partial

from benchmarks import loads
from benchmarks.bench import OURS, Bench
from benchmarks.figures import Figures, Target
from benchmarks.loads import Endpoint
from benchmarks.rows.row import Row

AT_ONCE = 64
_ECDSA = ("-Y", "ECDSA+SHA256", "-G", "P-256")
_RSA = ("-Y", "rsa_pss_rsae_sha256:rsa_pkcs1_sha256", "-G", "P-256")
_CLOSE = ("-k", "1", "-q")
_STAY = ("-k", "0")
_GRACE = 15


def _https(bench: Bench, server: str, *, options: tuple[str, ...]) -> Figures:
    files, seconds = bench.file_list(checked=False), bench.sizes.seconds

    def load(endpoint: Endpoint) -> dict[str, float]:
        return loads.https(
            endpoint,
            *("-U", str(files), "-c", str(AT_ONCE), "-s", "localhost"),
            *("-n", "100000000", "-D", str(seconds), *options),
            seconds=seconds + _GRACE + 30,
        )

    found = bench.cost(server, "https", load)
    return {**found, "resumed_part": found["resumed"] / (found["conns"] or 1)}


def _row(name: str, title: str, options: tuple[str, ...], *targets: Target) -> Row:
    return Row(
        name=name,
        title=f"HTTPS, 4 KiB, {title}: requests/s",
        measure=partial(_https, options=options),
        columns=(
            *("rate", "per_cpu_s", "cpu_us", "cpu_all_us", "p99_ms"),
            *("errors", "resumed_part", "gen_util"),
        ),
        servers=(OURS, "nginx", "twisted.web"),
        targets=(*targets, Target("errors", 0, at_least=False)),
    )


ROWS = (
    _row(
        "https-p256",
        "a full handshake for each, P-256",
        (*_CLOSE, *_ECDSA, "-v", "1.3"),
        Target("per_cpu_s", 0.85, "nginx"),
    ),
    _row(
        "https-rsa",
        "a full handshake for each, RSA-2048",
        (*_CLOSE, *_RSA, "-v", "1.3"),
        Target("per_cpu_s", 0.85, "nginx"),
    ),
    _row(
        "https-resumed",
        "resumed sessions (TLS 1.2, tickets)",
        (*_CLOSE, *_ECDSA, "-v", "1.2", "-R"),
        Target("per_cpu_s", 0.8, "nginx"),
    ),
    _row(
        "https-keep-alive",
        "connections stay open",
        (*_STAY, *_ECDSA, "-v", "1.3"),
        Target("rate", 0.5, "nginx"),
        Target("rate", 4.0, "twisted.web"),
    ),
)
