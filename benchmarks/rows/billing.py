"""Billing runs over many subscriptions: the month in which all began, the same once more, and the
next month. What is counted is CPU time, which another's load hardly moves.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import installation
from benchmarks.bench import Bench
from benchmarks.daemon import CLONE
from benchmarks.figures import Figures, Target
from benchmarks.processes import SERVER_CORE, BenchmarkError, on_core
from benchmarks.rows.importing import postgresql
from benchmarks.rows.row import Row
from provd.billing.subscription import Cause

_BEGAN = datetime(2027, 1, 10, 9, tzinfo=UTC)
_MONTH_ENDS = datetime(2027, 1, 31, 22, tzinfo=UTC)
_NEXT_MONTH = datetime(2027, 2, 1, 1, tzinfo=UTC)
_GROWTH = 10


@dataclass(frozen=True, slots=True)
class _Measured:
    """CPU microseconds a subscription of each run, the process's own and PostgreSQL's."""

    month: float
    again: float
    following: float
    server_month: float
    month_charges: int
    rss_mib: float
    count: int


def _on_sqlite(bench: Bench, _: str) -> Figures:
    few = _measured(bench, bench.sizes.subscriptions // _GROWTH, "")
    return _figures(few, _measured(bench, bench.sizes.subscriptions, ""))


def _on_postgresql(bench: Bench, _: str) -> Figures:
    with postgresql() as server:
        few = _measured(bench, bench.sizes.subscriptions // _GROWTH, server.url(server.create()))
        many = _measured(bench, bench.sizes.subscriptions, server.url(server.create()))
    return _figures(few, many)


def _measured(bench: Bench, count: int, url: str) -> _Measured:
    data = bench.folder / f"billing-{count}{'-postgresql' if url else ''}"
    bench.say(f"making {count} subscriptions")
    installation.make(data, count, url)
    _start(data, url, count)
    month = _run(data, url, _MONTH_ENDS)
    again = _run(data, url, _MONTH_ENDS)
    following = _run(data, url, _NEXT_MONTH)
    if again["charges"] or month["charges"] != following["charges"] * 2:
        raise BenchmarkError(f"charges: {month}, {again}, {following}")
    return _Measured(
        month=month["cpu_s"] / count * 1e6,
        again=again["cpu_s"] / count * 1e6,
        following=following["cpu_s"] / count * 1e6,
        server_month=month["server_cpu_s"] / count * 1e6,
        month_charges=int(month["charges"]),
        rss_mib=max(run["rss_peak_KiB"] for run in (month, again, following)) / 1024,
        count=count,
    )


def _start(data: Path, url: str, count: int) -> None:
    """All at once, as if every phone had booted at that moment and nothing been charged yet."""
    parts = installation.opened(data, url)
    books, started = parts.store.books, 0
    for first in range(1, count + 1, installation.BATCH):
        # Devices of a new installation are numbered from 1.
        waiting = books.waiting_subscriptions(range(first, first + installation.BATCH))
        causes = {
            one.id: Cause(f"boot:{device}", "booted", _BEGAN, "/cfg", "https", 4096, "::1")
            for device, one in waiting
        }
        started += len(books.start_subscriptions(causes))
    parts.close()
    if started != count:
        raise BenchmarkError(f"{started} of {count} subscriptions have begun")


def _run(data: Path, url: str, until: datetime) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.billing_run", str(data), url, until.isoformat()]
    done = subprocess.run(
        on_core(SERVER_CORE, command),
        capture_output=True,
        text=True,
        cwd=CLONE,
        env={"PYTHONPATH": str(CLONE)},
        check=False,
    )
    if done.returncode:
        raise BenchmarkError(f"the run failed: {done.stderr[-500:]}")
    found: dict[str, float] = json.loads(done.stdout)
    if found["problems"]:
        raise BenchmarkError(f"the run was not whole: {found}")
    return found


def _figures(few: _Measured, many: _Measured) -> Figures:
    return {
        "subscriptions": many.count,
        "month_us": many.month,
        "charge_us": many.month * many.count / many.month_charges,
        "again_us": many.again,
        "next_us": many.following,
        "server_us": many.server_month,
        "growth": many.month / few.month,
        "next_growth": many.following / few.following,
        "rss_peak_MiB": many.rss_mib,
    }


ROWS = tuple(
    Row(
        name=name,
        title=f"provd bill run, 100,000 subscriptions, {database}: CPU us per subscription",
        measure=measure,
        columns=(
            *("month_us", "charge_us", "again_us", "next_us", "server_us"),
            *("growth", "next_growth", "rss_peak_MiB"),
        ),
        targets=(
            Target("growth", 1.3, at_least=False),
            Target("next_growth", 1.3, at_least=False),
            Target("rss_peak_MiB", 250, at_least=False),
        ),
        most_rounds=1,
        note="month_us: the month in which all began, 4 charges each; again_us: once more, which "
        "charges nothing; next_us: the next month, 2 charges each; server_us: PostgreSQL's CPU of "
        "the first; growth: from a tenth of the subscriptions to all",
    )
    for name, database, measure in (
        ("billing", "SQLite", _on_sqlite),
        ("billing-postgresql", "PostgreSQL", _on_postgresql),
    )
)
