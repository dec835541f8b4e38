"""The phones below a place in the tree, for provd to look at one after another."""

from __future__ import annotations

from dataclasses import dataclass

import peewee
from peewee import fn

from provd.devices.account import Scope
from provd.devices.lifecycle import SERVED
from provd.store.repository import Repository
from provd.store.scope import within
from provd.store.tables import Account, Device, Site


@dataclass(frozen=True, slots=True)
class Fleet:
    """The phones below an account that get their full configuration; if given, only those of one
    site, one device, or one profile."""

    scope: Scope
    site_id: int | None = None
    device_id: int | None = None
    profile: str = ""


@dataclass(frozen=True, slots=True)
class ModelCount:
    """How many phones of a model there are; `some` are the ids of one or two."""

    vendor: str
    model: str
    devices: int
    some: tuple[int, ...]


class Fleets(Repository):
    """By id, and by model."""

    def fleet(self, fleet: Fleet) -> list[int]:
        """The ids of all of them, in their order."""
        rows = self._database.rows(self._of(fleet, Device.id).order_by(Device.id))
        return [row["id"] for row in rows]

    def fleet_models(self, fleet: Fleet) -> list[ModelCount]:
        """By vendor and model."""
        query = self._of(
            fleet,
            Device.vendor,
            Device.model,
            fn.COUNT(Device.id).alias("devices"),
            fn.MIN(Device.id).alias("first"),
            fn.MAX(Device.id).alias("last"),
        )
        grouped = query.group_by(Device.vendor, Device.model)
        rows = self._database.rows(grouped.order_by(Device.vendor, Device.model))
        return [
            ModelCount(
                row["vendor"],
                row["model"],
                row["devices"],
                tuple(dict.fromkeys((row["first"], row["last"]))),
            )
            for row in rows
        ]

    def _of(self, fleet: Fleet, *columns: object) -> peewee.ModelSelect[Device]:
        matching = within(self._database, fleet.scope, Account.path)
        matching &= Device.state.in_([state.value for state in SERVED])
        if fleet.site_id is not None:
            matching &= Device.site_id == fleet.site_id
        if fleet.device_id is not None:
            matching &= Device.id == fleet.device_id
        if fleet.profile:
            matching &= Device.profile == fleet.profile
        return (
            Device.select(*columns)
            .join(Site, on=(Site.id == Device.site_id))
            .join(Account, on=(Account.id == Site.account_id))
            .where(matching)
        )
