"""Lists of devices for people."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import peewee
from peewee import SQL, fn

from provd.devices import device as values
from provd.devices.account import Scope
from provd.devices.lifecycle import State
from provd.store.database import Row
from provd.store.device_rows import device_from
from provd.store.fields import from_microseconds
from provd.store.repository import Repository
from provd.store.scope import within
from provd.store.tables import Account, Device, JournalEntry, Line, Site

# Conditions of the partial indices, word for word: a bound parameter would not match them.
_BOOTED = SQL("whole AND completes_boot")
_REFUSED = SQL("reason <> ''")


class FoundDevice(NamedTuple):
    """One row of a list. The device comes without its lines: lists need no passwords opened."""

    device: values.Device
    site: str
    customer: str
    last_boot_at: datetime | None
    last_refusal_at: datetime | None


class DeviceSearch(Repository):
    """Finds devices in a scope."""

    def search(
        self,
        scope: Scope,
        *,
        text: str = "",
        state: State | None = None,
        site_id: int | None = None,
        page: int = 1,
        size: int = 50,
    ) -> tuple[list[FoundDevice], int]:
        """One page, the latest registered first, and how many there are in all. `text` is part of
        a MAC in any notation, a label, model, line, site or customer."""
        matching = within(self._database, scope, Account.path)
        if state is not None:
            matching &= Device.state == state
        if site_id is not None:
            matching &= Device.site_id == site_id
        if text.strip():
            matching &= _mentions(text.strip())
        total = self._database.value(_placed(fn.COUNT(Device.id)).where(matching))
        rows = self._database.rows(
            _placed(Device, Site.name.alias("site"), Account.name.alias("customer"), *_times())
            .where(matching)
            .order_by(Device.id.desc())
            .limit(size)
            .offset((max(page, 1) - 1) * size)
        )
        return [self._found(row) for row in rows], int(total)

    def with_user(self, scope: Scope, user: str) -> list[int]:
        """Ids of the devices that have a line of exactly that SIP user, in their order."""
        having = Line.select(Line.device_id).where(Line.user == user)
        found = (
            _placed(Device.id)
            .where(within(self._database, scope, Account.path) & Device.id.in_(having))
            .order_by(Device.id)
        )
        return [row["id"] for row in self._database.rows(found)]

    def vendors(self) -> set[str]:
        """Those of whom there is a device."""
        return {
            row["vendor"] for row in self._database.rows(Device.select(Device.vendor).distinct())
        }

    def counts_by_state(self, scope: Scope) -> dict[State, int]:
        """How many devices are in each state; states without any are left out."""
        counted = (
            _placed(Device.state, fn.COUNT(Device.id).alias("devices"))
            .where(within(self._database, scope, Account.path))
            .group_by(Device.state)
        )
        rows = self._database.rows(counted)
        return {State(row["state"]): row["devices"] for row in rows}

    def counts_by_site(
        self, scope: Scope, site_ids: Collection[int] | None = None
    ) -> dict[int, int]:
        """How many devices each site has, or each of these; sites without any are left out."""
        matching = within(self._database, scope, Account.path)
        if site_ids is not None:
            matching &= Device.site_id.in_(list(site_ids))
        counted = (
            _placed(Device.site_id, fn.COUNT(Device.id).alias("devices"))
            .where(matching)
            .group_by(Device.site_id)
        )
        return {row["site_id"]: row["devices"] for row in self._database.rows(counted)}

    def _found(self, row: Row) -> FoundDevice:
        return FoundDevice(
            device=device_from(row, self._sealed),
            site=row["site"],
            customer=row["customer"],
            last_boot_at=_instant(row["last_boot_at"]),
            last_refusal_at=_instant(row["last_refusal_at"]),
        )


def _placed(*columns: object) -> peewee.ModelSelect[Device]:
    return (
        Device.select(*columns)
        .join(Site, on=(Site.id == Device.site_id))
        .join(Account, on=(Account.id == Site.account_id))
    )


def _times() -> list[peewee.Node]:
    return [
        JournalEntry.select(fn.MAX(moment))
        .where(JournalEntry.device_id == Device.id, condition)
        .alias(name)
        for name, moment, condition in (
            ("last_boot_at", JournalEntry.finished_at, _BOOTED),
            ("last_refusal_at", JournalEntry.at, _REFUSED),
        )
    ]


def _mentions(text: str) -> peewee.Expression:
    named = Line.select(Line.device_id).where(
        Line.user.contains(text) | Line.display_name.contains(text)
    )
    found: peewee.Expression = (
        Device.label.contains(text)
        | Device.model.contains(text)
        | Site.name.contains(text)
        | Account.name.contains(text)
        | Device.id.in_(named)
    )
    digits = re.sub(r"[\s:.\-]", "", text).lower()
    if re.fullmatch(r"[0-9a-f]{2,12}", digits):
        found |= Device.mac.contains(digits)
    return found


def _instant(stored: int | datetime | None) -> datetime | None:
    return from_microseconds(stored) if isinstance(stored, int) else stored
