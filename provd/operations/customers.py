"""Customers and their sites, resellers: found by the page, made, and told how to trust phones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import structlog

from provd.devices.account import Account, AccountKind, Role, Site
from provd.devices.settings import setting
from provd.errors import InputError, SettingError
from provd.operations.actor import Actor
from provd.operations.naming import named
from provd.operations.networks import networks_from
from provd.operations.views import CustomerRow, Page, SiteRow
from provd.operations.zones import zone_from
from provd.store import Store
from provd.store.scope import not_found

log = structlog.get_logger()

TRUST_WAYS = "trust.ways"


class Customers:
    """Within the actor's scope: what lies outside does not exist."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def customers(
        self, actor: Actor, *, search: str = "", page: int = 1, size: int = 50
    ) -> Page[CustomerRow]:
        """By name, those whose accounts are open; `search` finds a part of a customer's name, of a
        site's or of the reseller's."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        found, total = self._store.accounts.search(
            actor.scope, kinds=[AccountKind.CUSTOMER], text=search, page=page, size=size
        )
        return Page(tuple(self._rows(actor, found)), total, page, size)

    def customer(self, actor: Actor, account_id: int) -> CustomerRow:
        """Raises NotFoundError for what is no open customer's account."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        account = self._store.accounts.get(account_id, scope=actor.scope)
        if account.kind is not AccountKind.CUSTOMER or account.closed_at is not None:
            raise not_found("customer")
        return self._rows(actor, [account])[0]

    def resellers(self, actor: Actor) -> list[Account]:
        """By name, those whose accounts are open."""
        actor.must_be(Role.ADMIN)
        found = self._store.accounts.below(actor.scope, kind=AccountKind.RESELLER)
        return [one for one in found if one.closed_at is None]

    def sites(self, actor: Actor) -> list[SiteRow]:
        actor.must_be(Role.ADMIN, Role.RESELLER, Role.CUSTOMER)
        names = {account.id: account.name for account in self._store.accounts.below(actor.scope)}
        counts = self._store.devices.counts_by_site(actor.scope)
        return [
            SiteRow(site, names.get(site.account_id, ""), counts.get(site.id, 0))
            for site in self._store.sites.in_scope(actor.scope)
        ]

    def create_customer(self, actor: Actor, name: str) -> Account:
        """Below the actor's account, with its currency and time zone."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        name = named(name)
        with self._store.transaction():
            parent = self._store.accounts.held(actor.account_id)
            parent.must_be_open()
            others = self._store.accounts.children([parent.id])
            if name.casefold() in {other.name.casefold() for other in others}:
                raise InputError(f"you have a customer “{name}” already", key="name")
            return self._store.accounts.create(
                kind=AccountKind.CUSTOMER,
                name=name,
                parent_id=parent.id,
                currency=parent.currency,
                time_zone=parent.time_zone,
            )

    def create_site(
        self, actor: Actor, customer_id: int, name: str, networks: str, time_zone: str
    ) -> Site:
        """`networks` as `networks_from` reads them; the provider's may be of any size."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        name = named(name)
        customer = self._store.accounts.get(customer_id, scope=actor.scope)
        if customer.kind is not AccountKind.CUSTOMER:
            raise InputError("a site belongs to a customer", key="customer_id")
        with self._store.transaction():
            self._store.accounts.hold_open([customer.id])
            return self._store.sites.create(
                account_id=customer.id,
                name=name,
                networks=networks_from(networks, of_any_size=actor.role is Role.ADMIN),
                time_zone=zone_from(time_zone or customer.time_zone),
            )

    def set_trust_ways(self, actor: Actor, site_id: int, ways: Sequence[str] | None) -> None:
        """How phones of a site may prove themselves; None: as everywhere. Raises SettingError for
        what is no way, and for none at all: that would shut out every phone."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        with self._store.transaction():
            site = self._store.sites.held(site_id, scope=actor.scope)
            settings = {key: value for key, value in site.settings.items() if key != TRUST_WAYS}
            if ways is not None:
                settings[TRUST_WAYS] = _checked_ways(ways)
            self._store.sites.update(site.id, settings=settings)
        log.info("trust_ways_set", by=actor.name, site=site.name, ways=ways)

    def _rows(self, actor: Actor, accounts: Sequence[Account]) -> list[CustomerRow]:
        """With their sites, by three queries however many they are."""
        above = self._store.accounts.by_ids(one.parent_id for one in accounts if one.parent_id)
        names = {one.id: one.name for one in accounts}
        placed = self._store.sites.of_accounts(names)
        counts = self._store.devices.counts_by_site(actor.scope, [site.id for site in placed])
        sites: defaultdict[int, list[SiteRow]] = defaultdict(list)
        for site in sorted(placed, key=lambda one: (one.name, one.id)):
            row = SiteRow(site, names[site.account_id], counts.get(site.id, 0))
            sites[site.account_id].append(row)
        return [
            CustomerRow(one, _reseller(above[one.parent_id or 0]), tuple(sites[one.id]))
            for one in accounts
        ]


def _reseller(above: Account) -> str:
    return above.name if above.kind is AccountKind.RESELLER else ""


def _checked_ways(ways: Sequence[str]) -> object:
    if not ways:
        raise SettingError("no phone could prove itself", remedy="Name one way at least")
    return setting(TRUST_WAYS).check(list(ways))
