"""The billing run and what reads its results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice

import structlog

from provd.billing.charge import Charge
from provd.billing.money import Money
from provd.billing.plan import Side
from provd.devices.account import Account, Role, Scope
from provd.errors import NotFoundError
from provd.operations.actor import Actor
from provd.operations.charging import Charged, Charging
from provd.operations.views import Month, MonthFigures
from provd.operations.zones import day_start
from provd.store import Store
from provd.store.books import ParkedAccount

log = structlog.get_logger()

Progress = Callable[[int, int], None]
"""Told after each batch: subscriptions done, subscriptions in all."""


@dataclass(frozen=True, slots=True)
class Uncharged:
    """A subscription that a run could not charge in full, and why; the others went on."""

    subscription_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did. `subscriptions` are those that it looked at: where nothing can have fallen
    due it looks at none. `totals` sums the new charges by side and currency. `parked` are the
    customers whom the fuse has parked: the run passed them over until somebody has looked."""

    until: datetime
    subscriptions: int
    new_charges: int
    totals: tuple[tuple[Side, Money], ...]
    uncharged: tuple[Uncharged, ...]
    parked: tuple[ParkedAccount, ...]


class Billing:
    """Charges from subscriptions. A run late gives what daily runs would have given, and a run
    repeated gives nothing."""

    def __init__(self, store: Store, charging: Charging) -> None:
        self._store = store
        self._charging = charging

    def run(self, until: datetime, progress: Progress = lambda done, total: None) -> RunReport:
        """Writes all charges due at or before `until`. Each batch is one transaction, so a run
        that is killed goes on where it stopped when it is started again. It looks at what may have
        fallen due since it was looked at last, so it costs what there is to do."""
        books = self._store.books
        run = _Run(until, books.count_due(until), progress)
        for ids in books.due_subscriptions(until):
            with self._store.transaction():
                batch = books.held_subscriptions(ids)
                charged = self._charging.charge((one, until) for one in batch)
            # Counted after the commit: a batch that failed was not billed.
            for subscription, one in zip(batch, charged, strict=True):
                run.add(subscription.id, one)
            run.tell(len(batch))
        return run.report(self._parked())

    def unpark(self, actor: Actor, customer: str) -> None:
        """Somebody has looked: the next run charges the customer again, with all that has fallen
        due meanwhile. Raises NotFoundError."""
        actor.must_be(Role.ADMIN)
        wanted = customer.strip().casefold()
        found = [one for one in self._parked() if one.name.casefold() == wanted]
        if not found:
            raise NotFoundError(f"no customer “{customer}” is parked")
        for one in found:
            self._store.books.unpark(one.account_id)
            log.info("account_unparked", account=one.account_id, by=actor.name)

    def _parked(self) -> list[ParkedAccount]:
        root = self._store.accounts.root()
        return self._store.books.parked(Scope(root.id)) if root else []

    def charges(
        self,
        actor: Actor,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Charge]:
        """In order of due date and key, as far as the actor may see them."""
        actor.must_be(Role.ADMIN, Role.RESELLER, Role.CUSTOMER)
        side = None if actor.sees_wholesale else Side.RETAIL
        return self._store.books.charges(scope=actor.scope, side=side, since=since, until=until)

    def names(self, actor: Actor) -> dict[int, str]:
        """Account names for exports: the actor's tree and those above it."""
        accounts = self._store.accounts.below(actor.scope)
        above = self._store.accounts.chain(actor.account_id)
        return {account.id: account.name for account in (*accounts, *above) if account}

    def month(self, actor: Actor, year: int, month: int, most: int = 500) -> Month:
        """Revenue, cost and margin of a calendar month in the actor's account's time zone, and the
        first `most` of its charges."""
        actor.must_be(Role.ADMIN, Role.RESELLER, Role.CUSTOMER)
        account = self._store.accounts.get(actor.account_id, scope=Scope(actor.account_id))
        start, end = month_bounds(year, month, account.time_zone)
        side = None if actor.sees_wholesale else Side.RETAIL
        totals = self._store.books.totals(scope=actor.scope, since=start, until=end)
        own = [one for one in totals if one.amount.currency == account.currency]
        sums = {
            side: Money.sum((one.amount for one in own if one.side is side), account.currency)
            for side in Side
        }
        return Month(
            year,
            month,
            sums[Side.WHOLESALE] if actor.sees_wholesale else None,
            sums[Side.RETAIL],
            tuple(islice(self.charges(actor, since=start, until=end), most)),
            sum(one.charges for one in totals if side in (None, one.side)),
        )

    def figures(self, actor: Actor, year: int, month: int, count: int = 12) -> list[MonthFigures]:
        """What the actor's own account charged and was charged, before tax, in each of `count`
        months that end with that one, the earliest first; in its currency and its time zone."""
        actor.must_be(Role.ADMIN, Role.RESELLER)
        account = self._store.accounts.get(actor.account_id, scope=Scope(actor.account_id))
        last = year * 12 + month - 1
        months = [(at // 12, at % 12 + 1) for at in range(last - count + 1, last + 1)]
        return [self._figures(account, *one) for one in months]

    def _figures(self, account: Account, year: int, month: int) -> MonthFigures:
        start, end = month_bounds(year, month, account.time_zone)
        revenue, cost = self._store.books.turnover(account.id, account.currency, start, end)
        return MonthFigures(year, month, revenue, cost)


class _Run:
    """What a run has done so far."""

    def __init__(self, until: datetime, total: int, progress: Progress) -> None:
        self._until = until
        self._total = total
        self._progress = progress
        self._done = 0
        self._new = 0
        self._uncharged: list[Uncharged] = []
        self._sums: defaultdict[tuple[Side, str], Decimal] = defaultdict(Decimal)

    def add(self, subscription_id: int, charged: Charged) -> None:
        self._new += len(charged.new)
        for charge in charged.new:
            self._sums[charge.side, charge.amount.currency] += charge.amount.amount
        # Whoever started the run tells of them; a log line beside that would tell it twice.
        for problem in charged.problems:
            self._uncharged.append(Uncharged(subscription_id, problem))

    def tell(self, count: int) -> None:
        self._done += count
        self._progress(self._done, max(self._total, self._done))

    def report(self, parked: Sequence[ParkedAccount]) -> RunReport:
        totals = [(side, Money(total, code)) for (side, code), total in sorted(self._sums.items())]
        return RunReport(
            until=self._until,
            subscriptions=self._done,
            new_charges=self._new,
            totals=tuple(totals),
            uncharged=tuple(self._uncharged),
            parked=tuple(parked),
        )


def month_bounds(year: int, month: int, zone: str) -> tuple[datetime, datetime]:
    """The first instants of a month and of the next one in that zone, in UTC."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return day_start(date(year, month, 1), zone), day_start(following, zone)
