"""What came of a scenario, as values that a program can print or compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from provd.billing.charge import Charge
from provd.billing.days import local_date, zone_named
from provd.billing.invoice import Invoice
from provd.billing.ledger import Transaction, balances, receivable
from provd.billing.money import Money
from provd.devices.account import AccountKind, Scope
from provd.operations.request_reading import RequestRow
from provd.scenario.document import ExpectPart
from provd.scenario.world import World, signed
from provd.store.books import Wanted, WantedRequests


@dataclass(frozen=True, slots=True)
class AccountState:
    """How an account stands at the end."""

    name: str
    kind: AccountKind
    suspended_at: datetime | None
    parked: str
    """Why the fuse has parked it; empty where it has not."""


@dataclass(frozen=True, slots=True)
class MonthOf:
    """A reseller's month by due date, in its own time zone: what its customers owe it, what it owes
    the provider, and what remains."""

    reseller: str
    year: int
    month: int
    revenue: Money
    cost: Money
    margin: Money


@dataclass(frozen=True, slots=True)
class Outcome:
    """Charges stand in order of due date and key, transactions in order of time and id, balances
    by account, invoices and payment requests in the order in which they were drawn up. `uncharged`
    and `not_invoiced` are sentences of billing and invoice runs, `unexpected` those of what the
    author had worked out otherwise; `names` are those of accounts by id."""

    title: str
    names: Mapping[int, str]
    subscriptions: Mapping[int, str]
    charges: tuple[Charge, ...]
    transactions: tuple[Transaction, ...]
    balances: Mapping[tuple[str, str], Money]
    accounts: tuple[AccountState, ...]
    months: tuple[MonthOf, ...]
    invoices: tuple[Invoice, ...]
    requests: tuple[RequestRow, ...]
    uncharged: tuple[str, ...]
    not_invoiced: tuple[str, ...]
    unexpected: tuple[str, ...]


def outcome_of(title: str, expected: ExpectPart, world: World) -> Outcome:
    """Reads all there is: the scenario is over."""
    books = world.house.store.books
    transactions = tuple(books.transactions())
    names = {account.id: name for name, account in world.accounts.items()}
    charges = tuple(books.charges())
    return Outcome(
        title=title,
        names=names,
        subscriptions=dict(world.labels),
        charges=charges,
        transactions=transactions,
        balances=dict(sorted(balances(transactions).items())),
        accounts=tuple(_states(world)),
        months=tuple(_months(world, charges)),
        invoices=tuple(_invoices(world)),
        requests=tuple(_requests(world)),
        not_invoiced=tuple(dict.fromkeys(world.problems)),
        uncharged=tuple(_uncharged(world)),
        unexpected=tuple(_unexpected(expected, world)),
    )


def _states(world: World) -> Iterator[AccountState]:
    parked = {
        one.account_id: one.reason
        for one in world.house.store.books.parked(Scope(world.provider.id))
    }
    for name, known in world.accounts.items():
        account = world.house.store.accounts.get(known.id)
        yield AccountState(name, account.kind, account.suspended_at, parked.get(account.id, ""))


def _months(world: World, charges: Iterable[Charge]) -> Iterator[MonthOf]:
    """Of each reseller, as its own page shows them: from the first to the last month with a
    charge."""
    first_and_last = [one.due_at for one in charges]
    if not first_and_last:
        return
    for name, account in world.accounts.items():
        if account.kind is AccountKind.RESELLER:
            for year, month in months_between(
                min(first_and_last), max(first_and_last), account.time_zone
            ):
                made = world.house.operations.billing.month(world.seller(account), year, month)
                if made.charges and made.wholesale is not None and made.margin is not None:
                    yield MonthOf(name, year, month, made.retail, made.wholesale, made.margin)


def months_between(first: datetime, last: datetime, zone: str) -> Iterator[tuple[int, int]]:
    """Both ends' months included, each as year and month there."""
    start, end = (local_date(one, zone_named(zone)) for one in (first, last))
    for number in range(start.year * 12 + start.month - 1, end.year * 12 + end.month):
        yield number // 12, number % 12 + 1


def _invoices(world: World) -> Iterator[Invoice]:
    """In the order in which they were drawn up, credit notes among them, each with what has been
    paid of it."""
    scope, books = world.administrator.scope, world.house.store.books
    for one in sorted(books.invoice_summaries(Wanted(), scope), key=lambda one: one.id):
        yield world.house.operations.invoicing.reading.page(world.administrator, one.id).invoice


def _requests(world: World) -> Iterator[RequestRow]:
    """In the order in which they were asked."""
    wanted = WantedRequests(closed=True, size=1_000_000)
    reading = world.house.operations.requesting.reading
    yield from reversed(reading.listed(world.administrator, wanted))


def _uncharged(world: World) -> Iterator[str]:
    """Each once, however many runs have met it."""
    told = (
        f"{world.labels.get(one.subscription_id, one.subscription_id)}: {one.reason}"
        for report in world.reports
        for one in report.uncharged
    )
    yield from dict.fromkeys(told)


def _unexpected(given: ExpectPart, world: World) -> Iterator[str]:
    for name, text in given.owes.items():
        account = world.account(name)
        expected = signed(text, account.currency)
        owed = world.house.store.books.balance(receivable(world.above(account).id, account.id))
        found = owed.get(account.currency, Money.zero(account.currency))
        if found != expected:
            yield f"{name} owes {found}, and {expected} was expected"
