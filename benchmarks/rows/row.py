"""What a row is."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.bench import OURS, Measure
from benchmarks.figures import Target


@dataclass(frozen=True, slots=True)
class Row:
    """`columns` are the figures shown, by their names in a sample. Rows that take long, or whose
    one number hardly moves, are measured `most_rounds` times at most."""

    name: str
    title: str
    measure: Measure
    columns: tuple[str, ...]
    servers: tuple[str, ...] = (OURS,)
    targets: tuple[Target, ...] = ()
    most_rounds: int = 100
    note: str = ""
