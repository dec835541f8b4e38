"""A device that goes to somebody else, with nothing left of what the last one gave it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from provd.devices import device as values
from provd.devices.placement import token_digest
from provd.devices.secret import Secret
from provd.store.device_rows import TOKEN, insert_lines, keys_stored
from provd.store.repository import Repository
from provd.store.scope import not_found
from provd.store.tables import Device, Line, ShipmentOrder, Upload


class Handovers(Repository):
    """Its MAC, vendor and model stay; its past is the journal's and the books'."""

    def hand_over(
        self,
        device_id: int,
        *,
        site_id: int,
        order_id: int | None,
        label: str,
        profile: str,
        lines: Sequence[values.Line],
        keys: Sequence[values.Key] = (),
        settings: dict[str, object] | None = None,
        open_until: datetime,
    ) -> None:
        """Another site, other lines, keys and settings, another token, and a window by which it
        may come again; what it sent is gone. The state is for the caller to change. Raises
        NotFoundError."""
        token = Secret(secrets.token_hex(16))
        with self._database.transaction():
            row = self._database.row(Device.select(Device.uuid).where(Device.id == device_id))
            if row is None:
                raise not_found("device")
            self._database.write(
                Device.update(
                    site_id=site_id,
                    order_id=order_id,
                    label=label,
                    profile=profile,
                    settings=self._sealed.seal_settings(settings or {}, "device", row["uuid"]),
                    keys=keys_stored(keys),
                    token=self._sealed.seal(token, TOKEN, row["uuid"]),
                    token_digest=token_digest(token.reveal()),
                    open_until=open_until,
                    first_address="",
                    revision=Device.revision + 1,
                ).where(Device.id == device_id)
            )
            for table in (Line, Upload):
                self._database.write(table.delete().where(table.device_id == device_id))
            insert_lines(self._database, self._sealed, device_id, lines)
            self._database.configuration_changed()

    def leave_order(self, device_id: int) -> None:
        """An order that has not been shipped waits for the device no more; of one that has, it
        stays on record that it was among them."""
        open_orders = ShipmentOrder.select(ShipmentOrder.id).where(
            ShipmentOrder.shipped_at.is_null()
        )
        self._database.write(
            Device.update(order_id=None).where(
                (Device.id == device_id) & Device.order_id.in_(open_orders)
            )
        )
