"""Customers and sites that an import file makes where there are none: planned while it is checked,
made with its phones, in the same transaction.

What is planned has an id below zero, so that forms may refer to it as to any other.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from provd.devices.account import Account, AccountKind, Site
from provd.devices.contact import Contact
from provd.errors import InputError
from provd.operations.actor import Actor
from provd.operations.naming import named
from provd.store import Store


@dataclass(frozen=True, slots=True)
class NewPlaces:
    """What a file makes. A customer's `parent_id` is an account's that there is; a site's
    `account_id` may be a planned customer's. `contacts` are of planned customers. `titles` are for
    people: a customer, with whose it is, or customer/site."""

    customers: tuple[Account, ...] = ()
    sites: tuple[Site, ...] = ()
    contacts: Mapping[int, tuple[Contact, ...]] = field(default_factory=dict)
    titles: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.customers or self.sites)


NO_PLACES = NewPlaces()


class Places:
    """The customers and sites within an actor's scope, and those that are planned. With
    `create_missing` a name that stands for nothing yet is planned as well."""

    def __init__(self, store: Store, actor: Actor, *, create_missing: bool = False) -> None:
        self._own = store.accounts.get(actor.account_id)
        self._create_missing = create_missing
        self._ids = itertools.count(-1, -1)
        self._accounts: dict[int, Account] = {}
        self._named_accounts: dict[tuple[AccountKind, str], list[Account]] = {}
        for account in store.accounts.below(actor.scope):
            self._know_account(account)
        self._planned_contacts: dict[int, tuple[Contact, ...]] = {}
        self._by_name: dict[str, list[int]] = {}
        self._sites: dict[int, Site] = {}
        for site in store.sites.in_scope(actor.scope):
            self._know(site)

    def site(self, site_id: int) -> Site | None:
        return self._sites.get(site_id)

    def account(self, account_id: int) -> Account:
        return self._accounts[account_id]

    def title(self, site_id: int) -> str:
        """customer/site"""
        site = self._sites[site_id]
        return f"{self._customer_of(site)}/{site.name}"

    def named(self, name: str) -> Sequence[int]:
        """Ids of the sites of that name, or of customer/site."""
        return self._by_name.get(name.casefold(), ())

    @property
    def names(self) -> Mapping[str, Sequence[int]]:
        """Ids by folded name, and by customer/site."""
        return self._by_name

    def parent(self, reseller: str) -> Account:
        """Below which a new customer comes: the reseller of that name, or, without one, whoever
        imports. Raises InputError."""
        if not reseller.strip():
            return self._own
        resellers = self._of_kind(AccountKind.RESELLER, reseller)
        if not resellers:
            raise InputError(f"there is no reseller “{reseller[:60]}”", key="reseller")
        return resellers[0]

    def customer(self, name: str, parent: Account) -> Account | None:
        """The one of that name below that account, planned or not."""
        found = self._of_kind(AccountKind.CUSTOMER, name)
        return next((one for one in found if one.parent_id == parent.id), None)

    def plan_customer(
        self,
        name: str,
        parent: Account,
        *,
        time_zone: str = "",
        settings: Mapping[str, object] | None = None,
        contacts: Sequence[Contact] = (),
    ) -> Account:
        """With the parent's currency, and its time zone where none is given."""
        account = Account(
            next(self._ids),
            AccountKind.CUSTOMER,
            named(name),
            parent.id,
            parent.currency,
            time_zone or parent.time_zone,
            settings=settings or {},
        )
        self._know_account(account)
        if contacts:
            self._planned_contacts[account.id] = tuple(contacts)
        return account

    def site_of(self, customer: Account, name: str) -> Site | None:
        found = (self._sites[id_] for id_ in self.named(f"{customer.name}/{name}"))
        return next((site for site in found if site.account_id == customer.id), None)

    def plan_site(self, site: Site) -> Site:
        """As given, but for its id; without a time zone of its own it has its customer's."""
        zone = site.time_zone or self._accounts[site.account_id].time_zone
        planned = replace(site, id=next(self._ids), time_zone=zone, name=named(site.name))
        self._know(planned)
        return planned

    def missing(self, customer: str, site: str) -> int | None:
        """The id of a site that nobody knows yet, planned now, with its customer where that is
        unknown as well; None where nothing is to be created. Raises InputError without the
        customer's name, and for a name that several customers have."""
        if not self._create_missing:
            return None
        name = customer
        if not name:
            name, _, site = site.partition("/")
        if not name.strip() or not site.strip():
            raise InputError(
                "a new site needs its customer's name", key="site_id", remedy="Give it as well"
            )
        found = self._of_kind(AccountKind.CUSTOMER, name)
        if len(found) > 1:
            raise InputError(f"there are several customers “{name[:60]}”", key="site_id")
        owner = found[0] if found else self.plan_customer(name, self._own)
        return self.plan_site(Site(0, owner.id, site)).id

    def planned(self) -> NewPlaces:
        """All that is to be made, in the order of the file."""
        customers = tuple(one for id_, one in self._accounts.items() if id_ < 0)
        sites = tuple(one for id_, one in self._sites.items() if id_ < 0)
        titles = (*map(self._customer_title, customers), *(self.title(one.id) for one in sites))
        return NewPlaces(customers, sites, self._planned_contacts, titles)

    def _customer_title(self, customer: Account) -> str:
        parent = self._accounts[customer.parent_id or 0]
        return customer.name + ("" if parent.id == self._own.id else f", of {parent.name}")

    def _of_kind(self, kind: AccountKind, name: str) -> list[Account]:
        return self._named_accounts.get((kind, name.strip().casefold()), [])

    def _know_account(self, account: Account) -> None:
        self._accounts[account.id] = account
        named = (account.kind, account.name.casefold())
        self._named_accounts.setdefault(named, []).append(account)

    def _customer_of(self, site: Site) -> str:
        customer = self._accounts.get(site.account_id)
        return customer.name if customer else ""

    def _know(self, site: Site) -> None:
        self._sites[site.id] = site
        for name in (site.name, f"{self._customer_of(site)}/{site.name}"):
            self._by_name.setdefault(name.casefold(), []).append(site.id)
