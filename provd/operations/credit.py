"""Hard accounts: suspended where their credit is used up, and back when it is not."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from provd.billing.credit import BalanceMode, CreditTerms
from provd.billing.money import Money
from provd.billing.subscription import Cause
from provd.devices.account import Account
from provd.operations.resuming import cost_of_resuming
from provd.operations.suspension import Suspension
from provd.store import Store
from provd.store.books import CreditStanding

BALANCE = "balance"
"""Why such an account is suspended; one suspended for another reason is left alone."""

Settle = Callable[[Collection[int], str], None]
"""What posts to these accounts calls, with the name of who does it."""

Tell = Callable[[Collection[int], str], object]


@dataclass(frozen=True, slots=True)
class Effect:
    """What something does to an account, before it is done: what it owes, and how many phones lose
    their service with it, or get it back; None: none does. `left` is what a hard account may still
    be charged afterwards; None for a soft one. `withheld` is what going on would be charged at once
    where that is more than is left: it stays suspended."""

    before: Money
    after: Money
    left: Money | None
    suspends: int | None
    resumes: int | None
    withheld: Money | None = None

    @property
    def missing(self) -> Money | None:
        """More than that is to be paid for it to be lifted."""
        if self.withheld is None or self.left is None:
            return None
        return self.withheld - self.left


class Credit:
    """Whatever posts to what somebody owes calls `settle` in the same transaction, and whatever
    charges for subscriptions `charged`."""

    def __init__(
        self, store: Store, suspension: Suspension, tell: Tell, clock: Callable[[], datetime]
    ) -> None:
        """`tell` has phones fetch their files, and is called after the commit."""
        self._store = store
        self._suspension = suspension
        self._tell = tell
        self._clock = clock

    def settle(self, debtor_ids: Collection[int], by: str) -> None:
        """Suspends those whose credit is used up now, lifts that of those whose is not any more,
        and would not be by what going on costs at once; each once, whoever else posts to them at
        this moment. `by` is who caused it."""
        for one in self._store.books.hard_among(debtor_ids):
            self._settle(one, by)

    def charged(self, debtor_ids: Collection[int], by: str) -> None:
        """Suspends those whose credit the charges have used up. Lifts nothing, or what a suspension
        gives back for the days without service would lift it, and be charged again with that, run
        after run: that takes somebody who pays, gives credit or agrees on other terms."""
        for one in self._store.books.hard_among(debtor_ids):
            if one.terms.suspends(one.owed):
                self._settle(one, by)

    def _settle(self, one: CreditStanding, by: str) -> None:
        because = Cause.by_person("", BALANCE, self._clock(), by, f"owes {one.owed}")
        if one.terms.suspends(one.owed):
            told = self._suspension.suspend(one.account_id, because.at, because)
        elif one.suspended_for == BALANCE and self._withheld(one, one.owed, one.terms) is None:
            told = self._suspension.resume(one.account_id, because.at, because)
        else:
            return
        if told:
            self._store.after_commit(lambda: self._tell(told, by))

    def change_terms(self, account_id: int, terms: CreditTerms, by: str) -> None:
        """In a transaction: from now on the account goes by these."""
        self._store.books.set_terms(account_id, terms)
        self._settle(self._store.books.credit_standing(account_id), by)

    def effect(self, account: Account, more: Money) -> Effect | None:
        """What `more` owed would lead to; less, where it is negative. None for another currency
        than the account's own, which suspends nobody."""
        if more.currency != account.currency:
            return None
        one = self._store.books.credit_standing(account.id)
        return self._effect(one, one.owed + more, one.terms)

    def effect_of_terms(self, account_id: int, terms: CreditTerms) -> Effect:
        """What other terms would lead to."""
        one = self._store.books.credit_standing(account_id)
        return self._effect(one, one.owed, terms)

    def _effect(self, one: CreditStanding, after: Money, terms: CreditTerms) -> Effect:
        left = terms.available(after) if terms.mode is BalanceMode.HARD else None
        suspends = resumes = withheld = None
        if terms.suspends(after):
            suspends = None if one.suspended_at else self._phones(one.account_id)
        elif one.suspended_for == BALANCE:
            withheld = self._withheld(one, after, terms)
            resumes = self._phones(one.account_id) if withheld is None else None
        return Effect(one.owed, after, left, suspends, resumes, withheld)

    def _withheld(self, one: CreditStanding, owed: Money, terms: CreditTerms) -> Money | None:
        """What going on would be charged at once, where that uses the credit up again: lifted now,
        the next billing run would suspend it, and each further payment would do the same."""
        at = self._clock()
        going = self._suspension.would_resume(one.account_id, at)
        cost = cost_of_resuming(self._store, one.account_id, going, at, owed.currency)
        return cost if terms.suspends(owed + cost) else None

    def _phones(self, account_id: int) -> int:
        return len(self._store.suspensions.devices_concerned(account_id))
