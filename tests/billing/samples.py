"""The plan, the prices and the people that the billing tests share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from provd.billing.money import Money
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import Fee, FeeKind, Plan, Side, StartsOn, SubjectKind
from provd.billing.prices import Price, PriceList
from provd.billing.subscription import Cause, Change, ChangeKind, Parties, Subject, Subscription

PROVIDER, RESELLER, CUSTOMER = 1, 2, 3
SETUP, LEASE = 10, 11
LONG_AGO = date(2000, 1, 1)

PARTIES = Parties(PROVIDER, RESELLER, CUSTOMER, "Europe/London", "Europe/Berlin")

PLAN = Plan(
    id=7,
    owner_id=PROVIDER,
    name="Desk phone",
    currency="EUR",
    starts_on=StartsOn.BOOTED,
    cycle=Cycle.CALENDAR,
    interval=Interval.MONTH,
    timing=Timing.ADVANCE,
    prorate_first=True,
    prorate_last=True,
    fees=(
        Fee(SETUP, FeeKind.SETUP, "Setup T46U", recurring=False),
        Fee(LEASE, FeeKind.LEASE, "Hardware lease T46U", recurring=True),
    ),
)


def euro(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def price(fee_id: int, side: Side, amount: str, seller_id: int, since: date = LONG_AGO) -> Price:
    return Price(fee_id, side, euro(amount), since, seller_id)


WHOLESALE_PRICES = (
    price(SETUP, Side.WHOLESALE, "20", PROVIDER),
    price(LEASE, Side.WHOLESALE, "4", PROVIDER),
)
RETAIL_PRICES = (
    price(SETUP, Side.RETAIL, "49", RESELLER),
    price(LEASE, Side.RETAIL, "6", RESELLER),
)
PRICES = PriceList(WHOLESALE_PRICES + RETAIL_PRICES)


def boot(at: datetime) -> Cause:
    return Cause("e-1", "booted", at, "805ec0123456.cfg", "https", 4711, "192.0.2.10")


def started(at: datetime) -> Change:
    return Change(1, ChangeKind.START, at, at, boot(at))


def ended(at: datetime, known_at: datetime) -> Change:
    return Change(2, ChangeKind.END, at, known_at, decided("end", known_at))


def decided(kind: str, at: datetime) -> Cause:
    return Cause.by_person(f"{kind}-{at.isoformat()}", kind, at, "alice")


def subscribed(
    start: str, end: str | None = None, known: str | None = None, parties: Parties = PARTIES
) -> Subscription:
    changes = [started(utc(start))]
    if end:
        changes.append(ended(utc(end), utc(known or end)))
    return Subscription(5, PLAN.id, Subject(SubjectKind.SLOT, 9), parties, tuple(changes))


IN_ARREARS = replace(PLAN, timing=Timing.ARREARS)
ANNIVERSARY = replace(PLAN, cycle=Cycle.ANNIVERSARY)
