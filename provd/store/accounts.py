"""Accounts: the tree of provider, resellers and customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import peewee

from provd.devices import account as values
from provd.devices.account import AccountKind, Brand, Scope
from provd.errors import InputError
from provd.store.account_rows import account_from
from provd.store.account_search import AccountSearch
from provd.store.failures import conflict
from provd.store.repository import new_uuid
from provd.store.scope import not_found, path_of, within
from provd.store.tables import Account

_PARENTS: dict[AccountKind, frozenset[AccountKind | None]] = {
    AccountKind.PROVIDER: frozenset({None}),
    AccountKind.RESELLER: frozenset({AccountKind.PROVIDER}),
    AccountKind.CUSTOMER: frozenset({AccountKind.PROVIDER, AccountKind.RESELLER}),
}

Chain = tuple[values.Account, values.Account | None, values.Account | None]


class Accounts(AccountSearch):
    """The tree. An account never moves, so its path is written once."""

    def create(
        self,
        *,
        kind: AccountKind,
        name: str,
        parent_id: int | None = None,
        currency: str,
        time_zone: str,
        brand: Brand | None = None,
        settings: Mapping[str, object] | None = None,
    ) -> values.Account:
        """Raises InputError when that kind has no place below that parent, ConflictError when the
        brand's host name is taken or there is a provider already."""
        uuid = new_uuid()
        with (
            conflict("another account uses this host name", key="brand.host"),
            self._database.transaction(),
        ):
            above = self._path_above(kind, parent_id)
            account_id = self._database.insert(
                Account.insert(
                    uuid=uuid,
                    parent_id=parent_id,
                    path=f"new:{uuid}",
                    kind=kind,
                    name=name,
                    currency=currency,
                    time_zone=time_zone,
                    settings=self._sealed.seal_settings(settings or {}, "account", uuid),
                    **_brand_columns(brand),
                )
            )
            # The path ends in the account's own id, which is known only now.
            self._change(account_id, path=f"{above}{account_id}/")
        return self.get(account_id)

    def get(self, account_id: int, scope: Scope | None = None) -> values.Account:
        """Raises NotFoundError; `scope` None is for provd's own use."""
        query = Account.select().where(Account.id == account_id)
        if scope is not None:
            query = query.where(within(self._database, scope, Account.path))
        row = self._database.row(query)
        if row is None:
            raise not_found("account")
        return account_from(row, self._sealed)

    def held(self, account_id: int, scope: Scope | None = None) -> values.Account:
        """As `get`, in a transaction: until its end nobody else changes the account."""
        self._change(account_id, name=Account.name)
        return self.get(account_id, scope)

    def hold_open(self, account_ids: Iterable[int]) -> None:
        """In a transaction: until its end nobody closes or else changes these. Raises InputError
        for one that is closed."""
        query = Account.select().where(Account.id.in_(sorted(set(account_ids))))
        query = query.order_by(Account.id)
        if self._database.is_postgresql:
            query = query.for_update("FOR NO KEY UPDATE")  # type: ignore[arg-type]  # the clause
        for row in self._database.rows(query):
            account_from(row, self._sealed).must_be_open()

    def root(self) -> values.Account | None:
        """The provider; None in a database where nobody has been set up."""
        row = self._database.row(Account.select().where(Account.parent_id.is_null()))
        return account_from(row, self._sealed) if row else None

    def below(self, scope: Scope, kind: AccountKind | None = None) -> list[values.Account]:
        """The scope's own account and all below it, by name."""
        query = Account.select().where(within(self._database, scope, Account.path))
        if kind is not None:
            query = query.where(Account.kind == kind)
        ordered = query.order_by(peewee.fn.LOWER(Account.name), Account.id)
        return [account_from(row, self._sealed) for row in self._database.rows(ordered)]

    def children(self, account_ids: Iterable[int]) -> list[values.Account]:
        """The accounts right below those, for provd's own use."""
        query = Account.select().where(Account.parent_id.in_(list(account_ids)))
        return [account_from(row, self._sealed) for row in self._database.rows(query)]

    def upwards(self, account_id: int) -> list[values.Account]:
        """The account, the one above it, and so on to the provider."""
        path = path_of(self._database, account_id)
        ids = [int(step) for step in path.strip("/").split("/")]
        query = Account.select().where(Account.id.in_(ids)).order_by(Account.path.desc())
        return [account_from(row, self._sealed) for row in self._database.rows(query)]

    def chain(self, account_id: int) -> Chain:
        """(provider, reseller or None, customer or None): the account and those above it."""
        found = {account.kind: account for account in self.upwards(account_id)}
        return (
            found[AccountKind.PROVIDER],
            found.get(AccountKind.RESELLER),
            found.get(AccountKind.CUSTOMER),
        )

    def by_host(self, host: str) -> values.Account | None:
        """Whose sign-in page is served under this host name."""
        if not host:
            return None
        row = self._database.row(Account.select().where(Account.brand_host == host.lower()))
        return account_from(row, self._sealed) if row else None

    def update_brand(self, account_id: int, brand: Brand | None) -> None:
        """Raises ConflictError when the host name is another account's."""
        with conflict("another account uses this host name", key="brand.host"):
            self._change(account_id, **_brand_columns(brand))

    def update_settings(self, account_id: int, settings: Mapping[str, object]) -> None:
        """Replaces the account's layer."""
        with self._database.transaction():
            query = Account.select(Account.uuid).where(Account.id == account_id)
            uuid = str(self._database.value(query))
            sealed = self._sealed.seal_settings(settings, "account", uuid)
            self._change(account_id, settings=sealed)
            self._database.configuration_changed()

    def _change(self, account_id: int, **columns: object) -> None:
        query = Account.update(**columns).where(Account.id == account_id)
        if not self._database.write(query):
            raise not_found("account")

    def _path_above(self, kind: AccountKind, parent_id: int | None) -> str:
        parent = None if parent_id is None else self.get(parent_id)
        if (parent.kind if parent else None) not in _PARENTS[kind]:
            place = f"below a {parent.kind}" if parent else "without an account above it"
            raise InputError(f"a {kind} has no place {place}", key="parent")
        if parent is None:
            if self.root() is not None:
                raise InputError("this installation has its provider already", key="kind")
            return "/"
        return path_of(self._database, parent.id)


def _brand_columns(brand: Brand | None) -> dict[str, object]:
    if brand is None:
        return {"brand_title": None, "brand_colour": None, "brand_host": None}
    return {
        "brand_title": brand.title,
        "brand_colour": brand.colour,
        "brand_host": brand.host.lower(),
    }
