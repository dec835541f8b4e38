"""How many responses went out, by class of status."""

from __future__ import annotations

_CLASSES = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5}


class Statuses:
    """Counts; `by_class` has the hundreds of the status as its index, and at 0 the requests whose
    connection ended before their response."""

    def __init__(self) -> None:
        self.by_class = [0] * 6

    def count(self, status: str) -> None:
        """`status` as `Outcome` has it."""
        self.by_class[_CLASSES.get(status[0], 0)] += 1
