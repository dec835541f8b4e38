"""A change to a setting of the provider's, which every phone's file is made from, while phones ask
without a pause. Memory is stale at one blow, so each file is made anew when it is next asked for.
"""

from __future__ import annotations

import threading
import time

from benchmarks import loads
from benchmarks.bench import OURS, Bench
from benchmarks.figures import Figures, Target
from benchmarks.installation import Installation, opened
from benchmarks.loads import Endpoint
from benchmarks.rows.row import Row

AT_ONCE = 8
_BEFORE, _SECONDS = 2.0, 8.0


def _change(bench: Bench, _: str) -> Figures:
    endpoint = bench.server(OURS, "http")[1]
    quiet = _asked(bench, endpoint)
    assert bench.running is not None  # noqa: S101  the server was started above
    writing = _Writing(bench.running)
    writing.start()
    asked = _asked(bench, endpoint)
    writing.join()
    bench.daemon.drained()
    return {
        "write_ms": writing.took * 1000,
        "wait_max_ms": asked["max_ms"],
        "wait_p99_ms": asked["p99_ms"],
        "quiet_max_ms": quiet["max_ms"],
        "rate": asked["rate"],
        "quiet_rate": quiet["rate"],
        "errors": asked["errors"],
    }


def _asked(bench: Bench, endpoint: Endpoint) -> dict[str, float]:
    return loads.https(
        endpoint,
        *("-P", "-U", str(bench.file_list(checked=False)), "-c", str(AT_ONCE), "-k", "0"),
        *("-n", "100000000", "-D", str(_SECONDS), "-s", "localhost"),
        seconds=_SECONDS + 60,
    )


class _Writing(threading.Thread):
    """The change, by another process's database connection and after a pause."""

    def __init__(self, made: Installation) -> None:
        super().__init__()
        self._made = made
        self.took = float("nan")

    def run(self) -> None:
        parts = opened(self._made.data)
        try:
            provider = parts.operations.setup.provider()
            assert provider is not None  # noqa: S101  every installation here has one
            # Back to what it was in every other round.
            before = provider.settings.get("time.format", "24h")
            changed = {**provider.settings, "time.format": "12h" if before == "24h" else "24h"}
            time.sleep(_BEFORE)
            began = time.monotonic()
            parts.store.accounts.update_settings(provider.id, changed)
            self.took = time.monotonic() - began
        finally:
            parts.close()


ROWS = (
    Row(
        name="change",
        title="A setting that all phones share is changed while they ask: ms",
        measure=_change,
        columns=("write_ms", "wait_max_ms", "wait_p99_ms", "quiet_max_ms", "rate", "errors"),
        targets=(
            Target("write_ms", 100, at_least=False),
            Target("wait_max_ms", 50, at_least=False),
            Target("errors", 0, at_least=False),
        ),
        note="asked over HTTP by 8 connections; each file is rendered anew when it is asked for",
    ),
)
