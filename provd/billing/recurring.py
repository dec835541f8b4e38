"""Recurring fees: one obligation for each period piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache

from provd.billing.knowledge import Knowledge
from provd.billing.money import Money
from provd.billing.obligation import Amount
from provd.billing.period import Period, Timing, full_period_of, periods
from provd.billing.plan import Fee, FeeKind, FeeTerms
from provd.billing.subscription import Cause
from provd.billing.till import Till


@dataclass(frozen=True, slots=True)
class Piece:
    """The days that a period of one fee has in common with the subscription, were it to go on."""

    till: Till
    fee: Fee
    terms: FeeTerms
    period: Period

    @property
    def kind(self) -> FeeKind:
        return self.fee.kind

    @property
    def name(self) -> str:
        return self.period.start.isoformat()

    @property
    def device_id(self) -> int | None:
        return self.till.subscription.device_id

    @property
    def full(self) -> Period:
        """The period of which the piece is a share."""
        anchor = self.till.first_day
        return full_period_of(self.period, anchor, self.terms.interval, self.terms.cycle)

    @property
    def nominally_due(self) -> datetime:
        """If the service goes on. What is charged in advance can't be due before it begins."""
        if self.terms.timing is Timing.ARREARS:
            return self.till.day_begins(self.period.end)
        return max(self.till.day_begins(self.period.start), self.till.begins_at)

    def due(self, known: Knowledge) -> datetime | None:
        """In arrears, an end within the period makes it due."""
        stop = self.till.stops_at(self.fee, known.end, known.buy_out)
        if stop and self.terms.timing is Timing.ARREARS and self._cuts(self.till.day(stop)):
            return max(stop, self.till.begins_at)
        return self.nominally_due

    def amount(self, known: Knowledge, priced_at: datetime) -> Amount | None:
        served = self._served(known)
        if served is None:
            return None
        full = self.full
        first = served.start if self.terms.prorate_first else full.start
        end = served.end if self.terms.prorate_last else full.end
        days = (end - first).days
        if not self.till.runs_suspended(self.fee):
            days -= known.suspended_days(first, end, self.till.zone)
        if days <= 0:
            return None
        return self.priced(days, full, served, priced_at)

    def priced(self, days: int, full: Period, served: Period, priced_at: datetime) -> Amount:
        """So many days of the full period, rounded once."""
        price = self.till.price(self.fee, self.period.start, priced_at)
        whole = f"1 {self.terms.interval}"
        return Amount(
            money=_share(price, days, full.days),
            text=f"{self.fee.name}, {served}",
            period=served,
            calculation=f"{price} x {whole if days == full.days else f'{days}/{full.days} days'}",
        )

    def cause(self, known: Knowledge) -> Cause:
        return self.till.start.cause

    def _served(self, known: Knowledge) -> Period | None:
        stop = self.till.stops_at(self.fee, known.end, known.buy_out)
        day = self.till.day(stop) if stop else None
        if day is None or day >= self.period.end:
            return self.period
        return Period(self.period.start, day) if day > self.period.start else None

    def _cuts(self, day: date) -> bool:
        return self.period.start < day < self.period.end


@lru_cache(maxsize=4_096)
def _share(price: Money, days: int, of: int) -> Money:
    """Remembered, because many subscriptions share plan and period."""
    return (price * Fraction(days, of)).rounded()


def pieces(till: Till, fee: Fee, until: date, since: date | None = None) -> Iterator[Piece]:
    """Those that begin before `until`, in order; those that ended before `since` may be left
    out."""
    terms = till.plan.terms_of(fee)
    for period in periods(till.first_day, terms.interval, terms.cycle, until, since):
        yield Piece(till, fee, terms, period)


def pieces_due(till: Till, fee: Fee, since: datetime | None, until: datetime) -> Iterator[Piece]:
    """All that may fall due after `since` and up to `until`, as far as nothing new becomes
    known, and maybe more."""
    # Two days to either side: clocks put back over midnight begin a day, and then return to the
    # day before it for a while; what fell due at that beginning stays due.
    slack = timedelta(days=2)
    first = till.day(since) - slack if since else None
    yield from pieces(till, fee, till.day(until) + slack, first)
