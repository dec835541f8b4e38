"""What must hold for every plan, zone, start and end that anybody may come up with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from provd.billing.charge import Charge
from provd.billing.due import due_charges
from provd.billing.export import charges_csv, charges_jsonl
from provd.billing.ledger import balances, post
from provd.billing.money import Money, Unrounded
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.pieces import pieces
from provd.billing.plan import Plan, Side
from provd.billing.prices import PriceList
from provd.billing.subscription import Parties, Subscription, known

from .samples import (
    LEASE,
    PLAN,
    PRICES,
    RESELLER,
    RETAIL_PRICES,
    SETUP,
    WHOLESALE_PRICES,
    ended,
    price,
    started,
    subscribed,
    utc,
)

zones = st.sampled_from(sorted(available_timezones()))
instants = st.timedeltas(timedelta(), timedelta(days=30 * 365)).map(
    lambda age: datetime(2005, 1, 1, tzinfo=UTC) + age
)
plans = st.builds(
    replace,
    st.just(PLAN),
    cycle=st.sampled_from(Cycle),
    interval=st.sampled_from(Interval),
    timing=st.sampled_from(Timing),
    prorate_first=st.booleans(),
    prorate_last=st.booleans(),
)
spans = st.timedeltas(timedelta(minutes=-90), timedelta(days=200))


@dataclass(frozen=True)
class Case:
    plan: Plan
    subscription: Subscription
    until: datetime

    @property
    def start(self) -> datetime:
        assert self.subscription.started_at is not None
        return self.subscription.started_at

    def late(self) -> list[Charge]:
        return due_charges(self.plan, PRICES, self.subscription, self.until)

    def as_of(self, now: datetime) -> list[Charge]:
        """What a run at `now` finds, when the database does not know the future."""
        seen = replace(self.subscription, changes=tuple(known(self.subscription.changes, now)))
        return due_charges(self.plan, PRICES, seen, now)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    start = draw(instants)
    end = start + draw(spans) if draw(st.booleans()) else None
    seen = end + draw(spans) - timedelta(days=60) if end and draw(st.booleans()) else end
    parties = Parties(1, 2, 3, draw(zones), draw(zones))
    changes = (started(start), *([ended(end, seen)] if end and seen else []))
    subscription = replace(subscribed("2026-01-01", parties=parties), changes=changes)
    return Case(draw(plans), subscription, start + timedelta(days=draw(st.integers(0, 400))))


def daily_run(case: Case, first: timedelta) -> Iterator[Charge]:
    """Every charge once, from runs a day apart; what a run finds again must not have changed."""
    stored: dict[str, Charge] = {}
    now = case.start + first
    while True:
        now = min(now, case.until)
        for charge in case.as_of(now):
            assert stored.setdefault(charge.key, charge) == charge
        if now == case.until:
            return iter(sorted(stored.values(), key=lambda charge: (charge.due_at, charge.key)))
        now += timedelta(days=1)


@settings(max_examples=100, deadline=None)
@given(cases(), st.timedeltas(timedelta(), timedelta(days=1)))
@example(
    Case(PLAN, subscribed("2026-12-23 09:15", end="2027-01-11 15:00"), utc("2027-03-01")),
    timedelta(),
)
def test_running_late_gives_the_bytes_that_running_daily_gives(
    case: Case, first: timedelta
) -> None:
    daily, late = list(daily_run(case, first)), case.late()
    assert "".join(charges_csv(daily)) == "".join(charges_csv(late))
    assert "".join(charges_jsonl(daily)) == "".join(charges_jsonl(late))
    assert daily == late


@given(cases())
def test_keys_are_unique_and_always_the_same(case: Case) -> None:
    found = case.late()
    assert len({charge.key for charge in found}) == len(found)
    assert found == case.late()


@given(cases())
def test_nothing_is_due_before_the_start_or_after_the_asked_for_time(case: Case) -> None:
    assert all(case.start <= charge.due_at <= case.until for charge in case.late())


@given(cases())
def test_the_pieces_of_each_side_tile_from_the_local_start(case: Case) -> None:
    for side in Side:
        found = [charge.period for charge in case.late() if charge.side is side and charge.period]
        found.sort()
        for one, other in pairwise(found):
            assert one.end == other.start
        if found:
            zone = ZoneInfo(case.subscription.parties.zone(side))
            assert found[0].start == case.start.astimezone(zone).date()


@given(
    st.sampled_from(Interval),
    zones,
    instants,
    st.lists(st.integers(1, 400), min_size=1, max_size=4, unique=True),
    st.integers(1, 10**9),
)
def test_the_pieces_of_a_period_sum_to_the_period(
    interval: Interval, name: str, start: datetime, changes: list[int], micros: int
) -> None:
    """A subscription follows on another: on the day of the change only the new one is charged."""
    plan = replace(PLAN, interval=interval, timing=Timing.ARREARS)
    zone = ZoneInfo(name)
    bounds = [start, *(start + timedelta(days=day) for day in sorted(changes))]
    until = bounds[-1] + timedelta(days=800)
    paid: dict[date, Unrounded] = {}
    served: dict[date, int] = {}
    fee = Money.from_micros(micros, "EUR")
    for begin, end in zip(bounds, [*bounds[1:], None], strict=True):
        facts = (started(begin), *([ended(end, end)] if end else []))
        subscription = replace(subscribed("2026-01-01"), changes=facts)
        for piece in pieces(plan, subscription, begin, zone, until):
            day = piece.full.start
            paid[day] = paid.get(day, Unrounded(Fraction(0), "EUR")) + fee * piece.share
            served[day] = served.get(day, 0) + piece.period.days
    first, *rest = sorted(paid)
    assert all(paid[day] == fee * Fraction(1) for day in rest)
    origin = start.astimezone(zone).date()
    full = next(piece.full for piece in pieces(plan, subscribed("2026-01-01"), start, zone, until))
    assert paid[first] == fee * Fraction((full.end - origin).days, full.days)
    assert served[first] == (full.end - origin).days


@given(cases(), st.integers(0, 10**9), st.integers(0, 10**9))
def test_wholesale_never_depends_on_retail(case: Case, setup: int, lease: int) -> None:
    other = PriceList(
        (
            *WHOLESALE_PRICES,
            price(SETUP, Side.RETAIL, str(Decimal(setup).scaleb(-4)), RESELLER),
            price(LEASE, Side.RETAIL, str(Decimal(lease).scaleb(-4)), RESELLER),
        )
    )

    def wholesale(prices: PriceList) -> list[Charge]:
        found = due_charges(case.plan, prices, case.subscription, case.until)
        return [charge for charge in found if charge.side is Side.WHOLESALE]

    assert wholesale(PRICES) == wholesale(other)
    alone = due_charges(
        case.plan,
        PriceList(WHOLESALE_PRICES),
        case.subscription,
        case.until,
        sides={Side.WHOLESALE},
    )
    assert wholesale(PRICES) == alone


@given(cases(), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_the_ledger_of_all_charges_sums_to_zero(case: Case, currency: str) -> None:
    prices = PriceList(
        replace(each, amount=Money(each.amount.amount, currency))
        for each in WHOLESALE_PRICES + RETAIL_PRICES
    )
    plan = replace(case.plan, currency=currency)
    found = due_charges(plan, prices, case.subscription, case.until)
    assume(found)
    standing = balances(post(charge) for charge in found)
    assert Money.sum(standing.values(), currency) == Money.zero(currency)
    for side in Side:
        owed = Money.sum((each.amount for each in found if each.side is side), currency)
        account = "1:receivable:2" if side is Side.WHOLESALE else "2:receivable:3"
        assert standing.get((account, currency), Money.zero(currency)) == owed


@given(cases())
def test_every_amount_can_be_paid_and_stored(case: Case) -> None:
    for charge in case.late():
        assert charge.amount == charge.amount.rounded()
        assert Money.from_micros(charge.amount.micros, "EUR") == charge.amount
