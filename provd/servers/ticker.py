"""A steady tick on the monotonic clock, as an ordinary reader of the reactor.

Twisted's `callLater` runs on the wall clock: when NTP sets a freshly booted server's clock back by
an hour, its timers stand still for that hour. A timerfd does not care (timerfd_create(2)).
This module knows nothing of what ticks.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer  # type: ignore[import-untyped]

_NONBLOCK = os.O_NONBLOCK
_CLOSE_ON_EXEC = os.O_CLOEXEC
_log = structlog.get_logger()


class _TimeSpec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


class _TimerSpec(ctypes.Structure):
    _fields_ = [("interval", _TimeSpec), ("first", _TimeSpec)]


@implementer(IReadDescriptor)
class Ticker:
    """Calls `action` every `seconds`; what escapes from it is logged and the ticking goes on."""

    def __init__(self, reactor: Any, seconds: float, action: Callable[[], None]) -> None:
        self._reactor = reactor
        self._action = action
        self._descriptor = _timer(seconds)

    def start(self) -> None:
        self._reactor.addReader(self)

    def stop(self) -> None:
        if self._descriptor >= 0:
            self._reactor.removeReader(self)
            os.close(self._descriptor)
            self._descriptor = -1

    def fileno(self) -> int:
        return self._descriptor

    def logPrefix(self) -> str:  # noqa: N802 (Twisted's name)
        return "ticker"

    def doRead(self) -> None:  # noqa: N802 (Twisted's name)
        with suppress(BlockingIOError):
            os.read(self._descriptor, 8)  # the number of ticks since the last read: we ignore it
        try:
            self._action()
        except Exception:
            _log.exception("tick-failed")

    def connectionLost(self, reason: object) -> None:  # noqa: N802 (Twisted's name)
        """The reactor gave the descriptor up; there is nothing to tell."""


def _timer(seconds: float) -> int:
    system = ctypes.CDLL(None, use_errno=True)
    descriptor: int = system.timerfd_create(time.CLOCK_MONOTONIC, _NONBLOCK | _CLOSE_ON_EXEC)
    whole, fraction = divmod(seconds, 1)
    each = _TimeSpec(int(whole), int(fraction * 1e9))
    failed: int = system.timerfd_settime(
        descriptor, 0, ctypes.byref(_TimerSpec(each, each)), ctypes.c_void_p(None)
    )
    if descriptor < 0 or failed:
        raise OSError(ctypes.get_errno(), "timerfd")
    return descriptor
