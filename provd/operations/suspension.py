"""Suspending an account: its phones and those of all accounts below lose their service, and get it
back when it is lifted. Devices that somebody has suspended by hand stay so."""

from __future__ import annotations

from datetime import datetime

import structlog

from provd.billing.subscription import Cause
from provd.store import Store

log = structlog.get_logger()


class Suspension:
    """Works within the caller's transaction: whatever posts to an account's balance suspends it,
    or lifts that, in the same one. Both methods are idempotent, and return the ids of the devices
    that are to be told after the commit (Reaching.tell_all); empty when nothing changed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def suspend(self, account_id: int, at: datetime, cause: Cause) -> list[int]:
        """`cause.kind` and `cause.reason` say why."""
        if not self._store.suspensions.suspend(account_id, at, cause.kind):
            return []
        log.warning("account_suspended", account=account_id, because=cause.kind)
        return self._store.suspensions.devices_concerned(account_id)

    def resume(self, account_id: int, at: datetime, cause: Cause) -> list[int]:
        if not self._store.suspensions.resume(account_id):
            return []
        log.info("account_resumed", account=account_id, because=cause.kind)
        return self._store.suspensions.devices_concerned(account_id)
