"""The log: one line per event, to people or to programs, with secrets taken out at the last step.

Everything that logs ends here: structlog's loggers, Twisted's and the standard library's. A stream
that can't be written (a full disk, a closed pipe) loses lines and stops nothing. This module knows
nothing of what is logged.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import threading
from collections.abc import Callable
from typing import Any, Literal, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from twisted.logger import ILogObserver, LogEvent, LogLevel, eventAsText, globalLogBeginner

from provd.redaction import redacted

Format = Literal["console", "json"]

_LEVELS = {
    LogLevel.debug: logging.DEBUG,
    LogLevel.info: logging.INFO,
    LogLevel.warn: logging.WARNING,
    LogLevel.error: logging.ERROR,
    LogLevel.critical: logging.CRITICAL,
}


def configure_logs(
    level: str = "info",
    form: Format = "console",
    stream: TextIO | None = None,
    *,
    twisted: bool = True,
) -> None:
    """Sends all logs at or above `level` ("debug" to "error") to `stream` (standard error) in
    `form`. May be called again: the last call holds. Without `twisted`, somebody else hands
    Twisted's events to `twisted_observer`."""
    configure_structlog(level, form, stream or sys.stderr)
    _receive_standard_library()
    if twisted:
        _receive_twisted()


def configure_structlog(level: str, form: Format, stream: TextIO) -> None:
    """The part of `configure_logs` that leaves other libraries' loggers alone."""
    structlog.configure(
        processors=processors(form),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: _Lines(stream),
        # A cached logger would keep the stream of its first use, and hide from capture_logs().
        cache_logger_on_first_use=False,
    )


def processors(form: Format) -> list[Processor]:
    """From an event to a line. Redaction comes after everything that adds text."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact,
        _as_json if form == "json" else _for_people,
    ]


def _observe(event: LogEvent) -> None:
    namespace = str(event.get("log_namespace", ""))
    level = _LEVELS[event.get("log_level", LogLevel.info)]
    if level == logging.INFO and namespace.startswith(("twisted.", "log_legacy")):
        level = logging.DEBUG
    text = eventAsText(event, includeTraceback=False, includeTimestamp=False, includeSystem=False)
    structlog.get_logger().log(
        level, text, logger=namespace, exc_info=_exception_of(event.get("log_failure"))
    )


twisted_observer = cast(ILogObserver, _observe)
"""Hands Twisted's events on. What the framework says of its own doings at level info (a port
opened, a factory started) is for debugging."""


class StandardLibraryHandler(logging.Handler):
    """Hands the standard library's records on."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(
            record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info
        )


class _Lines:
    """What structlog calls with a finished line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def msg(self, line: str) -> None:
        # ValueError: the stream was closed.
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._stream.write(line + "\n")
            self._stream.flush()

    debug = info = warning = warn = error = critical = exception = fatal = log = msg


def _redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {key: redacted(value, key) for key, value in event.items()}


def _as_json(_: WrappedLogger, __: str, event: EventDict) -> str:
    return json.dumps(event, ensure_ascii=False)


def _for_people(_: WrappedLogger, __: str, event: EventDict) -> str:
    """`time level event key=value ...`, and a traceback on lines of its own."""
    traceback = event.pop("exception", "")
    head = f"{event.pop('timestamp')} {event.pop('level'):<8} {_on_one_line(event.pop('event'))}"
    pairs = [f"{key}={_quoted(value)}" for key, value in event.items() if value not in ("", None)]
    return "\n".join(filter(None, ("  ".join((head, *pairs)), traceback)))


def _on_one_line(value: Any) -> str:
    """Control characters as escapes: what a phone sends must not forge a line of the log."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in str(value))


def _quoted(value: Any) -> str:
    if not isinstance(value, str):
        return _on_one_line(value)
    is_plain = value.isprintable() and not set(value) & set(" =\"'")
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def _exception_of(failure: Any) -> Any:
    if failure is None:
        return None
    return failure.type, failure.value, failure.getTracebackObject()


def _receive_standard_library() -> None:
    root = logging.getLogger()
    if not any(isinstance(handler, StandardLibraryHandler) for handler in root.handlers):
        root.addHandler(StandardLibraryHandler())
        root.setLevel(logging.WARNING)


def _once(action: Callable[[], None]) -> Callable[[], None]:
    """Twisted complains about a second beginning."""
    done: list[bool] = []

    def run() -> None:
        if not done:
            done.append(True)
            action()

    return run


@_once
def _receive_twisted() -> None:
    globalLogBeginner.beginLoggingTo([twisted_observer], redirectStandardIO=False)
