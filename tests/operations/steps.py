"""A house whose phone is in service at its customer's, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from provd.billing.money import Money
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import Fee, FeeKind, LeaseTerms, Plan, Side, StartsOn, SubjectKind
from provd.billing.prices import Price
from provd.billing.subscription import ChangeKind, Subscription
from provd.devices.account import AccountKind, Role
from provd.devices.device import Device
from provd.devices.lifecycle import State
from provd.devices.placement import Enrolment
from provd.operations import Actor
from tests.conftest import PHONE, House
from tests.operations.deliveries import delivery, device_of


def in_service(house: House, at: datetime, mac: str = PHONE) -> Device:
    house.parts.operations.boots.book([delivery(house.parts, mac, at)])
    device = device_of(house.parts, mac)
    assert device.state is State.IN_SERVICE
    return device


def subscriptions(house: House, device: Device) -> list[Subscription]:
    """Of every slot that the device ever filled."""
    sql = house.parts.store.books._database.sql
    slots = [
        id_ for (id_,) in sql("SELECT slot_id FROM slot_span WHERE device_id = ?", (device.id,))
    ]
    return house.parts.store.books.subscriptions_of(slot_ids=slots, device_ids=[device.id])


def told(subscription: Subscription) -> list[ChangeKind]:
    return [change.kind for change in subscription.changes]


def enrolment(house: House, device: Device) -> Enrolment:
    placement = house.parts.store.devices.placement(device.mac)
    assert placement is not None
    return placement.enrolment


@dataclass(frozen=True)
class Secrets:
    token: str
    passwords: tuple[str, ...]


def secrets(house: House, device: Device) -> Secrets:
    now = device_of(house.parts, str(device.mac))
    passwords = tuple(line.password.reveal() for line in now.lines)
    return Secrets(enrolment(house, device).token.reveal(), passwords)


def customer_below(house: House, actor: Actor, name: str) -> tuple[int, int]:
    """(account id, site id) of another customer."""
    directory = house.parts.operations.directory
    account = directory.create_customer(actor, name)
    site = directory.create_site(actor, account.id, f"{name}'s office", "", "")
    return account.id, site.id


def charlie(house: House) -> Actor:
    """Another reseller."""
    made = house.parts.operations.setup.create_reseller("Charlie Telecom")
    assert made.kind is AccountKind.RESELLER
    return Actor("charlie", Role.RESELLER, made.id)


RETURN_DAYS = 14


def bound_plan(
    house: House, *, subject: SubjectKind = SubjectKind.SLOT, on: StartsOn = StartsOn.BOOTED
) -> Plan:
    """24 months at 6.50 (wholesale 3.90), all of which an early end costs; to buy it 90.00
    (60.00), and 120.00 (80.00) for hardware that is not back within RETURN_DAYS."""
    fees = (
        (FeeKind.LEASE, "Lease", True, "3.90", "6.50"),
        (FeeKind.BUY_OUT, "Hardware bought", False, "60", "90"),
        (FeeKind.UNRETURNED, "Hardware", False, "80", "120"),
    )
    books = house.parts.store.books
    made = books.create_plan(
        Plan(
            id=0,
            owner_id=1,
            name=f"Bound {subject}",
            currency="EUR",
            starts_on=on,
            cycle=Cycle.CALENDAR,
            interval=Interval.MONTH,
            timing=Timing.ADVANCE,
            prorate_first=True,
            prorate_last=True,
            fees=tuple(
                Fee(at, kind, name, recurring, runs_suspended=True)
                for at, (kind, name, recurring, _, _) in enumerate(fees)
            ),
            subject=subject,
            lease=LeaseTerms(24, 100, RETURN_DAYS),
        )
    )
    for fee, (*_, wholesale, retail) in zip(made.fees, fees, strict=True):
        for side, amount in ((Side.WHOLESALE, wholesale), (Side.RETAIL, retail)):
            price = Price(fee.id, side, Money(Decimal(amount), "EUR"), date(2026, 1, 1), 1)
            books.set_price(price, datetime(2026, 1, 1, tzinfo=UTC))
    return made
