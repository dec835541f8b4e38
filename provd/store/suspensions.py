"""Suspended accounts: one column, which counts for the account and for all below it, so that no
row of a device changes, however many there are."""

from __future__ import annotations

from datetime import datetime

import peewee

from provd.devices.account import Scope
from provd.devices.lifecycle import SERVED, State
from provd.store.repository import Repository
from provd.store.scope import within
from provd.store.tables import Account, Device, Site

_WITH_SERVICE = [state.value for state in SERVED - {State.SUSPENDED}]


class Suspensions(Repository):
    """Since when and why; whoever suspends a device by hand changes its state instead."""

    def suspend(self, account_id: int, at: datetime, reason: str) -> bool:
        """False when it was suspended already; then its time and reason stay."""
        active = (Account.id == account_id) & Account.suspended_at.is_null()
        return self._set(active, suspended_at=at, suspended_reason=reason)

    def resume(self, account_id: int) -> bool:
        """False when it was not suspended."""
        suspended = (Account.id == account_id) & Account.suspended_at.is_null(False)
        return self._set(suspended, suspended_at=None, suspended_reason=None)

    def reason(self, account_id: int) -> str:
        """Empty when it is not suspended."""
        query = Account.select(Account.suspended_reason).where(Account.id == account_id)
        return str(self._database.value(query) or "")

    def devices_concerned(self, account_id: int) -> list[int]:
        """The devices below, by id, that have service or not as this account has: not those that
        somebody suspended by hand, nor those with another suspended account above them."""
        above, top = Account.alias(), Account.alias()
        others = [
            (one.id == account_id) | one.id.is_null() | one.suspended_at.is_null()
            for one in (Account, above, top)
        ]
        query = (
            Device.select(Device.id)
            .join(Site, on=(Site.id == Device.site_id))
            .join(Account, on=(Account.id == Site.account_id))
            .join(above, on=(above.id == Account.parent_id))
            .join(top, peewee.JOIN.LEFT_OUTER, on=(top.id == above.parent_id))
            .where(within(self._database, Scope(account_id), Account.path))
            .where(Device.state.in_(_WITH_SERVICE), *others)
            .order_by(Device.id)
        )
        return [row["id"] for row in self._database.rows(query)]

    def _set(self, which: peewee.Expression, **columns: object) -> bool:
        with self._database.transaction():
            changed = bool(self._database.write(Account.update(**columns).where(which)))
            if changed:
                self._database.configuration_changed()
        return changed
