"""The places in the tree that settings are given at, by the names that people have for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from provd.devices.account import Account, AccountKind, Scope
from provd.devices.mac import Mac
from provd.devices.placement import Placement
from provd.errors import InputError, MacError, NotFoundError
from provd.operations.actor import Actor
from provd.operations.naming import only
from provd.operations.site_names import site_named
from provd.store import Store
from provd.store.fleets import Fleet

Given = Mapping[str, object]
"""Dotted key -> value, as a layer holds them."""


class Level(StrEnum):
    """From the weakest to the strongest; below all lie the vendors' folders and the profiles."""

    PROVIDER = "provider"
    RESELLER = "reseller"
    CUSTOMER = "customer"
    SITE = "site"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Place:
    """A layer in the database: what it held when it was looked for, what it holds while nobody else
    can change it, until the transaction ends, and how it is written; the phones below it, and how
    one of them would be placed, were the layer another."""

    name: str
    settings: Given
    held: Callable[[], Given]
    write: Callable[[Given], None]
    fleet: Fleet
    placed: Callable[[Placement, Given], Placement]


def place_named(store: Store, actor: Actor, level: Level, where: str) -> Place:
    """`where` is nothing for the provider, the name of a reseller or customer, of a site or
    customer/site, or a MAC; of all but devices it may be the number, #12. Raises NotFoundError
    outside of the actor's scope, InputError for a name that several have."""
    if level is Level.SITE:
        return _site(store, actor, where)
    if level is Level.DEVICE:
        return _device(store, actor, where)
    return _account(store, actor, AccountKind(level.value), where)


def _account(store: Store, actor: Actor, kind: AccountKind, where: str) -> Place:
    accounts = store.accounts
    found = [
        one
        for one in accounts.below(actor.scope, kind=kind)
        if kind is AccountKind.PROVIDER
        or where.strip().casefold() in {one.name.casefold(), f"#{one.id}"}
    ]
    account = only(found, kind, where, [one.name for one in found])
    return Place(
        account.name,
        account.settings,
        lambda: accounts.held(account.id, actor.scope).settings,
        lambda settings: accounts.update_settings(account.id, settings),
        Fleet(Scope(account.id)),
        lambda placement, settings: _with_account(placement, kind, settings),
    )


def _with_account(placement: Placement, kind: AccountKind, settings: Given) -> Placement:
    def other(account: Account) -> Account:
        return replace(account, settings=settings)

    if kind is AccountKind.PROVIDER:
        return replace(placement, provider=other(placement.provider))
    if kind is AccountKind.CUSTOMER:
        return replace(placement, customer=other(placement.customer))
    return replace(placement, reseller=placement.reseller and other(placement.reseller))


def _site(store: Store, actor: Actor, where: str) -> Place:
    found = site_named(store, actor.scope, where)
    site = found.site
    return Place(
        found.name,
        site.settings,
        lambda: store.sites.held(site.id, actor.scope).settings,
        lambda settings: store.sites.update(site.id, settings=settings),
        Fleet(actor.scope, site_id=site.id),
        lambda one, settings: replace(one, site=replace(one.site, settings=settings)),
    )


def _device(store: Store, actor: Actor, where: str) -> Place:
    try:
        device = store.devices.by_mac(Mac.parse(where), scope=actor.scope)
    except MacError as error:
        raise InputError(error.problem, key="where", remedy=error.remedy) from error
    if device is None:
        raise NotFoundError("there is no such device", key="where")
    return Place(
        str(device.mac),
        device.settings,
        lambda: store.devices.held(device.id, actor.scope).settings,
        lambda settings: store.devices.update(device.id, settings=settings),
        Fleet(actor.scope, device_id=device.id),
        lambda one, settings: replace(one, device=replace(one.device, settings=settings)),
    )
