"""One subscription as one side charges it: what everything that falls due has to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from provd.billing.days import local_date, start_of_day, zone_named
from provd.billing.money import Money
from provd.billing.plan import Fee, FeeKind, Plan, Side
from provd.billing.prices import PriceList
from provd.billing.subscription import Change, Parties, Subscription
from provd.errors import MoneyError


@dataclass(frozen=True, slots=True)
class Till:
    """`begins_at` is the instant from which this side charges, after its trial; `first_day` is the
    day it is then where the issuer is."""

    plan: Plan
    prices: PriceList
    subscription: Subscription
    side: Side
    zone: ZoneInfo
    start: Change
    begins_at: datetime
    first_day: date

    @property
    def trial(self) -> bool:
        return self.start.effective_at != self.begins_at

    def day(self, instant: datetime) -> date:
        return local_date(instant, self.zone)

    def day_begins(self, day: date) -> datetime:
        return start_of_day(day, self.zone)

    def serves(self, end: datetime | None) -> bool:
        """Whether anything is charged at all when the service ends just then."""
        return end is None or end > self.begins_at

    def price(self, fee: Fee, on: date, known: datetime) -> Money:
        """Raises InputError when there is none, MoneyError when it is in another currency."""
        parties = self.subscription.parties
        return price_of(self.plan, self.prices, parties, self.side, fee, on, known)

    def runs_suspended(self, fee: Fee) -> bool:
        """Wholesale runs whatever becomes of retail."""
        return fee.runs_suspended or self.side is Side.WHOLESALE

    def stops_at(self, fee: Fee, end: Change | None, buy_out: Change | None) -> datetime | None:
        """From when on a recurring fee is not charged: a lease ends with the purchase, too."""
        ends = [end, buy_out if fee.kind is FeeKind.LEASE else None]
        return min((one.effective_at for one in ends if one and one.effective_at), default=None)


def till_of(plan: Plan, prices: PriceList, subscription: Subscription, side: Side) -> Till | None:
    """None for a subscription that has not started. Raises InputError for an unknown time zone."""
    start = subscription.start
    if start is None or start.effective_at is None:
        return None
    zone = zone_named(subscription.parties.zone(side))
    begins_at = start.effective_at.astimezone(UTC)
    first_day = local_date(begins_at, zone)
    # Who changes the plan has tried it.
    trial = 0 if subscription.term_from else plan.trial_days
    if trial and (side is Side.RETAIL or plan.wholesale_trial):
        first_day += timedelta(days=trial)
        begins_at = start_of_day(first_day, zone)
    return Till(plan, prices, subscription, side, zone, start, begins_at, first_day)


def price_of(
    plan: Plan,
    prices: PriceList,
    parties: Parties,
    side: Side,
    fee: Fee,
    on: date,
    known: datetime | None = None,
) -> Money:
    """What the fee costs that day: the issuer's own price, or the one that the plan's owner
    recommends, of those that had been entered when it was `known`.

    Raises InputError when there is none, MoneyError when it is not in the plan's currency.
    """
    price = prices.price(
        fee.id,
        side,
        parties.issuer(side),
        on,
        known=known,
        recommended_by=plan.owner_id,
        name=fee.name,
    )
    if price.currency != plan.currency:
        raise MoneyError(
            f"“{fee.name}” costs {price}, but plan “{plan.name}” is in {plan.currency}"
        )
    return price
