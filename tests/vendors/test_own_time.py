"""A phone's own minute of the hours in which phones come."""

from __future__ import annotations

import pytest

from provd.vendors.filters import own_time


@pytest.mark.parametrize(
    ("end", "opens", "closes", "expected"),
    [
        ("0000", 2, 5, "02:00"),
        ("00b3", 2, 5, "04:59"),
        ("00b4", 2, 5, "02:00"),
        ("0077", 23, 1, "00:59"),
        ("003b", 4, 4, "04:59"),
        ("ffff", 2, None, "02:15"),
    ],
)
def test_it_lies_in_the_window(end: str, opens: int, closes: int | None, expected: str) -> None:
    assert own_time("00908f60" + end, opens, closes) == expected
