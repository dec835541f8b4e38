"""What people read, and the file that machines read."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.bench import OURS, Sizes
from benchmarks.figures import Sample, Verdict, medians, spread, verdict
from benchmarks.rows.row import Row


def shown(value: float | None) -> str:
    """A figure in four digits or so."""
    if value is None or math.isnan(value):
        return "-"
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def verdicts(row: Row, samples: Iterable[Sample]) -> list[Verdict]:
    """One for each of the row's targets."""
    figures = medians(samples)
    return [verdict(target, figures, OURS) for target in row.targets]


def print_row(console: Console, row: Row, samples: Sequence[Sample]) -> None:
    """Medians of each server, provd's ratio to it in the first column's figure, and the targets."""
    figures = medians(samples)
    table = Table("", *row.columns, "provd is", "spread", title=row.title, title_justify="left")
    ours = figures.get(OURS, {}).get(row.columns[0])
    for server in row.servers:
        found = figures.get(server, {})
        theirs = found.get(row.columns[0])
        times = f"{ours / theirs:.2f} x" if ours and theirs and server != OURS else ""
        apart = f"{spread(samples, server, row.columns[0]):.0%}" if found else ""
        cells = [shown(found.get(column)) for column in row.columns]
        table.add_row(server, *cells, times, apart)
    console.print(table)
    for one in verdicts(row, samples):
        word = {True: "met", False: "NOT MET", None: "not measured"}[one.met]
        console.print(f"  target {one.target}: {shown(one.measured)}, {word}", highlight=False)
    if row.note:
        console.print(f"  {row.note}", highlight=False)


def markdown(row: Row, samples: Sequence[Sample]) -> list[str]:
    """A line for each target: what, provd, the peer, what it came to, what was wanted."""
    figures = medians(samples)
    lines = []
    for one in verdicts(row, samples):
        figure, peer = one.target.figure, one.target.peer
        ours = shown(figures.get(OURS, {}).get(figure))
        theirs = shown(figures.get(peer, {}).get(figure)) if peer in figures else ""
        sign = "≥" if one.target.at_least else "≤"
        wanted = f"{sign} {one.target.bound:g}" + (f" x {peer}" if peer else "")
        came = f"{shown(one.measured)}{' x' if peer else ''}"
        verdict_word = {True: "yes", False: "**no**", None: "not measured"}[one.met]
        cells = (f"`{row.name}` {figure}", ours, theirs, came, wanted, verdict_word)
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def write_table(path: Path, results: Sequence[tuple[Row, Sequence[Sample]]]) -> None:
    """For docs/performance.md."""
    head = ["| row, figure | provd | peer | measured | wanted | met |", "|---|---|---|---|---|---|"]
    lines = [line for row, samples in results for line in markdown(row, samples)]
    path.write_text("\n".join([*head, *lines]) + "\n")


def write_results(
    path: Path, sizes: Sizes, results: Sequence[tuple[Row, Sequence[Sample]]]
) -> None:
    """All rounds, so that medians can be taken anew."""
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _machine(),
        "sizes": {name: getattr(sizes, name) for name in Sizes.__slots__},
        "rows": [_row(row, samples) for row, samples in results],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")


def _row(row: Row, samples: Sequence[Sample]) -> dict[str, object]:
    return {
        "name": row.name,
        "title": row.title,
        "medians": medians(samples),
        "targets": [
            {"target": str(one.target), "measured": one.measured, "met": one.met}
            for one in verdicts(row, samples)
        ],
        "samples": [{"server": one.server, "round": one.round, **_finite(one)} for one in samples],
    }


def _finite(sample: Sample) -> dict[str, float | None]:
    """JSON has no NaN."""
    return {name: None if math.isnan(v) else v for name, v in sample.figures.items()}


def _machine() -> dict[str, object]:
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }
