"""What is owed for one thing, once: when it falls due, and what it comes to by what is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from provd.billing.knowledge import Knowledge
from provd.billing.money import Money
from provd.billing.period import Period
from provd.billing.plan import Fee, FeeKind
from provd.billing.subscription import Cause, Change, ChangeKind
from provd.billing.till import Till


@dataclass(frozen=True, slots=True)
class Amount:
    """Rounded to what can be paid; `calculation` says how it came about."""

    money: Money
    text: str
    period: Period | None
    calculation: str


class Obligation(Protocol):
    """`name` is the part of its charges' keys that tells it from the others of its fee."""

    @property
    def till(self) -> Till: ...
    @property
    def fee(self) -> Fee: ...
    @property
    def kind(self) -> FeeKind: ...
    @property
    def name(self) -> str: ...
    @property
    def device_id(self) -> int | None: ...

    def due(self, known: Knowledge) -> datetime | None:
        """None as long as nothing will fall due."""
        ...

    def amount(self, known: Knowledge, priced_at: datetime) -> Amount | None:
        """By prices as they had been entered at `priced_at`; None when nothing is owed. Raises
        InputError for a price that is missing."""
        ...

    def cause(self, known: Knowledge) -> Cause:
        """What made it fall due."""
        ...


@dataclass(frozen=True, slots=True)
class Settled:
    """Something to be charged: `amount.money` may be negative, a credit. `news` is what the books
    learnt then, for what corrects an earlier one; else None."""

    obligation: Obligation
    at: datetime
    amount: Amount
    cause: Cause
    news: Change | None


def settle(
    obligation: Obligation, steps: Sequence[Knowledge], until: datetime
) -> Iterator[Settled]:
    """What is charged for it up to `until`, in order.

    It is charged when it falls due, by what is known then. What the books learn later is settled
    as they learn it: the difference is charged or given back. So all of it always comes to the
    amount by the latest knowledge, and no more is given back than was charged.
    """
    due: datetime | None = None
    charged: Amount | None = None
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if due is None:
            due = _falls_due(obligation, step, following)
            if due is not None and due > until:
                return
            if due is not None:
                charged = obligation.amount(step, due)
                if charged is not None:
                    yield Settled(obligation, due, charged, obligation.cause(step), None)
        elif step.since <= until:
            owed = obligation.amount(step, due)
            difference = _difference(owed, charged, _why(step.news, obligation.till))
            if difference is not None:
                yield Settled(obligation, step.since, difference, step.news.cause, step.news)
            charged = owed


def _falls_due(
    obligation: Obligation, step: Knowledge, following: Knowledge | None
) -> datetime | None:
    """When, if it does so before the books learn more."""
    nominal = obligation.due(step)
    if nominal is None:
        return None
    due = max(nominal.astimezone(UTC), step.since.astimezone(UTC))
    return due if following is None or due < following.since else None


def _difference(owed: Amount | None, charged: Amount | None, why: str) -> Amount | None:
    """A credit tells what had been charged, what is added what is owed now."""
    either = owed or charged
    if either is None:
        return None
    nothing = Money.zero(either.money.currency)
    before = charged.money if charged else nothing
    money = (owed.money if owed else nothing) - before
    if money == nothing:
        return None
    is_credit = money.amount < 0
    shown = (charged if is_credit else owed) or either
    text = f"{shown.text}, {'credit' if is_credit else 'added'}: {why}"
    calculation = f"{owed.calculation if owed else nothing}, less {before} charged"
    return Amount(money, text, shown.period, calculation)


_WORDS = {
    ChangeKind.START: "started",
    ChangeKind.END: "ends",
    ChangeKind.SUSPEND: "suspended",
    ChangeKind.RESUME: "resumed",
    ChangeKind.CHARGE_SETUP: "setup fee asked for",
    ChangeKind.BUY_OUT: "bought",
    ChangeKind.DEVICE_REMOVED: "hardware removed",
    ChangeKind.DEVICE_RETURNED: "hardware returned",
}


def _why(change: Change, till: Till) -> str:
    if change.effective_at is None:
        return "end withdrawn"
    return f"{_WORDS[change.kind]} {till.day(change.effective_at)}"
