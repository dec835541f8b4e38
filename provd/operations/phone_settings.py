"""The settings that provider, resellers, customers, sites and devices give their phones: looked at,
set and taken back, one at a time. What is wrong is said here, not when a phone's file is made."""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from provd.devices.account import Role
from provd.devices.secret import Secret
from provd.devices.settings import RAW_PREFIX, VOCABULARY, Setting, setting
from provd.errors import NotFoundError, RenderError, SettingError
from provd.operations.actor import Actor
from provd.operations.places import Level, place_named
from provd.provisioning.files import Files
from provd.provisioning.firmware_policy import VERSION
from provd.store import Store
from provd.store.fleets import Fleet, ModelCount
from provd.vendors.capability import Capability, capability
from provd.vendors.notes import remarks
from provd.vendors.registry import Registry

log = structlog.get_logger()

MANAGERS = (Role.ADMIN, Role.RESELLER)


@dataclass(frozen=True, slots=True)
class Given:
    """A setting that a level gives. `value` is a Secret where it must not be shown."""

    key: str
    value: object
    doc: str


@dataclass(frozen=True, slots=True)
class CannotTake:
    """Phones of a model that can't take a value: `why` is a clause for people."""

    model: str
    devices: int
    why: str


class PhoneSettings:
    """`where` names a level's one, as `place_named` reads it. Everything raises NotFoundError
    outside of the actor's scope."""

    def __init__(self, store: Store, registry: Registry, files: Files) -> None:
        self._store = store
        self._registry = registry
        self._files = files

    def given(self, actor: Actor, level: Level, where: str) -> list[Given]:
        """By key."""
        actor.must_be(*MANAGERS)
        place = place_named(self._store, actor, level, where)
        return [
            Given(key, self.row(key).check(value), setting(key).doc)
            for key, value in sorted(place.settings.items())
        ]

    def named(self, actor: Actor, level: Level, where: str) -> str:
        """What people call the place."""
        actor.must_be(*MANAGERS)
        return place_named(self._store, actor, level, where).name

    def set(
        self, actor: Actor, level: Level, where: str, key: str, text: str
    ) -> tuple[CannotTake, ...]:
        """Sets it, and tells which phones below can't take it. Phones that ask from now on get
        it. Raises SettingError for what is no setting or not of its type."""
        actor.must_be(*MANAGERS)
        value = self.read(key, text)
        with self._store.transaction():
            place = place_named(self._store, actor, level, where)
            place.write({**place.held(), key: value})
        log.info("setting_set", by=actor.name, level=level, where=place.name, key=key)
        return self.cannot_take(place.fleet, key, value)

    def unset(self, actor: Actor, level: Level, where: str, key: str) -> None:
        """The weaker levels' value counts again. Raises NotFoundError when it was not set there."""
        actor.must_be(*MANAGERS)
        with self._store.transaction():
            place = place_named(self._store, actor, level, where)
            settings = place.held()
            if key not in settings:
                raise NotFoundError(f"{place.name} does not set {key}", key="key")
            place.write({name: value for name, value in settings.items() if name != key})
        log.info("setting_unset", by=actor.name, level=level, where=place.name, key=key)

    def phones(self, actor: Actor, level: Level, where: str) -> int:
        """How many there are below the place."""
        actor.must_be(*MANAGERS)
        fleet = place_named(self._store, actor, level, where).fleet
        return sum(group.devices for group in self._store.devices.fleet_models(fleet))

    def row(self, key: str) -> Setting:
        """What a setting is, and whether its value may be seen. Raises SettingError."""
        return self._registry.setting(key)

    def read(self, key: str, text: str) -> object:
        """The value as it is kept. Raises SettingError."""
        row = self.row(key)
        value = row.check(Secret(text) if row.secret else row.kind.read(text))
        if value == ():
            raise SettingError("the list is empty", key=key, remedy="Unset it instead")
        if key.startswith(RAW_PREFIX):
            self._check_raw(key)
        return value

    def cannot_take(self, fleet: Fleet, key: str, value: object) -> tuple[CannotTake, ...]:
        """By model, found with one or two phones of each."""
        row = setting(key)
        if key not in VOCABULARY or not (row.for_phones or key == VERSION):
            return ()
        found = []
        for group in self._store.devices.fleet_models(fleet):
            if why := self._why_not(group, key, value):
                model = self._registry.vendor(group.vendor).model(group.model)
                found.append(CannotTake(model.title, group.devices, why))
        return tuple(found)

    def _why_not(self, group: ModelCount, key: str, value: object) -> str:
        """Empty where the model can take it, or no phone of it can be looked at."""
        for placement in self._store.devices.placements(group.some):
            try:
                vendor, phone = self._registry.vendor(group.vendor), self._files.phone(placement)
            except (NotFoundError, RenderError):
                continue
            kept = Secret("sample") if setting(key).secret else value
            phone = replace(phone, settings=phone.settings.replaced({key: kept}))
            if key == VERSION and key not in vendor.unsupported_settings:
                choice = self._files.firmware_of(phone)
                return choice.reason if choice.missing else ""
            return _why(capability(vendor, phone, key, kept))
        return ""

    def _check_raw(self, key: str) -> None:
        _, name, parameter = key.split(".", 2)
        if not self._registry.vendor(name).takes_raw(parameter):
            raise SettingError(
                "no parameter of this vendor has such a name", key=key,
                remedy="Write it as in the vendor's own files",
            )  # fmt: skip


def _why(told: Capability) -> str:
    said = "; ".join(remarks(told.notes))
    return said if told.reaches else said or "not supported by this model"


__all__ = ["CannotTake", "Given", "Level", "PhoneSettings"]
