"""What is shown to people: values made for one page or one printed table each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from provd.billing.charge import Charge
from provd.billing.money import Money
from provd.devices.account import Account, Site
from provd.devices.device import Device, Order
from provd.devices.lifecycle import LifecycleEvent, State
from provd.provisioning.alerts import Alert
from provd.provisioning.journal import JournalEntry
from provd.vendors.resync import Notices

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some of `total` items; pages count from 1."""

    items: tuple[Item, ...]
    total: int
    number: int
    size: int

    @property
    def count(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device in a list, with the moments people look for."""

    device: Device
    site: str
    customer: str
    last_boot_at: datetime | None
    last_refusal_at: datetime | None


@dataclass(frozen=True, slots=True)
class Boot:
    """The files of one boot, in the order asked for."""

    id: str
    entries: tuple[JournalEntry, ...]

    @property
    def at(self) -> datetime:
        return self.entries[0].at

    @property
    def complete(self) -> bool:
        """All files of the full configuration arrived whole in this boot."""
        required = {kind for entry in self.entries for kind in entry.required_kinds}
        return bool(required) and required <= {e.file_kind for e in self.entries if e.whole}


@dataclass(frozen=True, slots=True)
class DevicePage:
    """Everything about one device that this actor may see. `boots` and `alerts` stand newest first.
    `enrolment_open_until` is None when the window is closed. `notices` are what the phone can be
    told."""

    device: Device
    vendor_title: str
    model_title: str
    site: Site
    customer: Account
    reseller: Account | None
    boots: tuple[Boot, ...]
    events: tuple[LifecycleEvent, ...]
    charges: tuple[Charge, ...]
    enrolment_open_until: datetime | None
    enrolment_address: str
    boot_files: tuple[str, ...]
    alerts: tuple[Alert, ...] = ()
    notices: Notices = field(default_factory=Notices)


@dataclass(frozen=True, slots=True)
class SiteRow:
    site: Site
    customer: str
    devices: int


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer with its sites by name; `reseller` is empty where the provider sells itself."""

    account: Account
    reseller: str
    sites: tuple[SiteRow, ...]

    @property
    def devices(self) -> int:
        return sum(row.devices for row in self.sites)


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of a home page. `owed` sums this month's charges by side, where they are to be
    seen; a month is the calendar month in the actor's account's time zone."""

    devices: Mapping[State, int] = field(default_factory=dict)
    boots_today: int = 0
    refusals_today: int = 0
    wholesale: Money | None = None
    retail: Money | None = None


@dataclass(frozen=True, slots=True)
class OrderDevice:
    """A device on the staging bench. `fetched_at` is when its full configuration last arrived
    whole on the bench since it was ordered; None: not yet."""

    device: Device
    model_title: str
    fetched_at: datetime | None
    fetched_file: str
    fetched_from: str

    @property
    def ready(self) -> bool:
        """Its order need not wait for it: staged, or in service already at the customer's."""
        return self.device.state in {State.STAGED, State.IN_SERVICE}


@dataclass(frozen=True, slots=True)
class OrderRow:
    """`handle` names the order in calls: its reference, or its number where another reseller uses
    the same one."""

    order: Order
    handle: str
    customer: str
    site: str
    devices: tuple[OrderDevice, ...]

    @property
    def ready_to_ship(self) -> bool:
        return bool(self.devices) and all(found.ready for found in self.devices)


@dataclass(frozen=True, slots=True)
class Month:
    """What a month's charges come to by side, for those who may see the side: for a reseller
    retail is revenue and wholesale cost, for the provider wholesale is revenue. `charges` stand in
    order of due date, and are the first ones of `count`."""

    year: int
    month: int
    wholesale: Money | None
    retail: Money
    charges: tuple[Charge, ...]
    count: int

    @property
    def margin(self) -> Money | None:
        """What remains to the reseller."""
        return self.retail - self.wholesale if self.wholesale is not None else None


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """What one account charged in a month, and what it was charged, before tax."""

    year: int
    month: int
    revenue: Money
    cost: Money

    @property
    def margin(self) -> Money:
        return self.revenue - self.cost
