"""Suspending an account: its phones and those of all accounts below lose their service, and get it
back when it is lifted. Devices that somebody has suspended by hand stay so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from provd.billing.subscription import Cause, ChangeKind
from provd.provisioning.journal import new_id
from provd.store import Store
from provd.store.books import NewChange

log = structlog.get_logger()


class _UndoneError(Exception):
    """Takes a trial back."""


class Suspension:
    """Works within the caller's transaction: whatever posts to an account's balance suspends it,
    or lifts that, in the same one. The subscriptions below are suspended and resumed with it.

    Both methods are idempotent, and return the ids of the devices that are to be told after the
    commit (Telling.all); empty when nothing changed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def suspend(self, account_id: int, at: datetime, cause: Cause) -> list[int]:
        """`cause.kind` says why: it is what people are told."""
        if not self._store.suspensions.suspend(account_id, at, cause.kind):
            return []
        self._rest(self._store.books.resting_below(account_id, at), at, cause)
        self._log("account_suspended", account_id, cause)
        return self._store.suspensions.devices_concerned(account_id)

    def resume(self, account_id: int, at: datetime, cause: Cause) -> list[int]:
        """Where a device or another account above it is suspended, too, that stays so."""
        if not self._store.suspensions.resume(account_id):
            return []
        self._rest(self._store.books.resting_below(account_id, at), at, cause)
        self._log("account_resumed", account_id, cause)
        return self._store.suspensions.devices_concerned(account_id)

    def would_resume(self, account_id: int, at: datetime) -> list[int]:
        """The subscriptions that would go on if it were resumed then. Nothing of it stays."""
        found: list[int] = []
        try:
            with self._store.transaction():
                if self._store.suspensions.resume(account_id):
                    wanted = self._store.books.resting_below(account_id, at)
                    found = [id_ for id_, rests in wanted.items() if not rests]
                raise _UndoneError
        except _UndoneError:
            return found

    def begun(self, causes: Mapping[int, Cause]) -> None:
        """By subscription: those that started with these causes rest from their first day on where
        an account above them is suspended, or their device."""
        if not causes:
            return
        now = max(cause.at for cause in causes.values())
        wanted = self._store.books.resting_among(causes, now)
        self._store.books.record_changes(
            [
                NewChange(id_, ChangeKind.SUSPEND, causes[id_].at, causes[id_].at, causes[id_])
                for id_, rests in wanted.items()
                if rests
            ]
        )

    def settle(self, subscription_ids: Collection[int], at: datetime, cause: Cause) -> None:
        """Brings what the books say of these up to whether their device or an account above them is
        suspended. Idempotent."""
        self._rest(self._store.books.resting_among(subscription_ids, at), at, cause)

    def _log(self, event: str, account_id: int, cause: Cause) -> None:
        """Once it is so: a quote does all of this, too, and takes it back."""
        self._store.after_commit(lambda: log.info(event, account=account_id, because=cause.kind))

    def _rest(self, wanted: Mapping[int, bool], at: datetime, cause: Cause) -> None:
        """Charges nothing: the credit for a suspension that a debt has brought would lift it. The
        next billing run finds what is due."""
        kinds = {True: ChangeKind.SUSPEND, False: ChangeKind.RESUME}
        # The same cause may come again later, and is another one then: once is seen to above.
        cause = replace(cause, event_id=cause.event_id or new_id())
        self._store.books.record_changes(
            [NewChange(id_, kinds[rests], at, at, cause) for id_, rests in wanted.items()]
        )
