"""Slots that are filled at once, each with a subscription that waits to start: for many devices."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from provd.billing.subscription import ItemKind, Parties, SetupFee
from provd.store.bulk import among, insert, insert_returning, listed
from provd.store.fields import to_microseconds
from provd.store.repository import Repository

_SLOT = ("site_id", "name", "device_id", "item", "model", "serial")
_PHONE = (ItemKind.PHONE, "", "")
_SPAN = ("slot_id", "device_id", "since")
_SUBSCRIPTION = (
    "plan_id",
    "slot_id",
    "provider_id",
    "reseller_id",
    "customer_id",
    "provider_zone",
    "reseller_zone",
    "setup",
)


@dataclass(frozen=True, slots=True)
class Lease:
    """A device that fills no slot yet, the name of its slot, and who pays for it by which plan."""

    device_id: int
    site_id: int
    name: str
    plan_id: int
    parties: Parties


class Leases(Repository):
    """What `create_slot`, `assign` and `create_subscription` do, for thousands."""

    def lease(self, leases: Sequence[Lease], at: datetime) -> None:
        """All or none. Raises Duplicate when a device fills a slot already."""
        with self._database.transaction():
            rows = [(one.site_id, one.name, one.device_id, *_PHONE) for one in leases]
            slots = dict(insert_returning(self._database, "slot", _SLOT, rows, "device_id"))
            since = to_microseconds(at)
            spans = [(slots[one.device_id], one.device_id, since) for one in leases]
            insert(self._database, "slot_span", _SPAN, spans)
            subscriptions = [
                (one.plan_id, slots[one.device_id], *_parties(one.parties), SetupFee.NOW)
                for one in leases
            ]
            insert(self._database, "subscription", _SUBSCRIPTION, subscriptions)

    def plans_of_devices(self, device_ids: Collection[int]) -> dict[int, int]:
        """By device id, the plan of the latest subscription of the slot that it fills; devices
        without one are left out."""
        text = f"""
            SELECT slot.device_id, plan_id
            FROM slot JOIN subscription ON subscription.slot_id = slot.id
            WHERE {among(self._database, "slot.device_id")}
            ORDER BY subscription.id
            """  # noqa: S608  made of names in our code
        return dict(self._database.sql(text, (listed(self._database, device_ids),)))


def _parties(parties: Parties) -> tuple[int, int, int, str, str]:
    return (
        *(parties.provider_id, parties.reseller_id, parties.customer_id),
        *(parties.provider_zone, parties.reseller_zone),
    )
