"""Memory: what the daemon takes with many phones registered, and with many files kept."""

from __future__ import annotations

from itertools import islice

from benchmarks.bench import Bench, fetched
from benchmarks.figures import Figures, Target
from benchmarks.rows.row import Row

_MIB = 1 << 20


def _memory(bench: Bench, _: str) -> Figures:
    """Registered phones stand in the database; memory should know only those that asked."""
    made = bench.new_installation("many", bench.sizes.many_devices)
    daemon = bench.start(made)
    empty = daemon.memory()
    phones = bench.vendor_phones(made)
    wanted = min(bench.sizes.cached, len(phones))
    bench.say(f"fetching {wanted} files")
    octets = 0
    for _path, content in fetched(daemon, map(bench.path_of, islice(phones, wanted))):
        octets += len(content)
    daemon.drained()
    full = daemon.memory()
    return {
        "devices": made.devices,
        "files": wanted,
        "rss_started_MiB": empty["rss"] / _MIB,
        "rss_MiB": full["rss"] / _MIB,
        "rss_peak_MiB": full["rss_peak"] / _MIB,
        "files_MiB": octets / _MIB,
        "made_per_s": made.devices / made.seconds,
    }


ROWS = (
    Row(
        name="memory",
        title="Memory with many phones registered and many files kept: MiB",
        measure=_memory,
        columns=("devices", "files", "files_MiB", "rss_started_MiB", "rss_MiB", "rss_peak_MiB"),
        targets=(Target("rss_MiB", 400, at_least=False),),
        most_rounds=1,
    ),
)
