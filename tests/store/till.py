"""A plan, a leased phone and its charges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from provd.billing.charge import Charge
from provd.billing.due import due_charges
from provd.billing.ledger import post
from provd.billing.money import Money
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import Fee, FeeKind, Plan, Side, StartsOn, SubjectKind
from provd.billing.prices import Price
from provd.billing.subscription import Cause, Parties, Slot, Subject, Subscription
from provd.devices.account import Account, Site
from provd.devices.device import Device
from provd.store import Store
from tests.store.people import NOW, People

CAUSE = Cause("boot:1", "booted", NOW, "001565aabbcc.cfg", "https", 4096, "192.0.2.7")
FEES = (
    Fee(0, FeeKind.SETUP, "Setup", False),
    Fee(1, FeeKind.LEASE, "Lease T46U", True, runs_suspended=True),
)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Lease:
    """A device in its slot, with a subscription that has not started."""

    device: Device
    slot: Slot
    subscription: Subscription


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def plan(store: Store, owner: Account, name: str = "Leased desk phone") -> Plan:
    return store.books.create_plan(drafted(owner, name))


def drafted(owner: Account, name: str) -> Plan:
    return Plan(
        id=0,
        owner_id=owner.id,
        name=name,
        currency="EUR",
        starts_on=StartsOn.BOOTED,
        cycle=Cycle.CALENDAR,
        interval=Interval.MONTH,
        timing=Timing.ADVANCE,
        prorate_first=True,
        prorate_last=False,
        fees=FEES,
    )


def priced_plan(store: Store, people: People) -> Plan:
    made = plan(store, people.provider)
    for fee, amounts in zip(made.fees, (("10.00", "25.00"), ("6.00", "12.00")), strict=True):
        for side, amount in zip(Side, amounts, strict=True):
            price = Price(fee.id, side, euros(amount), date(2026, 1, 1), people.provider.id)
            store.books.set_price(price, LONG_AGO)
    return made


def lease(
    store: Store, plan_: Plan, device: Device, site: Site, people: People, reseller: Account
) -> Lease:
    slot = store.books.create_slot(site_id=site.id, name="Counter")
    store.books.assign(slot.id, device.id, NOW)
    parties = Parties(
        people.provider.id, reseller.id, site.account_id, "Europe/Berlin", "Europe/Berlin"
    )
    subscription = store.books.create_subscription(
        plan_id=plan_.id, subject=Subject(SubjectKind.SLOT, slot.id), parties=parties
    )
    return Lease(device, store.books.slot(slot.id), subscription)


def due(store: Store, leased: Lease, until: datetime) -> list[Charge]:
    subscription = store.books.subscription(leased.subscription.id)
    plan_ = store.books.plan(subscription.plan_id)
    return due_charges(plan_, store.books.price_list(plan_.id), subscription, until)


def book(store: Store, charges: list[Charge]) -> list[Charge]:
    return store.books.insert_charges(charges, [post(charge) for charge in charges])


def start(store: Store, subscription_id: int, cause: Cause = CAUSE) -> bool:
    return bool(store.books.start_subscriptions({subscription_id: cause}))
