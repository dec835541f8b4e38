"""What is owed for a lease that ends before its minimum term is over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

from provd.billing.knowledge import Knowledge
from provd.billing.money import Money
from provd.billing.obligation import Amount
from provd.billing.period import months_later
from provd.billing.plan import Fee, FeeKind
from provd.billing.recurring import Piece, pieces
from provd.billing.subscription import PLAN_CHANGED, Cause
from provd.billing.till import Till


@dataclass(frozen=True, slots=True)
class Termination:
    """The share that the plan names of what the lease would still have cost: each of its pieces as
    it would have been charged up to the term's end, less what is charged of it. So at 100 percent
    the lease and its termination come to the lease's price for the whole term, to the cent."""

    till: Till
    fee: Fee

    @property
    def kind(self) -> FeeKind:
        return FeeKind.TERMINATION

    @property
    def name(self) -> str:
        return "termination"

    @property
    def device_id(self) -> int | None:
        return self.till.subscription.device_id

    @property
    def term_ends(self) -> date:
        """The first day after the minimum term."""
        begins = self.till.subscription.term_from or self.till.first_day
        return months_later(begins, self.till.plan.lease.minimum_months)

    def due(self, known: Knowledge) -> datetime | None:
        return known.ends_at if self._ends_early(known) else None

    def amount(self, known: Knowledge, priced_at: datetime) -> Amount | None:
        ends_at = known.ends_at
        if ends_at is None or not self._ends_early(known):
            return None
        day, percent = self.till.day(ends_at), self.till.plan.lease.termination_percent
        rest = self._rest(known, day, priced_at)
        owed = (rest * Fraction(percent, 100)).rounded()
        if owed.amount <= 0:
            return None
        term = f"{self.till.plan.lease.minimum_months} months to {self.term_ends}"
        share = "" if percent == 100 else f" x {percent} %"
        return Amount(
            money=owed,
            text=f"{self.fee.name}, early end on {day}",
            period=None,
            calculation=f"{rest} for the rest of {term}{share}",
        )

    def cause(self, known: Knowledge) -> Cause:
        return known.end.cause if known.end else self.till.start.cause

    def _ends_early(self, known: Knowledge) -> bool:
        """A lease that was bought out has not, nor one that goes on in another plan."""
        end = known.ends_at
        if known.end is None or end is None or not self.till.serves(end):
            return False
        if known.buy_out is not None or known.end.cause.kind == PLAN_CHANGED:
            return False
        return self.till.day(end) < self.term_ends

    def _rest(self, known: Knowledge, day: date, priced_at: datetime) -> Money:
        rest = Money.zero(self.till.plan.currency)
        for piece in pieces(self.till, self.fee, self.term_ends, day):
            if piece.period.end > day:
                rest += self._rest_of(piece, known, min(priced_at, piece.nominally_due))
        return rest

    def _rest_of(self, piece: Piece, known: Knowledge, priced_at: datetime) -> Money:
        """Suspended days are none that the customer has yet to pay."""
        full = piece.full
        first = piece.period.start if piece.terms.prorate_first else full.start
        days = (min(self.term_ends, piece.period.end) - first).days
        to_the_end = piece.priced(days, full, piece.period, priced_at).money
        nothing = Money.zero(to_the_end.currency)
        charged = piece.amount(replace(known, suspensions=()), priced_at)
        rest = to_the_end - (charged.money if charged else nothing)
        return rest if rest.amount > 0 else nothing
