"""Sites: where the phones stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_network

from provd.devices import account as values
from provd.devices.account import AccountKind, IPNetwork, Scope
from provd.errors import InputError
from provd.store.database import Row
from provd.store.repository import Repository, new_uuid
from provd.store.scope import not_found, within
from provd.store.sealed import Sealed
from provd.store.tables import Account, Site


class Sites(Repository):
    """Customers' places."""

    def create(
        self,
        *,
        account_id: int,
        name: str,
        networks: Iterable[IPNetwork] = (),
        time_zone: str = "",
        settings: Mapping[str, object] | None = None,
    ) -> values.Site:
        """Raises InputError unless the account is a customer's."""
        uuid = new_uuid()
        with self._database.transaction():
            self._check_customer(account_id)
            site_id = self._database.insert(
                Site.insert(
                    uuid=uuid,
                    account_id=account_id,
                    name=name,
                    networks=[str(network) for network in networks],
                    time_zone=time_zone,
                    settings=self._sealed.seal_settings(settings or {}, "site", uuid),
                )
            )
            return self.get(site_id)

    def get(self, site_id: int, scope: Scope | None = None) -> values.Site:
        """Raises NotFoundError; `scope` None is for provd's own use."""
        query = Site.select(Site).where(Site.id == site_id)
        if scope is not None:
            query = query.join(Account, on=(Account.id == Site.account_id)).where(
                within(self._database, scope, Account.path)
            )
        row = self._database.row(query)
        if row is None:
            raise not_found("site")
        return site_from(row, self._sealed)

    def held(self, site_id: int, scope: Scope | None = None) -> values.Site:
        """As `get`, in a transaction: until its end nobody else changes the site, so what is made
        of what was read overwrites nobody's change."""
        self._database.write(Site.update(name=Site.name).where(Site.id == site_id))
        return self.get(site_id, scope)

    def in_scope(self, scope: Scope, account_id: int | None = None) -> list[values.Site]:
        """By name; `account_id` narrows it to one customer."""
        query = (
            Site.select(Site)
            .join(Account, on=(Account.id == Site.account_id))
            .where(within(self._database, scope, Account.path))
        )
        if account_id is not None:
            query = query.where(Site.account_id == account_id)
        rows = self._database.rows(query.order_by(Site.name, Site.id))
        return [site_from(row, self._sealed) for row in rows]

    def of_accounts(self, account_ids: Iterable[int]) -> list[values.Site]:
        """Of those customers, for provd's own use."""
        query = Site.select().where(Site.account_id.in_(list(account_ids)))
        return [site_from(row, self._sealed) for row in self._database.rows(query)]

    def all_networks(self) -> list[IPNetwork]:
        """Of every site there is, for provd's own use."""
        rows = self._database.rows(Site.select(Site.networks))
        return [ip_network(network) for row in rows for network in row["networks"]]

    def update(
        self,
        site_id: int,
        *,
        name: str | None = None,
        networks: Iterable[IPNetwork] | None = None,
        time_zone: str | None = None,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        """Changes what is given; `settings` replaces the site's layer."""
        with self._database.transaction():
            uuid = self._database.value(Site.select(Site.uuid).where(Site.id == site_id))
            if uuid is None:
                raise not_found("site")
            columns: dict[str, object] = {"name": name, "time_zone": time_zone}
            if networks is not None:
                columns["networks"] = [str(network) for network in networks]
            if settings is not None:
                columns["settings"] = self._sealed.seal_settings(settings, "site", str(uuid))
            given = {column: value for column, value in columns.items() if value is not None}
            if given:
                self._database.write(Site.update(**given).where(Site.id == site_id))
                self._database.configuration_changed()

    def _check_customer(self, account_id: int) -> None:
        kind = self._database.value(Account.select(Account.kind).where(Account.id == account_id))
        if kind is None:
            raise not_found("account")
        if kind != AccountKind.CUSTOMER:
            raise InputError(
                f"a site belongs to a customer, not to a {kind}",
                key="account",
                remedy="Create a customer for it",
            )


def site_from(row: Row, sealed: Sealed) -> values.Site:
    """The value of a row of `site`."""
    return values.Site(
        id=row["id"],
        account_id=row["account_id"],
        name=row["name"],
        networks=tuple(ip_network(network) for network in row["networks"]),
        time_zone=row["time_zone"],
        settings=sealed.open_settings(row["settings"], "site", row["uuid"]),
    )
