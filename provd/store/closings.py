"""Closed accounts: who may not sign in any more, and what must have come to an end before."""

from __future__ import annotations

from datetime import datetime

from peewee import fn

from provd.devices.account import Scope
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.store.books.tables import Subscription
from provd.store.repository import Repository
from provd.store.scope import within
from provd.store.tables import Account, Device, PortalUser, Site

_GONE = [State.RETURNED.value, State.RETIRED.value]


class Closings(Repository):
    """An account's own row and users; what is below it is for the caller to look at."""

    def close(self, account_id: int, at: datetime, by: str) -> bool:
        """Its users' sessions end. False when it was closed already; then time and name stay."""
        users = (PortalUser.account_id == account_id) & PortalUser.active
        with self._database.transaction():
            still_open = (Account.id == account_id) & Account.closed_at.is_null()
            closing = Account.update(closed_at=at, closed_by=by).where(still_open)
            if not self._database.write(closing):
                return False
            self._database.write(
                PortalUser.update(
                    active=False, returns=True, session_epoch=PortalUser.session_epoch + 1
                ).where(users)
            )
        return True

    def open(self, account_id: int) -> bool:
        """Those of its users are active again that were before. False when it was not closed."""
        users = (PortalUser.account_id == account_id) & PortalUser.returns
        with self._database.transaction():
            closed = (Account.id == account_id) & Account.closed_at.is_null(False)
            if not self._database.write(
                Account.update(closed_at=None, closed_by=None).where(closed)
            ):
                return False
            self._database.write(PortalUser.update(active=True, returns=False).where(users))
        return True

    def users_able_to_sign_in(self, account_id: int) -> int:
        """How many users of the account itself are active."""
        query = PortalUser.select(fn.COUNT(PortalUser.id)).where(
            (PortalUser.account_id == account_id) & PortalUser.active
        )
        return int(self._database.value(query))

    def devices_left(self, account_id: int) -> list[tuple[Mac, State]]:
        """By id, those below the account that are neither returned nor retired."""
        query = (
            Device.select(Device.mac, Device.state)
            .join(Site, on=(Site.id == Device.site_id))
            .join(Account, on=(Account.id == Site.account_id))
            .where(within(self._database, Scope(account_id), Account.path))
            .where(Device.state.not_in(_GONE))
            .order_by(Device.id)
        )
        return [(Mac(row["mac"]), State(row["state"])) for row in self._database.rows(query)]

    def retired_among(self, device_ids: set[int]) -> set[int]:
        """Those that somebody has written off."""
        query = Device.select(Device.id).where(
            Device.id.in_(sorted(device_ids)) & (Device.state == State.RETIRED)
        )
        return {row["id"] for row in self._database.rows(query)}

    def still_to_be_charged(self, customer_id: int) -> set[int]:
        """The customer's subscriptions of which something falls due yet, or a billing run has not
        found that nothing does."""
        query = Subscription.select(Subscription.id).where(
            (Subscription.customer_id == customer_id) & Subscription.next_due.is_null(False)
        )
        return {row["id"] for row in self._database.rows(query)}
