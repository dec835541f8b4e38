"""From what the rounds gave to what a reader compares: medians, spreads, ratios, verdicts.

Pure functions of values; nothing here starts a process or reads a clock.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Figures = Mapping[str, float]
"""What one load gave, by name: rate, cpu_us, p99_ms, errors..."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One server's figures in one round of a row."""

    server: str
    round: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Target:
    """`figure` of provd is at least, or at most, `bound`; times that of `peer` where one is named.

    `peer` "best" is the peer whose own median is best.
    """

    figure: str
    bound: float
    peer: str = ""
    at_least: bool = True

    def __str__(self) -> str:
        words = "at least" if self.at_least else "at most"
        if self.peer:
            return f"{self.figure}: {words} {self.bound:g} x {self.peer}"
        return f"{self.figure}: {words} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a target came to. `measured` is the ratio, or the plain figure where no peer is named;
    None when it could not be measured."""

    target: Target
    measured: float | None

    @property
    def met(self) -> bool | None:
        if self.measured is None:
            return None
        if self.target.at_least:
            return self.measured >= self.target.bound
        return self.measured <= self.target.bound


def loaded(text: str) -> dict[str, float]:
    """The figures of a generator's last line, one JSON object; words in it are left out.

    Raises ValueError when it is none.
    """
    lines = text.strip().splitlines()
    values = json.loads(lines[-1]) if lines else None
    if not isinstance(values, dict):
        raise ValueError(f"no JSON object: {text[-200:]!r}")
    return {name: float(value) for name, value in values.items() if isinstance(value, int | float)}


def medians(samples: Iterable[Sample]) -> dict[str, dict[str, float]]:
    """Server -> figure -> median over the rounds. Rounds without a figure do not count for it."""
    found: dict[str, dict[str, list[float]]] = {}
    for sample in samples:
        figures = found.setdefault(sample.server, {})
        for name, value in sample.figures.items():
            if not math.isnan(value):
                figures.setdefault(name, []).append(value)
    return {
        server: {name: median(values) for name, values in figures.items()}
        for server, figures in found.items()
    }


def spread(samples: Iterable[Sample], server: str, figure: str) -> float:
    """How far apart the rounds lie: (largest - smallest) / median; 0 for fewer than two."""
    values = [
        sample.figures[figure]
        for sample in samples
        if sample.server == server and not math.isnan(sample.figures.get(figure, math.nan))
    ]
    middle = median(values) if values else 0.0
    return (max(values) - min(values)) / middle if middle and len(values) > 1 else 0.0


def ratio(
    figures: Mapping[str, Figures], figure: str, *, ours: str, peer: str, at_least: bool = True
) -> float | None:
    """Ours divided by the peer's; None when either is missing, or the peer's is 0."""
    mine = figures.get(ours, {}).get(figure)
    others = {
        name: values[figure]
        for name, values in figures.items()
        if name != ours and figure in values and peer in ("best", name)
    }
    if mine is None or not others:
        return None
    theirs = (max if at_least else min)(others.values())
    return mine / theirs if theirs else None


def verdict(target: Target, figures: Mapping[str, Figures], ours: str) -> Verdict:
    """Judges the medians of a row."""
    if not target.peer:
        return Verdict(target, figures.get(ours, {}).get(target.figure))
    measured = ratio(figures, target.figure, ours=ours, peer=target.peer, at_least=target.at_least)
    return Verdict(target, measured)


def quantile(values: Sequence[float], part: float) -> float:
    """The smallest value that `part` of all do not exceed; NaN of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]
