"""A pool of threads for work that would hold up the reactor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

Result = TypeVar("Result")


class Threads:
    """Up to `most` at once; further work waits."""

    def __init__(self, reactor: Any, name: str, most: int) -> None:
        self._reactor = reactor
        self._pool = ThreadPool(1, most, name)

    def start(self) -> None:
        self._pool.start()

    def stop(self) -> None:
        """Waits for what runs."""
        self._pool.stop()

    def run(self, function: Callable[..., Result], *arguments: Any) -> Deferred[Result]:
        return deferToThreadPool(self._reactor, self._pool, function, *arguments)
