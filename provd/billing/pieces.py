"""The pieces of billing periods that one side charges: which days, what share, due when.

Each piece is settled by what was known at the instant it fell due. That is why a run that comes
late finds the very pieces that daily runs found, whatever happened in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from provd.billing.days import local_date, start_of_day
from provd.billing.period import Period, Timing, full_period_of, periods
from provd.billing.plan import Plan
from provd.billing.subscription import Subscription


@dataclass(frozen=True, slots=True)
class Piece:
    """`period` is what the line names, `days` of `full` are what it costs; `due_at` is UTC."""

    period: Period
    full: Period
    days: int
    due_at: datetime

    @property
    def share(self) -> Fraction:
        return Fraction(self.days, self.full.days)


def pieces(
    plan: Plan, subscription: Subscription, started_at: datetime, zone: ZoneInfo, until: datetime
) -> Iterator[Piece]:
    """The pieces due at or before `until`, days counted in `zone`, in order."""
    anchor = local_date(started_at, zone)
    # Two days on, not one: clocks put back over midnight begin a day, and then return to the day
    # before it for a while; what fell due at that beginning stays due.
    horizon = local_date(until, zone) + timedelta(days=2)
    for period in periods(anchor, plan.interval, plan.cycle, horizon):
        nominal = _nominally_due(plan, period, zone)
        due_at = max(nominal, started_at.astimezone(UTC))
        end = subscription.end_seen_at(due_at)
        served = _cut(period, local_date(end, zone) if end else None)
        if served is None:
            return
        if end and served != period and plan.timing is Timing.ARREARS:
            due_at = max(end, subscription.end_known_at(due_at) or end).astimezone(UTC)
        if due_at <= until:
            full = full_period_of(period, anchor, plan.interval, plan.cycle)
            yield Piece(served, full, _charged_days(plan, served, full), due_at)


def _nominally_due(plan: Plan, period: Period, zone: ZoneInfo) -> datetime:
    """When the period is due if the subscription neither starts nor ends in it. (Starting in it,
    it is due at the start: what is charged in advance can't be due before there was anything.)"""
    return start_of_day(period.start if plan.timing is Timing.ADVANCE else period.end, zone)


def _cut(period: Period, end_day: date | None) -> Period | None:
    """What is left of the period when the service ends on that day, which is no longer served."""
    if end_day is None or end_day >= period.end:
        return period
    return Period(period.start, end_day) if end_day > period.start else None


def _charged_days(plan: Plan, served: Period, full: Period) -> int:
    """Only a first piece begins later than its full period, only a last one ends sooner."""
    start = served.start if plan.prorate_first else full.start
    end = served.end if plan.prorate_last else full.end
    return (end - start).days
