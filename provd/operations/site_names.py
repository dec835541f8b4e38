"""A site by its name, or by `customer/name` where several have that one."""

from __future__ import annotations

from dataclasses import dataclass

from provd.devices.account import Scope, Site
from provd.operations.naming import only
from provd.store import Store


@dataclass(frozen=True, slots=True)
class NamedSite:
    """`name` has the customer's before it."""

    site: Site
    name: str


def site_named(store: Store, scope: Scope, where: str) -> NamedSite:
    """Raises NotFoundError where there is none, InputError where there are several."""
    customers = {one.id: one.name for one in store.accounts.below(scope)}
    wanted = where.strip().casefold()
    found = [
        NamedSite(site, f"{customers.get(site.account_id, '')}/{site.name}")
        for site in store.sites.in_scope(scope)
    ]
    found = [one for one in found if wanted in _names(one)]
    return only(found, "site", where, [one.name for one in found])


def _names(one: NamedSite) -> set[str]:
    """By its number, #12, no name is in doubt."""
    return {one.site.name.casefold(), one.name.casefold(), f"#{one.site.id}"}
