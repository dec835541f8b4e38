"""Waiting for what happens in another process: a condition, looked at often, and a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

INTERVAL = 0.03
PATIENCE = 60.0
"""Seconds: far more than anything takes here, for machines that are busy with something else."""


def until(condition: Callable[[], Found | None], what: str, *, within: float = PATIENCE) -> Found:
    """The first true result of `condition`. Fails the test, naming `what`, when none comes."""
    end = time.monotonic() + within
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited {within} s in vain: {what}")
        time.sleep(INTERVAL)
