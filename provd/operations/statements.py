"""What accounts owe, as far as somebody may see it: balances, statements, terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from provd.billing.credit import CreditTerms
from provd.billing.days import local_date, start_of_day
from provd.billing.money import Money
from provd.billing.period import Period
from provd.billing.settlement import Settlement
from provd.billing.statement import Statement, lines
from provd.devices.account import AccountKind
from provd.errors import InputError
from provd.operations.actor import Actor
from provd.operations.credit import Credit, Effect
from provd.operations.debtors import KEEPERS, Debtor, Debtors
from provd.operations.views import Page
from provd.store import Store
from provd.store.books import CreditStanding

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Balance:
    """How an account stands with its issuer: what it owes, by currency (its own first, and always
    there), and how it goes on."""

    debtor: Debtor
    owed: tuple[Money, ...]
    standing: CreditStanding


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered by hand, and whether it was taken back."""

    settlement: Settlement
    reversed: bool


class Statements:
    """Readers: those above an account, and itself; who changes terms is its issuer alone."""

    def __init__(
        self, store: Store, debtors: Debtors, credit: Credit, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._debtors = debtors
        self._credit = credit
        self._clock = clock

    def statement(
        self,
        actor: Actor,
        account_id: int,
        since: date | None = None,
        until: date | None = None,
        currency: str = "",
    ) -> Statement:
        """Its lines are a stream. `until` is the last day, included, where the issuer is: without
        it that of the running month, without `since` the first of `until`'s month, without a
        currency the account's own. Raises InputError for a span without any day."""
        debtor = self._debtors.seen(actor, account_id)
        period = self._period(debtor, since, until)
        currency = currency or debtor.account.currency
        start, end = (start_of_day(day, debtor.zone) for day in (period.start, period.end))
        books, account = self._store.books, debtor.ledger_account
        opening = books.balance_before(account, currency, start)
        moved = books.movements(account, currency, start, end)
        return Statement(
            debtor.issuer.name,
            debtor.account.name,
            period,
            opening,
            lines(opening, moved, debtor.zone),
        )

    def balance(self, actor: Actor, account_id: int) -> Balance:
        debtor = self._debtors.seen(actor, account_id)
        return self._balances([debtor])[0]

    def currencies(self, actor: Actor, account_id: int) -> tuple[str, ...]:
        """In which something may be entered on the account's own pages: its own first, those in
        which it was ever charged or paid, and those in which its issuer sells."""
        debtor = self._debtors.kept(actor, account_id)
        moved = self._store.books.balances([debtor.ledger_account])
        owners = [one.id for one in self._store.accounts.upwards(debtor.issuer.id)]
        sold = self._store.books.plans(owner_ids=owners)
        found = {one.currency for one in moved.get(debtor.ledger_account, [])}
        found |= {plan.currency for plan in sold if plan.offered_to(debtor.issuer.id)}
        own = debtor.account.currency
        return (own, *sorted(found - {own}))

    def balances(self, actor: Actor, *, closed: bool = False) -> list[Balance]:
        """Of all accounts below the actor's, by name; of its own first, where it owes anybody;
        those that are closed only with `closed`."""
        actor.must_be(*KEEPERS)
        accounts = {one.id: one for one in self._store.accounts.below(actor.scope)}
        above = self._store.accounts.upwards(actor.account_id)
        known = accounts | {one.id: one for one in above}
        ordered = sorted(accounts.values(), key=lambda one: one.id != actor.account_id)
        return self._balances(
            [
                Debtor(one, known[one.parent_id])
                for one in ordered
                if one.parent_id is not None and (closed or one.closed_at is None)
            ]
        )

    def listed(
        self, actor: Actor, *, search: str = "", closed: bool = False, page: int = 1, size: int = 50
    ) -> Page[Balance]:
        """A page of `balances`, open accounts or closed ones; `search` finds a part of a name, of
        the name of whom it owes to, or of a site's."""
        actor.must_be(*KEEPERS)
        kinds = (AccountKind.RESELLER, AccountKind.CUSTOMER)
        found, total = self._store.accounts.search(
            actor.scope, kinds=kinds, text=search, closed=closed, page=page, size=size
        )
        above = self._store.accounts.by_ids(one.parent_id for one in found if one.parent_id)
        debtors = [Debtor(one, above[one.parent_id or 0]) for one in found]
        return Page(tuple(self._balances(debtors)), total, page, size)

    def entered(self, actor: Actor, account_id: int, size: int = 50) -> list[Entered]:
        """Payments and what else was entered by hand, the latest first."""
        debtor = self._debtors.seen(actor, account_id)
        found = self._store.books.settlements(debtor.issuer.id, debtor.account.id, size)
        gone = self._store.books.reversed_among([one.transaction_id for one in found])
        return [Entered(one, one.transaction_id in gone) for one in found]

    def change_terms(self, actor: Actor, account_id: int, terms: CreditTerms) -> None:
        """A hard account whose credit is used up is suspended at once, and lifted at once where
        the new terms allow for it. Raises InputError."""
        debtor = self._debtors.posting(actor, account_id)
        _check(debtor, terms)
        with self._store.transaction():
            self._credit.change_terms(debtor.account.id, terms, actor.name)

    def effect_of_terms(self, actor: Actor, account_id: int, terms: CreditTerms) -> Effect:
        debtor = self._debtors.posting(actor, account_id)
        _check(debtor, terms)
        return self._credit.effect_of_terms(debtor.account.id, terms)

    def _balances(self, debtors: Sequence[Debtor]) -> list[Balance]:
        books = self._store.books
        owed = books.balances([one.ledger_account for one in debtors])
        standings = books.credit_standings([one.account.id for one in debtors])
        return [
            Balance(
                one,
                _own_first(owed.get(one.ledger_account, []), one.account.currency),
                standings[one.account.id],
            )
            for one in debtors
        ]

    def _period(self, debtor: Debtor, since: date | None, until: date | None) -> Period:
        today = local_date(self._clock(), debtor.zone)
        last = until or (today.replace(day=1) + 31 * _DAY).replace(day=1) - _DAY
        first = since or last.replace(day=1)
        if first > last:
            raise InputError(f"no day lies between {first} and {last}", key="since")
        return Period(first, last + _DAY)


def _own_first(owed: Sequence[Money], currency: str) -> tuple[Money, ...]:
    own = [one for one in owed if one.currency == currency] or [Money.zero(currency)]
    return (*own, *(one for one in owed if one.currency != currency and one.amount))


def _check(debtor: Debtor, terms: CreditTerms) -> None:
    if terms.limit.currency != debtor.account.currency:
        raise InputError(f"{debtor.account.name} is kept in {debtor.account.currency}", key="limit")
