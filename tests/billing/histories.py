"""Whatever may become of a subscription, for hypothesis: any facts, told in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

from hypothesis import strategies as st

from provd.billing.charge import Charge
from provd.billing.due import due_charges
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import Fee, FeeKind, FeeTerms, LeaseTerms, Plan, Side
from provd.billing.prices import Price, PriceList
from provd.billing.subscription import Change, ChangeKind, SetupFee, Subscription

from .samples import (
    LEASE,
    PARTIES,
    PLAN,
    PROVIDER,
    RESELLER,
    SETUP,
    decided,
    price,
    started,
    subscribed,
)

BASE, DELIVERY, BUY_OUT, UNRETURNED = 12, 13, 14, 15
NOTHING_MORE = timedelta(days=500)

zones = st.sampled_from(sorted(available_timezones()))
instants = st.timedeltas(timedelta(), timedelta(days=30 * 365)).map(
    lambda age: datetime(2005, 1, 1, tzinfo=UTC) + age
)
terms = st.builds(
    FeeTerms,
    st.sampled_from(Cycle),
    st.sampled_from(Interval),
    st.sampled_from(Timing),
    st.booleans(),
    st.booleans(),
)
plans = st.builds(
    lambda lease, base, suspended, trial, wholesale_trial, bound: replace(
        PLAN,
        fees=(
            Fee(SETUP, FeeKind.SETUP, "Setup", recurring=False),
            Fee(LEASE, FeeKind.LEASE, "Lease", True, terms=lease, runs_suspended=suspended),
            Fee(BASE, FeeKind.BASE, "Base fee", True, terms=base),
            Fee(DELIVERY, FeeKind.DELIVERY, "Delivery", False),
            Fee(BUY_OUT, FeeKind.BUY_OUT, "Phone", False),
            Fee(UNRETURNED, FeeKind.UNRETURNED, "Phone", False),
        ),
        trial_days=trial,
        wholesale_trial=wholesale_trial,
        lease=bound,
    ),
    terms,
    terms,
    st.booleans(),
    st.sampled_from([0, 0, 1, 30]),
    st.booleans(),
    st.builds(LeaseTerms, st.integers(0, 14), st.sampled_from([0, 50, 100]), st.integers(0, 40)),
)
LATER_KINDS = (
    *(ChangeKind.END, ChangeKind.END, ChangeKind.SUSPEND, ChangeKind.RESUME),
    *(ChangeKind.CHARGE_SETUP, ChangeKind.BUY_OUT),
    *(ChangeKind.DEVICE_REMOVED, ChangeKind.DEVICE_RETURNED),
)


@dataclass(frozen=True)
class History:
    plan: Plan
    prices: PriceList
    subscription: Subscription
    until: datetime

    @property
    def start(self) -> datetime:
        assert self.subscription.started_at is not None
        return self.subscription.started_at

    def charges(self, until: datetime | None = None, since: datetime | None = None) -> list[Charge]:
        at = until or self.until
        return due_charges(self.plan, self.prices, self.subscription, at, since=since)

    def as_known(self, now: datetime) -> History:
        """As the database had it then."""
        seen = tuple(one for one in self.subscription.changes if one.known_at <= now)
        return replace(self, subscription=replace(self.subscription, changes=seen))

    def without(self, *kinds: ChangeKind) -> History:
        kept = tuple(one for one in self.subscription.changes if one.kind not in kinds)
        return replace(self, subscription=replace(self.subscription, changes=kept))


@st.composite
def later_changes(draw: st.DrawFn, start: datetime) -> Sequence[Change]:
    known = start
    made = []
    for number in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(LATER_KINDS))
        known += draw(st.timedeltas(timedelta(), timedelta(days=90)))
        effective: datetime | None = known + timedelta(days=draw(st.integers(-70, 70)))
        if kind is ChangeKind.END and draw(st.integers(0, 5)) == 0:
            effective = None
        device = None
        if kind in {ChangeKind.DEVICE_REMOVED, ChangeKind.DEVICE_RETURNED}:
            device = draw(st.sampled_from([None, 71, 72]))
        cause = decided(f"{kind}-{number}", known)
        made.append(Change(number + 2, kind, effective, known, cause, device))
    return made


def prices_of(plan: Plan) -> list[Price]:
    return [
        price(fee.id, side, str(3 + 2 * number + (side is Side.RETAIL)), seller)
        for number, fee in enumerate(plan.fees)
        for side, seller in ((Side.WHOLESALE, PROVIDER), (Side.RETAIL, RESELLER))
    ]


@st.composite
def price_lists(draw: st.DrawFn, plan: Plan, start: datetime) -> PriceList:
    """Prices that hold from the beginning, and some that were entered later, for then or before."""
    made = prices_of(plan)
    for number in range(draw(st.integers(0, 3))):
        one = draw(st.sampled_from(made))
        made.append(
            replace(
                one,
                amount=one.amount * (number + 2),
                valid_from=start.date() + timedelta(days=draw(st.integers(-40, 200))),
                known_at=start + timedelta(days=draw(st.integers(0, 200)), seconds=number),
            )
        )
    return PriceList(made)


@st.composite
def histories(draw: st.DrawFn) -> History:
    start = draw(instants)
    plan = draw(plans)
    parties = replace(PARTIES, provider_zone=draw(zones), reseller_zone=draw(zones))
    subscription = replace(
        subscribed("2026-01-01", parties=parties),
        changes=(started(start), *draw(later_changes(start))),
        setup=draw(st.sampled_from(SetupFee)),
        term_from=draw(st.none() | st.just(start.date() - timedelta(days=100))),
    )
    until = start + timedelta(days=draw(st.integers(0, 500)))
    return History(plan, draw(price_lists(plan, start)), subscription, until)


def never_changed(plan: Plan) -> PriceList:
    return PriceList(prices_of(plan))
