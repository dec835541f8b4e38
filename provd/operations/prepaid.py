"""How far a paid start reaches, whatever starts it: the payment, or the phone that it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from provd.billing.charge import Charge
from provd.billing.money import Money
from provd.billing.plan import Plan
from provd.billing.prepaid import (
    PAID_UNTIL,
    boundaries,
    end_with,
    reach,
    retail_till,
    start_costs,
)
from provd.billing.quote import assumed
from provd.billing.request import PaymentRequest
from provd.billing.subscription import Cause, ChangeKind, Parties, SetupFee
from provd.store import Store
from provd.store.books import NewChange


def net_of(charges: list[Charge], currency: str) -> Money:
    """Before tax."""
    return Money.sum((one.amount for one in charges), currency)


class PaidStart:
    """A start of a plan just then, by what it costs."""

    def __init__(
        self, store: Store, plan: Plan, parties: Parties, at: datetime, setup: SetupFee
    ) -> None:
        self._plan = plan
        self._prices = store.books.price_list(plan.id)
        self._parties = parties
        self._at = at
        self._setup = setup
        self.till = retail_till(plan, self._prices, assumed(plan, parties, at, setup))

    def charges(self, until: date) -> list[Charge]:
        """What the customer is charged up to that day."""
        return start_costs(self._plan, self._prices, self._parties, self._at, self._setup, until)

    def costs(self, until: date) -> Money:
        """What they come to before tax."""
        return net_of(self.charges(until), self._plan.currency)

    @property
    def first_end(self) -> date:
        return next(boundaries(self.till, self.till.first_day))

    def reached(self, request: PaymentRequest) -> date | None:
        """The day up to which it is paid by what was asked for; None where that does not reach to
        the end of the first period."""
        found = boundaries(self.till, self.till.first_day)
        days = [next(found) for _ in range(request.periods)]
        return reach(days, self.costs, request.paper.net)


def paid_ends(store: Store, started: Mapping[int, Cause]) -> list[NewChange]:
    """Of subscriptions that have just been started by what they waited for: the ends up to which
    those of them are paid that a payment had made. A start can't be refused here: what costs more
    than was asked for by now is paid up to its first period's end, and the rest is owed."""
    found: list[NewChange] = []
    made = store.books.requests_that_made(started)
    if not made:
        return found
    for one in store.books.subscriptions(made):
        cause, plan = started[one.id], store.books.plan(one.plan_id)
        begun = PaidStart(store, plan, one.parties, cause.at, one.setup)
        until = begun.reached(made[one.id]) or begun.first_end
        at = end_with(one.parties, until)
        why = Cause.by_person(
            cause.event_id, PAID_UNTIL, cause.at, made[one.id].requested_by, paid_by(made[one.id])
        )
        found.append(NewChange(one.id, ChangeKind.END, at, cause.at, why))
    return found


def paid_by(request: PaymentRequest) -> str:
    """Kept as the reason of what a payment brought."""
    return f"payment request {request.id}"
