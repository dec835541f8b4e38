"""Leased things where they stand: slots with what fills them, found by whoever looks after them."""

from __future__ import annotations

from dataclasses import dataclass

from provd.billing.subscription import ItemKind, Slot
from provd.devices.account import Scope
from provd.devices.mac import Mac
from provd.store.books.tables import Slot as SlotRow
from provd.store.repository import Repository
from provd.store.scope import not_found, path_of

_PLACED = """
    SELECT slot.id, slot.site_id, slot.name, slot.device_id, slot.item, slot.model, slot.serial,
           site.name, c.id, c.name, d.mac, d.model
    FROM slot
    JOIN site ON site.id = slot.site_id
    JOIN account c ON c.id = site.account_id
    LEFT JOIN device d ON d.id = slot.device_id
    WHERE c.path >= ? AND c.path < ?
    AND EXISTS (SELECT 1 FROM subscription s WHERE s.slot_id = slot.id)
    """


@dataclass(frozen=True, slots=True)
class PlacedSlot:
    """A slot that somebody pays for, and where it is. `mac` and `device_model` are the device's
    that fills it; None and empty where none does."""

    slot: Slot
    site: str
    customer_id: int
    customer: str
    mac: Mac | None
    device_model: str


class Leaseholds(Repository):
    """Reads within a scope; outside of it there is nothing."""

    def placed_slots(self, scope: Scope, called: str = "") -> list[PlacedSlot]:
        """By customer, site and name. `called` narrows it to those of that serial number or name,
        or with the phone of that MAC (its digits) in them."""
        start = path_of(self._database, scope.account_id)
        given: tuple[object, ...] = (start, start[:-1] + "0")
        named = ""
        if called:
            named = "AND (LOWER(slot.serial) = ? OR LOWER(slot.name) = ? OR d.mac = ?)"
            given += (called.lower(),) * 3
        order = "ORDER BY LOWER(c.name), c.id, site.name, slot.name, slot.id"
        rows = self._database.sql(f"{_PLACED} {named} {order}", given)
        return [_placed(*row) for row in rows]

    def placed_slot(self, slot_id: int, scope: Scope) -> PlacedSlot:
        """Raises NotFoundError."""
        start = path_of(self._database, scope.account_id)
        given = (start, start[:-1] + "0", slot_id)
        rows = self._database.sql(f"{_PLACED} AND slot.id = ?", given)
        if not rows:
            raise not_found("lease")
        return _placed(*rows[0])

    def hold_slot(self, slot_id: int) -> None:
        """In a transaction: until its end nobody else does anything about what fills it."""
        same = SlotRow.update(name=SlotRow.name).where(SlotRow.id == slot_id)
        self._database.write(same)

    def refill_slot(self, slot_id: int, *, model: str, serial: str) -> None:
        """Another thing of the same kind."""
        change = SlotRow.update(model=model, serial=serial).where(SlotRow.id == slot_id)
        self._database.write(change)


def _placed(
    slot_id: int,
    site_id: int,
    name: str,
    device_id: int | None,
    item: str,
    model: str,
    serial: str,
    site: str,
    customer_id: int,
    customer: str,
    mac: str | None,
    device_model: str | None,
) -> PlacedSlot:
    slot = Slot(slot_id, site_id, name, device_id, ItemKind(item), model, serial)
    digits = Mac(mac) if mac else None
    return PlacedSlot(slot, site, customer_id, customer, digits, device_model or "")
