"""A reload: configuration, plugins, profiles and certificates read anew while phones are served.

All of it is built first, beside what is in service; only then it takes over, in one step on the
reactor's thread. What is wrong is told in the log, and changes nothing. While the database is away,
plugins and profiles stay as they were, and the rest takes over.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from twisted.internet.defer import Deferred

from provd.app import Provd, reconfigured, renewed
from provd.certificates import Certificates
from provd.configuration import PORTS, Configuration
from provd.configuration_sources import variable
from provd.configuration_types import Endpoint
from provd.devices.secret import Secret
from provd.errors import ProvdError, StoreBroken, StoreUnavailable

log = structlog.get_logger()

AT_START = (
    "data",
    "listen.addresses",
    *PORTS,
    "listen.legacy_port",
    "listen.metrics",
    "listen.pnp",
    "database.url",
    "workers",
    "portal.idle_minutes",
    "portal.session_hours",
)
"""Keys that count at the next start only: sockets are open, and sessions have begun."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that shall take over, ready. `waiting`: changed keys that need a restart. `away`:
    why plugins and profiles stay as they are, empty where they don't."""

    parts: Provd
    certificates: Certificates
    waiting: tuple[str, ...]
    away: str = ""


def prepared(parts: Provd, wanted: Configuration, now: datetime) -> Prepared:
    """Blocks; changes nothing that is in service. Raises ProvdError."""
    configuration, waiting = changeable(parts.configuration, wanted)
    away = ""
    try:
        fresh = renewed(parts, configuration)
    except (StoreUnavailable, StoreBroken) as error:
        fresh, away = reconfigured(parts, configuration), str(error)
    # Last, because certificates for other names replace the files of the old ones.
    return Prepared(fresh, Certificates.load(configuration, now), waiting, away)


def changeable(old: Configuration, wanted: Configuration) -> tuple[Configuration, tuple[str, ...]]:
    """`wanted` with the keys of AT_START as they are in `old`, and which of them differ."""
    waiting = tuple(key for key in AT_START if _value(old, key) != _value(wanted, key))
    for key in waiting:
        wanted = _with(wanted, key, _value(old, key))
    return wanted, waiting


def pinned(configuration: Configuration) -> dict[str, str]:
    """The keys of AT_START as variables of the environment, which win over any file: for a process
    that is to be one installation with this one. The database's password is among them, so they are
    for an environment, not for a command line or a log."""
    return {variable(key): _written(_value(configuration, key)) for key in AT_START}


class Reloader:
    """`ask` may come at any time, on the reactor's thread; two at once become one after another.

    `read` gives the configuration as it is now; `in_service` the parts that are; `take_over` can't
    fail.
    """

    def __init__(
        self,
        read: Callable[[], Configuration],
        in_service: Callable[[], Provd],
        take_over: Callable[[Prepared], None],
        *,
        in_thread: Callable[..., Awaitable[Prepared]],
        clock: Callable[[], datetime],
    ) -> None:
        self._read = read
        self._in_service = in_service
        self._take_over = take_over
        self._in_thread = in_thread
        self._clock = clock
        self._running = False
        self._asked_again = False

    def ask(self) -> None:
        if self._running:
            self._asked_again = True
            return
        self._running = True
        Deferred.fromCoroutine(self._reload()).addBoth(self._ended)

    def _ended(self, _: object) -> None:
        self._running = False
        if self._asked_again:
            self._asked_again = False
            self.ask()

    async def _reload(self) -> None:
        try:
            ready = await self._in_thread(self._prepare)
            self._take_over(ready)
        except ProvdError as error:
            log.error("reload_refused", error=str(error))
        except OSError as error:
            log.error("reload_refused", error=f"{error.filename}: {error.strerror}")
        except Exception:
            # The edge: a plugin's own code, a disk. Whatever it was, nothing has taken over.
            log.exception("reload_refused")
        else:
            _tell(ready)

    def _prepare(self) -> Prepared:
        return prepared(self._in_service(), self._read(), self._clock())


def _tell(ready: Prepared) -> None:
    after_restart = ", ".join(ready.waiting)
    if not ready.away:
        log.info("reloaded", after_restart=after_restart)
        return
    log.warning(
        "reloaded_in_part",
        stayed="plugins, profiles",
        error=ready.away,
        remedy="Reload again when the database is back",
        after_restart=after_restart,
    )


def _value(configuration: Configuration, key: str) -> Any:
    value: Any = configuration
    for name in key.split("."):
        value = getattr(value, name)
    return value


def _written(value: object) -> str:
    """As `configuration_types` reads it."""
    match value:
        case None:
            return ""
        case Secret():
            return value.reveal()
        case Endpoint(address, port):
            return f"[{address}]:{port}"
        case tuple():
            return ",".join(map(str, value))
    return str(value)


def _with(configuration: Configuration, key: str, value: object) -> Configuration:
    section, _, name = key.rpartition(".")
    if section:
        value = getattr(configuration, section).model_copy(update={name: value})
    return configuration.model_copy(update={section or name: value})
