"""What forms refer to, as the store has it: each asked for once, however many forms name it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from provd.billing.plan import Plan, PlanRole, SubjectKind
from provd.devices.account import Account, Scope, Site
from provd.devices.device import Order
from provd.errors import InputError, NotFoundError
from provd.operations.importing_places import Places
from provd.store import Store

Found = TypeVar("Found")
Accounts = tuple[Account, Account | None, Account]
"""Provider, reseller or None, customer."""


class Referred:
    """Lives as long as one check of one form, or of one file of forms."""

    def __init__(self, store: Store, scope: Scope, places: Places | None = None) -> None:
        """`places` knows the customers and sites that are planned only."""
        self._store = store
        self._scope = scope
        self._places = places
        self._remembered: dict[Hashable, tuple[Callable[[], object], object]] = {}
        self._promised: dict[tuple[int, str], Site] = {}

    def site(self, site_id: int) -> Site:
        """Raises InputError when it is none of theirs."""
        if site_id < 0 and self._places:
            site = self._places.site(site_id)
        else:
            site = self._once(("site", site_id), lambda: self._site(site_id))
        if site is None:
            raise InputError("choose a site of yours", key="site_id")
        return site

    def accounts(self, site: Site) -> Accounts:
        """Raises InputError unless it is the site of a customer whose account is open."""
        if self._places and site.account_id < 0:
            planned = self._places.account(site.account_id)
            provider, reseller, _ = self._chain(planned.parent_id or 0)
            (reseller or provider).must_be_open("site_id")
            return provider, reseller, planned
        provider, reseller, customer = self._chain(site.account_id)
        if customer is None:
            raise InputError("a site belongs to a customer", key="site_id")
        customer.must_be_open("site_id")
        return provider, reseller, customer

    def plans(self, account_id: int) -> dict[int, Plan]:
        """By id: main plans for slots, the account's own and those that the accounts above it share
        with it; withdrawn ones too."""
        return self._once(("plans", account_id), lambda: self._plans(account_id))

    def order(self, reference: str, site: Site, seller: Account) -> Order | None:
        """The seller's order of that reference, to whatever site."""
        key = ("order", seller.id, reference.casefold())
        return self._once(key, lambda: self._store.orders.find(reference, seller_id=seller.id))

    def promised_to(self, reference: str, site: Site, seller: Account) -> Site:
        """To which site a new order goes: where the first form that named it said."""
        return self._promised.setdefault((seller.id, reference.casefold()), site)

    def unchanged(self) -> bool:
        """Whether all that was looked at would be found the same now."""
        return all(ask() == found for ask, found in self._remembered.values())

    def _chain(self, account_id: int) -> tuple[Account, Account | None, Account | None]:
        return self._once(("accounts", account_id), lambda: self._store.accounts.chain(account_id))

    def _once(self, key: Hashable, ask: Callable[[], Found]) -> Found:
        if key not in self._remembered:
            self._remembered[key] = (ask, ask())
        found: Found = self._remembered[key][1]  # type: ignore[assignment]  # what `ask` gave
        return found

    def _site(self, site_id: int) -> Site | None:
        try:
            return self._store.sites.get(site_id, scope=self._scope)
        except NotFoundError:
            return None

    def _plans(self, account_id: int) -> dict[int, Plan]:
        chain = self._store.accounts.chain(account_id)
        owners = [account.id for account in chain if account]
        return {
            plan.id: plan
            for plan in self._store.books.plans(owner_ids=owners)
            if plan.offered_to(account_id) and _for_a_phone(plan)
        }


def _for_a_phone(plan: Plan) -> bool:
    """What a new phone's slot can be subscribed to; everything else is added afterwards."""
    return plan.subject is SubjectKind.SLOT and plan.role is PlanRole.MAIN
