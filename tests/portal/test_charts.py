"""From minutes to bars: pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from provd.portal.charts import HEIGHT, chart, nice
from provd.vitals import Minute

START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def minutes(*boots: Mapping[str, int] | None, start: datetime = START) -> tuple[Minute, ...]:
    """None for a minute in which nobody counted."""
    return tuple(
        Minute(start + timedelta(minutes=number), each or {}, counted=each is not None)
        for number, each in enumerate(boots)
    )


def test_parts_of_a_bar_stand_upon_each_other() -> None:
    made = chart(minutes({"a": 1, "b": 2}, {"b": 4}), ("a", "b"), lambda minute: minute.boots)
    assert made.top == 4
    first, second = made.bars
    assert [(part.name, part.y, part.height) for part in first.parts] == [
        ("a", 75.0, 25.0),
        ("b", 25.0, 50.0),
    ]
    assert [(part.y, part.height) for part in second.parts] == [(0.0, HEIGHT)]
    assert (made.total, made.sum_of("b"), made.highest) == (7, 6, second)


def test_wider_bars_begin_at_whole_quarters_and_show_the_mean() -> None:
    start = START + timedelta(minutes=10)
    made = chart(
        minutes(*[{"a": 3}] * 35, start=start), ("a",), lambda minute: minute.boots, span=15
    )
    assert [bar.at.minute for bar in made.bars] == [45, 0]
    assert [bar.rate for bar in made.bars] == [3.0, 3.0]
    assert [bar.total for bar in made.bars] == [45, 45]
    assert made.bars[0].parts[0].height == 75.0


def test_a_bar_is_a_gap_only_when_nobody_counted_in_all_of_it() -> None:
    made = chart(minutes({}, None, None, None), ("a",), lambda minute: minute.boots, span=2)
    assert [bar.counted for bar in made.bars] == [True, False]
    assert made.gaps


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 4), (4, 4), (5, 10), (11, 20), (21, 50), (51, 100), (1001, 2000)]
)
def test_the_scale_ends_at_a_round_number(highest: int, top: int) -> None:
    assert nice(highest) == top
