"""Parked accounts: charged no further until a person has looked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from provd.devices.account import Scope
from provd.store.bulk import among, listed
from provd.store.repository import Repository
from provd.store.scope import within
from provd.store.tables import Account


@dataclass(frozen=True, slots=True)
class ParkedAccount:
    """Who, since when, and why."""

    account_id: int
    name: str
    at: datetime
    reason: str


class Parking(Repository):
    """The billing run passes parked customers over."""

    def park(self, account_id: int, reason: str, at: datetime) -> bool:
        """False when it was parked already; then the first reason stays."""
        free = (Account.id == account_id) & Account.parked_at.is_null()
        change = Account.update(parked_at=at, parked_reason=reason)
        return bool(self._database.write(change.where(free)))

    def unpark(self, account_id: int) -> bool:
        """Somebody has looked. False when it was not parked."""
        parked = (Account.id == account_id) & Account.parked_at.is_null(False)
        change = Account.update(parked_at=None, parked_reason=None)
        return bool(self._database.write(change.where(parked)))

    def parked_among(self, account_ids: Collection[int]) -> set[int]:
        """Which of these accounts themselves are parked."""
        text = f"""
            SELECT id FROM account
            WHERE {among(self._database, "id")} AND parked_at IS NOT NULL
            """  # noqa: S608  made of names in our code
        return {id_ for (id_,) in self._database.sql(text, (listed(self._database, account_ids),))}

    def parked(self, scope: Scope) -> list[ParkedAccount]:
        """Those in the scope, the longest parked first."""
        query = (
            Account.select()
            .where(Account.parked_at.is_null(False))
            .where(within(self._database, scope, Account.path))
            .order_by(Account.parked_at, Account.id)
        )
        return [
            ParkedAccount(row["id"], row["name"], row["parked_at"], row["parked_reason"])
            for row in self._database.rows(query)
        ]
