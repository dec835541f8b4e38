"""The fuse: an account that is suddenly charged very often for one device is parked.

A device gives rise to a few charges on its first day and to a few each period. More of them in one
day mean that something runs in circles, and a person should look before anybody gets a bill.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date

from provd.billing.charge import Charge

MOST_CHARGES_A_DAY = 15


@dataclass(frozen=True, slots=True)
class Parked:
    """A decision to charge `account_id` no further until a person has looked.

    `device_id` is None when the slot had no device; `day` is in UTC.
    """

    account_id: int
    day: date
    slot_id: int | None
    device_id: int | None
    charges: int

    @property
    def reason(self) -> str:
        what = f"slot {self.slot_id}" if self.device_id is None else f"device {self.device_id}"
        return (
            f"{self.charges} charges for {what} fell due on {self.day}; "
            f"more than {MOST_CHARGES_A_DAY} a day park the account"
        )


def accounts_to_park(
    charges: Iterable[Charge], device_of_slot: Mapping[int, int | None]
) -> list[Parked]:
    """Who is to be parked, and why: one decision per debtor, device and day.

    Charges are counted by the day on which they fell due, not on which they were found, so that a
    billing run that has months to catch up with parks nobody. Give it all charges of the days in
    question, those booked before included. Different slots of one device count together; a slot
    without a device counts for itself.
    """
    counts = Counter(
        (charge.debtor_id, charge.due_at.astimezone(UTC).date(), *_counted(charge, device_of_slot))
        for charge in charges
    )
    return [
        Parked(account, day, slot, device, count)
        for (account, day, slot, device), count in counts.items()
        if count > MOST_CHARGES_A_DAY
    ]


def _counted(
    charge: Charge, device_of_slot: Mapping[int, int | None]
) -> tuple[int | None, int | None]:
    """(slot, None) or (None, device)."""
    device = charge.device_id or device_of_slot.get(charge.slot_id or 0)
    return (charge.slot_id, None) if device is None else (None, device)
