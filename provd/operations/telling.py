"""Telling phones that their configuration is another one, when somebody else's doing changed it.

Best effort, and only after the commit: a phone that is not reached asks by itself some day, and
until then its own account is refused by whoever runs the SIP server.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog

from provd.devices.account import Role
from provd.errors import ProvdError
from provd.operations.actor import Actor
from provd.operations.reaching import Reaching
from provd.store import Store

log = structlog.get_logger()

PATIENCE = 3.0
"""Seconds for one phone's answer."""

WITHIN = 60.0
"""Seconds for all of them; who was not reached by then is left to ask by itself."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How many accepted, of how many."""

    accepted: int
    devices: int


class Telling:
    """Blocks: for a command, or a thread."""

    def __init__(
        self, store: Store, reaching: Reaching, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._reaching = reaching
        self._clock = clock
        self._threads: list[threading.Thread] = []

    def all(self, device_ids: Collection[int], by: str) -> Reached:
        """Tells these devices to fetch their files. `by` is who caused it, for the log. Nothing
        that goes wrong with a phone is raised."""
        root = self._store.accounts.root()
        if root is None or not device_ids:
            return Reached(0, len(device_ids))
        actor, end, accepted = Actor(by, Role.ADMIN, root.id), self._clock() + WITHIN, 0
        for device_id in sorted(device_ids):
            if self._clock() >= end:
                log.warning("phones_not_told", devices=len(device_ids), accepted=accepted)
                break
            accepted += self._one(actor, device_id)
        return Reached(accepted, len(device_ids))

    def soon(self, device_ids: Collection[int], by: str) -> None:
        """As `all`, without waiting: in a thread of its own, which ends with the process."""
        if device_ids:
            thread = threading.Thread(target=self.all, args=(device_ids, by), daemon=True)
            self._threads = [*(one for one in self._threads if one.is_alive()), thread]
            thread.start()

    def wait(self) -> None:
        """Until all are told who are being told: for a command, before it ends."""
        for thread in self._threads:
            thread.join()

    def _one(self, actor: Actor, device_id: int) -> bool:
        try:
            mac = str(self._store.devices.get(device_id).mac)
            return self._reaching.resync(actor, mac, patience=PATIENCE).accepted
        except (ProvdError, OSError) as error:
            log.info("phone_not_told", device=device_id, reason=str(error))
            return False
