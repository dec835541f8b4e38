"""Devices with their lines: registered, changed, taken through their life cycle."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from provd.devices import device as values
from provd.devices.account import Scope
from provd.devices.device import Key
from provd.devices.lifecycle import LEFT, State
from provd.devices.mac import Mac
from provd.devices.placement import token_digest
from provd.devices.secret import Secret
from provd.errors import ConflictError
from provd.store.device_rows import (
    PASSWORD,
    TOKEN,
    device_from,
    insert_lines,
    keys_stored,
    lines_of,
)
from provd.store.device_search import DeviceSearch
from provd.store.enrolments import Enrolments
from provd.store.failures import conflict
from provd.store.fleets import Fleets
from provd.store.handovers import Handovers
from provd.store.placements import Placements
from provd.store.registrations import Registrations
from provd.store.repository import new_uuid
from provd.store.scope import not_found, within
from provd.store.standings import Standings
from provd.store.tables import Account, Device, Line, Site, Upload


class Devices(DeviceSearch, Enrolments, Fleets, Handovers, Placements, Registrations, Standings):
    """One MAC each."""

    def register(
        self,
        *,
        mac: Mac,
        vendor: str,
        model: str,
        site_id: int,
        registered_at: datetime,
        token: Secret,
        open_until: datetime | None,
        lines: Sequence[values.Line] = (),
        keys: Sequence[Key] = (),
        profile: str = "",
        label: str = "",
        settings: Mapping[str, object] | None = None,
        order_id: int | None = None,
        state: State = State.REGISTERED,
    ) -> values.Device:
        """Raises ConflictError when the MAC is registered, here or in another account."""
        uuid = new_uuid()
        with self._database.transaction():
            with conflict("this MAC is registered already", key="mac"):
                device_id = self._database.insert(
                    Device.insert(
                        uuid=uuid,
                        mac=mac.digits,
                        vendor=vendor,
                        model=model,
                        site_id=site_id,
                        order_id=order_id,
                        state=state,
                        profile=profile,
                        label=label,
                        settings=self._sealed.seal_settings(settings or {}, "device", uuid),
                        keys=keys_stored(keys),
                        revision=1,
                        registered_at=registered_at,
                        token=self._sealed.seal(token, TOKEN, uuid),
                        token_digest=token_digest(token.reveal()),
                        open_until=open_until,
                        first_address="",
                    )
                )
            self._insert_lines(device_id, lines)
            self._database.configuration_changed()
            return self.get(device_id)

    def get(self, device_id: int, scope: Scope | None = None) -> values.Device:
        """With its lines. Raises NotFoundError; `scope` None is for provd's own use."""
        found = self._one(Device.id == device_id, scope)
        if found is None:
            raise not_found("device")
        return found

    def held(self, device_id: int, scope: Scope | None = None) -> values.Device:
        """As `get`, in a transaction: until its end nobody else changes the device."""
        same = Device.update(revision=Device.revision).where(Device.id == device_id)
        self._database.write(same)
        return self.get(device_id, scope)

    def by_mac(self, mac: Mac, scope: Scope | None = None) -> values.Device | None:
        """With its lines. None when nobody registered it, and when it is outside the scope."""
        return self._one(Device.mac == mac.digits, scope)

    def of_order(self, order_id: int) -> list[values.Device]:
        """An order's devices by MAC, without their lines: the fulfilment house needs none."""
        query = Device.select().where(Device.order_id == order_id).order_by(Device.mac)
        return [device_from(row, self._sealed) for row in self._database.rows(query)]

    def replace_lines(self, device_id: int, lines: Sequence[values.Line]) -> None:
        """All lines anew. Raises ConflictError when two have the same number."""
        with self._database.transaction():
            self._database.write(Line.delete().where(Line.device_id == device_id))
            self._insert_lines(device_id, lines)
            self._raise_revision(device_id, None)

    def update(
        self,
        device_id: int,
        *,
        revision: int | None = None,
        vendor: str | None = None,
        model: str | None = None,
        site_id: int | None = None,
        order_id: int | None = None,
        profile: str | None = None,
        label: str | None = None,
        settings: Mapping[str, object] | None = None,
        keys: Sequence[Key] | None = None,
    ) -> None:
        """Changes what is given and raises the revision; at another customer's site the device is
        locked out.

        With `revision`, raises ConflictError when the device is no longer at that one: somebody
        else changed it since it was read.
        """
        columns: dict[str, object] = {
            "vendor": vendor,
            "model": model,
            "site_id": site_id,
            "order_id": order_id,
            "profile": profile,
            "label": label,
            "keys": None if keys is None else keys_stored(keys),
        }
        with self._database.transaction():
            if settings is not None:
                columns["settings"] = self._sealed.seal_settings(
                    settings, "device", self._uuid(device_id)
                )
            given = {column: value for column, value in columns.items() if value is not None}
            moves = site_id is not None and self._other_customers(device_id, site_id)
            self._raise_revision(device_id, revision, **given)
            if moves or vendor is not None:
                self._forget_uploads(device_id)
            if moves:
                self._lock_out(device_id)

    def change_state(self, device_id: int, before: State, after: State) -> bool:
        """Compare and set: False when the device is not in `before` (any more). Whether the arrow
        exists is for the caller to know. A device that has left is locked out, and what it sent is
        gone."""
        with self._database.transaction():
            changed = bool(self.change_states([device_id], before, after))
            if changed and after in LEFT:
                self._forget_uploads(device_id)
                self._lock_out(device_id)
        return changed

    def _forget_uploads(self, device_id: int) -> None:
        """What its former owner's people changed on it is none of the next one's business. Call it
        with the device's row written, or an upload that is just being kept would stay."""
        self._database.write(Upload.delete().where(Upload.device_id == device_id))

    def _lock_out(self, device_id: int) -> None:
        """Whoever had the device knows its token and its SIP passwords: they open nothing any
        more, and neither does its MAC until somebody opens a new window."""
        self.close_window(device_id)
        self.rotate_token(device_id, Secret(secrets.token_hex(16)))
        lines = self._database.rows(Line.select(Line.uuid).where(Line.device_id == device_id))
        for line in lines:
            fresh = self._sealed.seal(Secret(secrets.token_hex(16)), PASSWORD, line["uuid"])
            self._database.write(Line.update(password=fresh).where(Line.uuid == line["uuid"]))

    def _one(self, which: object, scope: Scope | None) -> values.Device | None:
        query = Device.select(Device).where(which)
        if scope is not None:
            query = (
                query.join(Site, on=(Site.id == Device.site_id))
                .join(Account, on=(Account.id == Site.account_id))
                .where(within(self._database, scope, Account.path))
            )
        row = self._database.row(query)
        if row is None:
            return None
        lines = lines_of(self._database, self._sealed, row["id"])
        return device_from(row, self._sealed, lines)

    def _insert_lines(self, device_id: int, lines: Sequence[values.Line]) -> None:
        with conflict("two lines have the same number", key="lines"):
            insert_lines(self._database, self._sealed, device_id, lines)

    def _other_customers(self, device_id: int, site_id: int) -> bool:
        """Within one customer those who had the device have it still."""
        owns = Site.select(Site.account_id)
        here = owns.join(Device, on=(Device.site_id == Site.id)).where(Device.id == device_id)
        there = owns.where(Site.id == site_id)
        return bool(self._database.value(here) != self._database.value(there))

    def _uuid(self, device_id: int) -> str:
        uuid = self._database.value(Device.select(Device.uuid).where(Device.id == device_id))
        if uuid is None:
            raise not_found("device")
        return str(uuid)

    def _raise_revision(self, device_id: int, expected: int | None, **columns: object) -> None:
        which = Device.id == device_id
        if expected is not None:
            which &= Device.revision == expected
        change = Device.update(revision=Device.revision + 1, **columns).where(which)
        if not self._database.write(change):
            self._uuid(device_id)  # tells the one that is missing from the one that moved on
            raise ConflictError(
                "somebody else changed this device meanwhile", remedy="Look at it again"
            )
        self._database.configuration_changed()
