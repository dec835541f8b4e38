"""The settings that provider, resellers, customers, sites and devices give their phones: looked at,
set and taken back, one at a time. What is wrong is said here, not when a phone's file is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import structlog

from provd.devices.account import AccountKind, Role
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.devices.settings import RAW_PREFIX, setting
from provd.errors import InputError, MacError, NotFoundError, SettingError
from provd.operations.actor import Actor
from provd.operations.site_names import site_named
from provd.store import Store
from provd.vendors.registry import Registry

log = structlog.get_logger()

MANAGERS = (Role.ADMIN, Role.RESELLER)
Found = TypeVar("Found")


class Level(StrEnum):
    """From the weakest to the strongest; below all lie the vendors' folders and the profiles."""

    PROVIDER = "provider"
    RESELLER = "reseller"
    CUSTOMER = "customer"
    SITE = "site"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Given:
    """A setting that a level gives. `value` is a Secret where it must not be shown."""

    key: str
    value: object
    doc: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A layer in the database: what it held when it was looked for, what it holds while nobody else
    can change it, until the transaction ends, and how it is written."""

    name: str
    settings: Mapping[str, object]
    held: Callable[[], Mapping[str, object]]
    write: Callable[[Mapping[str, object]], None]


class PhoneSettings:
    """`where` names a level's one: nothing for the provider, the name of a reseller or customer, of
    a site or customer/site, or a MAC. Everything raises NotFoundError outside of the actor's
    scope."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry

    def given(self, actor: Actor, level: Level, where: str) -> list[Given]:
        """By key."""
        actor.must_be(*MANAGERS)
        place = self._place(actor, level, where)
        return [
            Given(key, setting(key).check(value), setting(key).doc)
            for key, value in sorted(place.settings.items())
        ]

    def set(self, actor: Actor, level: Level, where: str, key: str, text: str) -> tuple[str, ...]:
        """Sets it, and tells which vendors' phones do not know it. Phones that ask from now on get
        it. Raises SettingError for what is no setting or not of its type."""
        actor.must_be(*MANAGERS)
        row = setting(key)
        value = row.check(Secret(text) if row.secret else row.kind.read(text))
        if value == ():
            raise SettingError("the list is empty", key=key, remedy="Unset it instead")
        self._check_vendor(key)
        with self._store.transaction():
            place = self._place(actor, level, where)
            place.write({**place.held(), key: value})
        log.info("setting_set", by=actor.name, level=level, where=place.name, key=key)
        return tuple(
            vendor.title for vendor in self._registry.vendors if key in vendor.unsupported_settings
        )

    def unset(self, actor: Actor, level: Level, where: str, key: str) -> None:
        """The weaker levels' value counts again. Raises NotFoundError when it was not set there."""
        actor.must_be(*MANAGERS)
        with self._store.transaction():
            place = self._place(actor, level, where)
            settings = place.held()
            if key not in settings:
                raise NotFoundError(f"{place.name} does not set {key}", key="key")
            place.write({name: value for name, value in settings.items() if name != key})
        log.info("setting_unset", by=actor.name, level=level, where=place.name, key=key)

    def _check_vendor(self, key: str) -> None:
        if key.startswith(RAW_PREFIX):
            self._registry.vendor(key.split(".")[1])

    def _place(self, actor: Actor, level: Level, where: str) -> _Place:
        if level is Level.SITE:
            return self._site(actor, where)
        if level is Level.DEVICE:
            return self._device(actor, where)
        return self._account(actor, AccountKind(level.value), where)

    def _account(self, actor: Actor, kind: AccountKind, where: str) -> _Place:
        accounts = self._store.accounts
        found = [
            one
            for one in accounts.below(actor.scope, kind=kind)
            if kind is AccountKind.PROVIDER or one.name.casefold() == where.strip().casefold()
        ]
        account = _only(found, kind, where, [one.name for one in found])
        return _Place(
            account.name,
            account.settings,
            lambda: accounts.held(account.id, actor.scope).settings,
            lambda settings: accounts.update_settings(account.id, settings),
        )

    def _site(self, actor: Actor, where: str) -> _Place:
        found = site_named(self._store, actor.scope, where)
        site = found.site
        return _Place(
            found.name,
            site.settings,
            lambda: self._store.sites.held(site.id, actor.scope).settings,
            lambda settings: self._store.sites.update(site.id, settings=settings),
        )

    def _device(self, actor: Actor, where: str) -> _Place:
        try:
            device = self._store.devices.by_mac(Mac.parse(where), scope=actor.scope)
        except MacError as error:
            raise InputError(error.problem, key="where", remedy=error.remedy) from error
        if device is None:
            raise NotFoundError("there is no such device", key="where")
        return _Place(
            str(device.mac),
            device.settings,
            lambda: self._store.devices.held(device.id, actor.scope).settings,
            lambda settings: self._store.devices.update(device.id, settings=settings),
        )


def _only(found: list[Found], kind: str, where: str, names: list[str]) -> Found:
    """Raises NotFoundError when there is none, InputError when the name is that of several."""
    if not found:
        raise NotFoundError(f"there is no {kind} “{where[:60]}”", key="where")
    if len(found) > 1:
        raise InputError(
            f"there are several {kind}s “{where[:60]}”",
            key="where",
            remedy=f"There are: {', '.join(names)}",
        )
    return found[0]
