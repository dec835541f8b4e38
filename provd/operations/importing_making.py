"""Making the customers and sites of an import file, with its phones in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from provd.devices.account import Account, Site
from provd.devices.contact import MOST_CONTACTS
from provd.errors import ConflictError
from provd.operations.checking import CheckedForm
from provd.operations.importing_places import NewPlaces
from provd.store import Store


class Made:
    """What was planned, and the ids that it has now."""

    def __init__(self, accounts: Mapping[int, Account], sites: Mapping[int, Site]) -> None:
        self._accounts = accounts
        self._sites = sites

    def placed(self, form: CheckedForm) -> CheckedForm:
        """The form with what was made in place of what was planned."""
        placement = form.placement
        site = self._sites.get(placement.site.id, placement.site)
        customer = self._accounts.get(placement.customer.id, placement.customer)
        device = replace(placement.device, site_id=site.id)
        return replace(
            form,
            placement=replace(placement, device=device, site=site, customer=customer),
            parties=replace(form.parties, customer_id=customer.id),
        )


def make(store: Store, new: NewPlaces) -> Made:
    """Within a transaction. Raises ConflictError where somebody has made one of them meanwhile:
    until the transaction ends nobody else makes any below the same accounts."""
    _check_unmade(store, new)
    accounts: dict[int, Account] = {}
    for one in new.customers:
        accounts[one.id] = store.accounts.create(
            kind=one.kind,
            name=one.name,
            parent_id=one.parent_id,
            currency=one.currency,
            time_zone=one.time_zone,
            settings=one.settings,
        )
        if contacts := new.contacts.get(one.id):
            store.phonebooks.put(accounts[one.id].id, contacts, most=MOST_CONTACTS)
    sites: dict[int, Site] = {}
    for site in new.sites:
        owner = accounts.get(site.account_id)
        sites[site.id] = store.sites.create(
            account_id=owner.id if owner else site.account_id,
            name=site.name,
            networks=site.networks,
            time_zone=site.time_zone,
            settings=site.settings,
        )
    return Made(accounts, sites)


def _check_unmade(store: Store, new: NewPlaces) -> None:
    parents = {one.parent_id for one in new.customers if one.parent_id is not None}
    owners = {one.account_id for one in new.sites if one.account_id > 0}
    held = {id_: store.accounts.held(id_) for id_ in sorted(parents | owners)}
    for one in held.values():
        one.must_be_open()
    for name in _now_there(store, new, held):
        raise ConflictError(f"“{name}” has been created meanwhile", remedy="Check it again")


def _now_there(store: Store, new: NewPlaces, held: Mapping[int, Account]) -> Iterator[str]:
    wanted = {(one.parent_id, one.name.casefold()) for one in new.customers}
    for account in store.accounts.children(held):
        if (account.parent_id, account.name.casefold()) in wanted:
            yield account.name
    places = {(one.account_id, one.name.casefold()) for one in new.sites}
    for site in store.sites.of_accounts(held):
        if (site.account_id, site.name.casefold()) in places:
            yield site.name
