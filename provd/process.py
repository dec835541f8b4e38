"""What provd asks of the process that it runs in: descriptors, signals, collections."""

from __future__ import annotations

import gc
import resource
import signal
from collections.abc import Callable
from typing import Any

DESCRIPTORS = 65_536


def raise_descriptor_limit() -> None:
    """Each connection is a descriptor, and a login's usual soft limit of 1024 is less than the
    connections that are allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def keep_what_lives() -> None:
    """Vendors, templates and code live as long as the process, or until a reload: no collection
    need look at them."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def take_signals(reactor: Any, reload: Callable[[], None]) -> None:
    """SIGINT and SIGTERM stop the reactor, a second one the process at once; SIGHUP calls `reload`
    on the reactor's thread. For the main thread, when the reactor runs.

    Twisted's own handlers let the process die of the signal in the end, and whoever asked it to
    stop would take that for a failure.
    """

    def stop(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        reactor.callFromThread(reactor.stop)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    signal.signal(signal.SIGHUP, lambda *_: reactor.callFromThread(reload))
