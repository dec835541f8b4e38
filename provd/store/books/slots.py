"""Slots: the places that leased devices fill, and which device filled which when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from provd.billing import subscription as values
from provd.billing.subscription import ItemKind
from provd.store.books.tables import Slot, SlotSpan
from provd.store.bulk import among, listed
from provd.store.database import Row
from provd.store.failures import conflict
from provd.store.fields import to_microseconds
from provd.store.repository import Repository
from provd.store.scope import not_found


class Span(NamedTuple):
    """From `since` until before `until`, in microseconds; an open one has no end yet."""

    device_id: int
    since: int
    until: int | None


def device_at(spans: Iterable[Span], at: datetime) -> int | None:
    """Who filled a slot at that moment, of spans as `Slots.slot_spans` gives them."""
    moment = to_microseconds(at)
    for span in spans:
        if span.since <= moment and (span.until is None or moment < span.until):
            return span.device_id
    return None


class Slots(Repository):
    """A slot holds one device or none; a device fills one slot or none."""

    def create_slot(
        self,
        *,
        site_id: int,
        name: str,
        item: ItemKind = ItemKind.PHONE,
        model: str = "",
        serial: str = "",
    ) -> values.Slot:
        """Without a device at first."""
        slot_id = self._database.insert(
            Slot.insert(site_id=site_id, name=name, item=item, model=model, serial=serial)
        )
        return values.Slot(slot_id, site_id, name, None, item, model, serial)

    def slot(self, slot_id: int) -> values.Slot:
        """Raises NotFoundError."""
        row = self._database.row(Slot.select().where(Slot.id == slot_id))
        if row is None:
            raise not_found("slot")
        return _slot(row)

    def slots_at(self, site_ids: Collection[int]) -> list[values.Slot]:
        """By name."""
        query = Slot.select().where(Slot.site_id.in_(list(site_ids)))
        return [_slot(row) for row in self._database.rows(query.order_by(Slot.name, Slot.id))]

    def slot_of_device(self, device_id: int) -> values.Slot | None:
        """Where the device is now."""
        row = self._database.row(Slot.select().where(Slot.device_id == device_id))
        return _slot(row) if row else None

    def assign(self, slot_id: int, device_id: int | None, at: datetime) -> None:
        """Puts a device into the slot, or empties it; the span of the one before ends. Raises
        ConflictError when the device fills another slot."""
        with self._database.transaction():
            if self.slot(slot_id).device_id == device_id:
                return
            ended = (SlotSpan.slot_id == slot_id) & SlotSpan.until.is_null()
            self._database.write(SlotSpan.update(until=at).where(ended))
            with conflict("this device fills another slot", key="device"):
                self._database.write(Slot.update(device_id=device_id).where(Slot.id == slot_id))
            if device_id is not None:
                span = SlotSpan.insert(slot_id=slot_id, device_id=device_id, since=at)
                self._database.insert(span)

    def device_in_slot(self, slot_id: int, at: datetime) -> int | None:
        """Which device filled it at that moment; the day it moved in counts from the moment."""
        return device_at(self.slot_spans([slot_id])[slot_id], at)

    def slot_spans(self, slot_ids: Collection[int]) -> defaultdict[int, list[Span]]:
        """Which devices ever filled these slots, by slot, the latest to move in first."""
        text = f"""
            SELECT slot_id, device_id, since, until FROM slot_span
            WHERE {among(self._database, "slot_id")} ORDER BY since DESC
            """  # noqa: S608  made of names in our code
        found: defaultdict[int, list[Span]] = defaultdict(list)
        for slot_id, *span in self._database.sql(text, (listed(self._database, slot_ids),)):
            found[slot_id].append(Span(*span))
        return found

    def devices_of_slots(self, slot_ids: Collection[int]) -> dict[int, int | None]:
        """The device now in each of these slots."""
        query = Slot.select(Slot.id, Slot.device_id).where(Slot.id.in_(list(slot_ids)))
        return {row["id"]: row["device_id"] for row in self._database.rows(query)}


def _slot(row: Row) -> values.Slot:
    return values.Slot(
        id=row["id"],
        site_id=row["site_id"],
        name=row["name"],
        device_id=row["device_id"],
        item=ItemKind(row["item"]),
        model=row["model"],
        serial=row["serial"],
    )
