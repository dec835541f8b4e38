"""A device's enrolment: its token, and the window in which its first fetch is trusted."""

from __future__ import annotations

from datetime import datetime

import peewee

from provd.devices.placement import token_digest
from provd.devices.secret import Secret
from provd.store.device_rows import TOKEN
from provd.store.repository import Repository
from provd.store.scope import not_found
from provd.store.tables import Device


class Enrolments(Repository):
    """Opens and closes windows, renews tokens."""

    def open_window(self, device_id: int, until: datetime) -> None:
        """The next fetch over HTTPS before `until` is trusted again, from any address."""
        with self._database.transaction():
            changed = self._database.write(
                Device.update(open_until=until, first_address="").where(Device.id == device_id)
            )
            if not changed:
                raise not_found("device")
            self._database.configuration_changed()

    def pin_window(self, device_id: int, address: str) -> bool:
        """Binds an open window to the first address that asks. False when it is closed, or another
        address was faster."""
        with self._database.transaction():
            if self._change_open(device_id, Device.first_address == "", first_address=address):
                return True
            pinned = Device.select(Device.first_address).where(
                (Device.id == device_id) & Device.open_until.is_null(False)
            )
            return bool(self._database.value(pinned) == address)

    def close_window(self, device_id: int) -> bool:
        """Closes an open window for good; the first address stays on record. False when it was
        closed already."""
        with self._database.transaction():
            return self._change_open(device_id, Device.id == device_id, open_until=None)

    def rotate_token(self, device_id: int, token: Secret) -> None:
        """From now on the old token opens nothing. Raises the device's revision, because its file
        names its own URL."""
        with self._database.transaction():
            uuid = self._database.value(Device.select(Device.uuid).where(Device.id == device_id))
            if uuid is None:
                raise not_found("device")
            self._database.write(
                Device.update(
                    token=self._sealed.seal(token, TOKEN, uuid),
                    token_digest=token_digest(token.reveal()),
                    revision=Device.revision + 1,
                ).where(Device.id == device_id)
            )
            self._database.configuration_changed()

    def _change_open(self, device_id: int, which: peewee.Expression, **columns: object) -> bool:
        is_open = (Device.id == device_id) & Device.open_until.is_null(False)
        changed = self._database.write(Device.update(**columns).where(is_open & which))
        if changed:
            self._database.configuration_changed()
        return bool(changed)
