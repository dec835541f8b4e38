"""Bars over time: from minutes to the rectangles of a chart and the rows of its table. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from provd.vitals import Minute

MINUTE = timedelta(minutes=1)
HEIGHT = 100.0
"""Of a chart, in its own units; each bar is one unit wide."""

_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar, from its top `y` down."""

    name: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A span of time: what was counted in it by name. `rate` is the sum for each minute. Not
    `counted` where nobody counted throughout."""

    at: datetime
    until: datetime
    values: Mapping[str, int]
    rate: float
    counted: bool
    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        return sum(self.values.values())


@dataclass(frozen=True, slots=True)
class Chart:
    """`top` is the rate at the upper edge."""

    names: tuple[str, ...]
    bars: tuple[Bar, ...]
    top: int

    @property
    def total(self) -> int:
        return sum(bar.total for bar in self.bars)

    def sum_of(self, name: str) -> int:
        return sum(bar.values[name] for bar in self.bars)

    @property
    def highest(self) -> Bar:
        """The earliest of those with the highest rate."""
        return max(self.bars, key=lambda bar: bar.rate)

    @property
    def gaps(self) -> bool:
        """Whether there is time in which nobody counted."""
        return not all(bar.counted for bar in self.bars)


def chart(
    minutes: Sequence[Minute],
    names: Sequence[str],
    pick: Callable[[Minute], Mapping[str, int]],
    *,
    span: int = 1,
) -> Chart:
    """A bar for each `span` minutes, which begins at a whole multiple of these, so the first few
    minutes may be left out; the last one may not be over. `pick` gives what is counted of a minute,
    by these names."""
    first = next(at for at, minute in enumerate(minutes) if minute.at.minute % span == 0)
    groups = [minutes[start : start + span] for start in range(first, len(minutes), span)]
    summed = [_sums(group, names, pick) for group in groups]
    rates = [sum(values.values()) / span for values in summed]
    top = nice(max(rates, default=0))
    bars = tuple(
        Bar(
            at=group[0].at,
            until=group[-1].at + MINUTE,
            values=values,
            rate=rate,
            counted=any(minute.counted for minute in group),
            parts=tuple(_parts(values, top * span)),
        )
        for group, values, rate in zip(groups, summed, rates, strict=True)
    )
    return Chart(tuple(names), bars, top)


def nice(highest: float) -> int:
    """The least of 4, 10, 20, 50, 100, 200 ... that is not below: half of each is whole."""
    if highest <= 4:
        return 4
    size = 1
    while True:
        for step in _STEPS[1:]:
            if highest <= step * size and step * size % 2 == 0:
                return step * size
        size *= 10


def _sums(
    group: Sequence[Minute], names: Sequence[str], pick: Callable[[Minute], Mapping[str, int]]
) -> dict[str, int]:
    picked = [pick(minute) for minute in group]
    return {name: sum(values.get(name, 0) for values in picked) for name in names}


def _parts(values: Mapping[str, int], top: int) -> Iterator[Part]:
    y = HEIGHT
    for name, value in values.items():
        if value:
            height = round(HEIGHT * value / top, 2)
            y = round(y - height, 2)
            yield Part(name, y, height)
