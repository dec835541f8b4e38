"""Closing an account when all that somebody had is over, and opening it again. Nothing is deleted:
the books are append-only, and stay readable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from provd.billing.invoice import InvoiceStatus
from provd.billing.subscription import Subscription
from provd.devices.account import Account, AccountKind
from provd.errors import InputError
from provd.operations.actor import Actor
from provd.operations.debtors import Debtor, Debtors
from provd.operations.leases import Leases
from provd.store import Store
from provd.store.books import Wanted, WantedRequests

log = structlog.get_logger()

_ALL = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way of closing, and what to do about it."""

    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What closing an account comes to: nothing while there are `obstacles`; else so many `users`
    can't sign in any more."""

    debtor: Debtor
    obstacles: tuple[Obstacle, ...]
    users: int


class ClosingAccounts:
    """For the people of whom the account owes to: the provider's for resellers and its own
    customers, a reseller's for its customers. Each step is one transaction; one that was taken
    already changes nothing. Raises NotFoundError where the actor may not know of the account."""

    def __init__(
        self, store: Store, debtors: Debtors, leases: Leases, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._debtors = debtors
        self._leases = leases
        self._clock = clock

    def outlook(self, actor: Actor, account_id: int) -> Outlook:
        debtor = self._debtors.kept(actor, account_id)
        users = self._store.closings.users_able_to_sign_in(account_id)
        return Outlook(debtor, tuple(self._obstacles(actor, debtor)), users)

    def close(self, actor: Actor, account_id: int) -> bool:
        """False when it was closed already. Raises InputError with all that stands in the way."""
        debtor = self._debtors.kept(actor, account_id)
        with self._store.transaction():
            self._store.books.hold_to_post(account_id)
            if self._store.accounts.get(account_id).closed_at is not None:
                return False
            if found := list(self._obstacles(actor, debtor)):
                raise refusal(debtor.account, found)
            self._store.closings.close(account_id, self._clock(), actor.name)
        log.info("account_closed", account=account_id, by=actor.name)
        return True

    def open(self, actor: Actor, account_id: int) -> bool:
        """False when it was not closed. Raises InputError below an account that is closed."""
        debtor = self._debtors.kept(actor, account_id)
        with self._store.transaction():
            self._store.accounts.hold_open([debtor.issuer.id])
            opened = self._store.closings.open(account_id)
        if opened:
            log.info("account_opened", account=account_id, by=actor.name)
        return opened

    def _obstacles(self, actor: Actor, debtor: Debtor) -> Iterator[Obstacle]:
        if debtor.account.kind is AccountKind.RESELLER:
            yield from self._customers(debtor.account)
        else:
            yield from self._devices(debtor.account)
            yield from self._subscriptions(actor, debtor.account)
        yield from self._invoicing(debtor)
        yield from self._balance(debtor)

    def _customers(self, reseller: Account) -> Iterator[Obstacle]:
        for one in self._store.accounts.children([reseller.id]):
            if one.closed_at is None:
                yield Obstacle(f"its customer {one.name} is open", "Close its customers first")

    def _devices(self, customer: Account) -> Iterator[Obstacle]:
        for mac, state in self._store.closings.devices_left(customer.id):
            yield Obstacle(f"phone {mac} is {state}", "Take phones back, or retire them")

    def _subscriptions(self, actor: Actor, customer: Account) -> Iterator[Obstacle]:
        books, now = self._store.books, self._clock()
        found = books.subscriptions_below([customer.id])
        plans = books.tariffs({one.plan_id for one in found})
        names = books.subject_names({one.id for one in found})
        uncharged = self._store.closings.still_to_be_charged(customer.id)
        for one in found:
            plan, subject = plans[one.plan_id].plan.name, names[one.id].subject
            what = f"subscription {one.id} ({plan}, {subject})"
            if _goes_on(one, now):
                yield Obstacle(f"{what} has not ended", "Cancel subscriptions and let them end")
            elif one.id in uncharged:
                yield Obstacle(f"{what} is still to be charged", "Let the billing run finish it")
        yield from self._due_back(actor, customer, now)

    def _due_back(self, actor: Actor, customer: Account, now: datetime) -> Iterator[Obstacle]:
        """What was not back in time is charged for. Where the plan sets no time, a phone that is
        retired is not awaited either."""
        rows = self._leases.listed(replace(actor, account_id=customer.id), ended=True)
        awaited = [(row, one) for row in rows for one in row.due_back]
        phones = {one.device_id for _, one in awaited if one.device_id is not None}
        retired = self._store.closings.retired_among(phones)
        for row, one in awaited:
            if one.by is None and one.device_id in retired:
                continue
            if one.by is None or one.by >= now.date():
                when = f" by {one.by}" if one.by else ""
                what = f"hardware of lease {row.number} ({row.slot.slot.name}) is due back{when}"
                yield Obstacle(what, "Enter what came back")

    def _invoicing(self, debtor: Debtor) -> Iterator[Obstacle]:
        issuer, account, books = debtor.issuer.id, debtor.account.id, self._store.books
        for asked in books.requests(WantedRequests(debtor_id=account), None):
            problem = f"payment request {asked.id} of {asked.total} is neither paid nor withdrawn"
            yield Obstacle(problem, "Withdraw what nobody is to pay any more")
        wanted = Wanted(issuer_id=issuer, debtor_id=account, statuses=(InvoiceStatus.DRAFT,))
        for draft in books.invoice_summaries(wanted, None):
            yield Obstacle(
                f"draft invoice {draft.id} of {draft.gross} is not issued", "Issue its invoices"
            )
        # Who invoices elsewhere has no profile here, and no charge of theirs is ever invoiced.
        if books.profile(issuer) and (free := books.uninvoiced(issuer, account, _ALL)):
            many = "1 charge is" if len(free) == 1 else f"{len(free)} charges are"
            yield Obstacle(f"{many} on no invoice", "Issue its invoices")

    def _balance(self, debtor: Debtor) -> Iterator[Obstacle]:
        for owed in self._store.books.balance(debtor.ledger_account).values():
            amount = owed.rounded()
            if amount.amount > 0:
                yield Obstacle(f"it owes {amount}", "Enter its payment, or write the debt off")
            elif amount.amount < 0:
                yield Obstacle(f"it has paid {-amount} in advance", "Enter a refund")


def refusal(account: Account, found: list[Obstacle]) -> InputError:
    """All that stands in the way, and each remedy once."""
    remedies = dict.fromkeys(one.remedy for one in found)
    return InputError(
        f"{account.name} can't be closed: {'; '.join(one.problem for one in found)}",
        key="account",
        remedy=". ".join(remedies),
    )


def _goes_on(one: Subscription, now: datetime) -> bool:
    return one.ended_at is None or one.ended_at > now
