"""Lists of accounts for people."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import peewee
from peewee import fn

from provd.devices import account as values
from provd.devices.account import AccountKind, Scope
from provd.store.account_rows import account_from
from provd.store.repository import Repository
from provd.store.scope import within
from provd.store.tables import Account, Site

_Above = Account.alias("above")


class AccountSearch(Repository):
    """Finds accounts in a scope, a page at a time, by as many queries however many there are."""

    def search(
        self,
        scope: Scope,
        *,
        kinds: Collection[AccountKind],
        text: str = "",
        closed: bool = False,
        page: int = 1,
        size: int = 50,
    ) -> tuple[list[values.Account], int]:
        """One page, the scope's own account first, then by name, and how many there are in all.
        `text` is part of a name, of the name of the account above it, or of one of its sites;
        `closed` finds those that are closed, and only those."""
        matching = within(self._database, scope, Account.path) & Account.kind.in_(list(kinds))
        matching &= Account.closed_at.is_null(not closed)
        if text.strip():
            matching &= _mentions(text.strip())
        total = self._database.value(_joined(fn.COUNT(Account.id)).where(matching))
        rows = self._database.rows(
            _joined(Account)
            .where(matching)
            .order_by(Account.id != scope.account_id, fn.LOWER(Account.name), Account.id)
            .limit(size)
            .offset((max(page, 1) - 1) * size)
        )
        return [account_from(row, self._sealed) for row in rows], int(total)

    def by_ids(self, account_ids: Iterable[int]) -> dict[int, values.Account]:
        """For provd's own use."""
        query = Account.select().where(Account.id.in_(sorted(set(account_ids))))
        return {row["id"]: account_from(row, self._sealed) for row in self._database.rows(query)}


def _joined(*columns: object) -> peewee.ModelSelect[Account]:
    return Account.select(*columns).join(
        _Above, peewee.JOIN.LEFT_OUTER, on=(_Above.id == Account.parent_id)
    )


def _mentions(text: str) -> peewee.Expression:
    at_site = Site.select(Site.account_id).where(Site.name.contains(text))
    found: peewee.Expression = (
        Account.name.contains(text) | _Above.name.contains(text) | Account.id.in_(at_site)
    )
    return found
