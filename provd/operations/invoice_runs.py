"""The invoice run: a draft for everybody who owes an issuer something for a month."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from provd.billing.money import Money
from provd.billing.period import Period
from provd.devices.account import Account
from provd.errors import ProvdError, StoreBroken, StoreUnavailable
from provd.operations.actor import Actor
from provd.operations.invoice_drafts import Desk, desk, month_of, refresh
from provd.operations.issuing import issuers
from provd.store import Store
from provd.store.books import InvoiceSummary, Wanted

Progress = Callable[[int, int], None]
"""Told after each debtor: debtors done, debtors in all."""


@dataclass(frozen=True, slots=True)
class NotDrafted:
    """Whom a run drafted nothing for, and why; `debtor` is empty where it is the issuer's fault."""

    issuer: str
    debtor: str
    reason: str


@dataclass(frozen=True, slots=True)
class DraftReport:
    """What a run did. `drafts` are all that there are for the month now, `changed` the ids of those
    that this run made or made anew."""

    period: Period
    drafts: tuple[InvoiceSummary, ...]
    changed: frozenset[int]
    problems: tuple[NotDrafted, ...]

    @property
    def totals(self) -> dict[tuple[str, str], Money]:
        """By issuer's name and currency, what the drafts come to; credit notes count against it."""
        sums: dict[tuple[str, str], Money] = {}
        for one in self.drafts:
            key = one.issuer, one.gross.currency
            sums[key] = sums.get(key, Money.zero(key[1])) + one.owed
        return sums


class InvoiceRuns:
    """Each debtor is one transaction: a run that was killed is finished by running it again, and
    one that is repeated changes nothing."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def run(
        self,
        actor: Actor,
        year: int,
        month: int,
        issuer_ids: Iterable[int] | None = None,
        progress: Progress = lambda done, total: None,
    ) -> DraftReport:
        """Drafts for all that the actor may send invoices for, or for these issuers alone. Takes
        every charge that fell due before the month's end, where the issuer is, and is on no
        invoice. A debtor that can't be invoiced holds up no other."""
        period = month_of(year, month)
        wanted = None if issuer_ids is None else set(issuer_ids)
        chosen = [one for one in issuers(self._store, actor) if wanted is None or one.id in wanted]
        problems: list[NotDrafted] = []
        work = [step for one in chosen for step in self._work(one, period, problems)]
        changed: set[int] = set()
        for done, (at, debtor_id) in enumerate(work, 1):
            try:
                changed.update(self._one(at, debtor_id, actor.name))
            except (StoreUnavailable, StoreBroken):
                raise
            except ProvdError as error:
                problems.append(self._problem(at.account, debtor_id, str(error)))
            progress(done, len(work))
        return DraftReport(
            period, tuple(self._drafts(actor, chosen, period)), frozenset(changed), tuple(problems)
        )

    def _work(
        self, issuer: Account, period: Period, problems: list[NotDrafted]
    ) -> Iterator[tuple[Desk, int]]:
        """Whom the issuer has something to draft for; parked accounts wait until somebody has
        looked."""
        books = self._store.books
        before = Desk.end_of(issuer, period)
        debtors = set(books.debtors_with_uninvoiced(issuer.id, before))
        debtors |= set(books.debtors_with_drafts(issuer.id, period.end))
        if not debtors:
            return
        try:
            at = desk(self._store, issuer, period)
        except ProvdError as error:
            problems.append(NotDrafted(issuer.name, "", str(error)))
            return
        parked = books.parked_among(debtors)
        for debtor_id in sorted(debtors):
            if debtor_id in parked:
                problems.append(self._problem(issuer, debtor_id, "it is parked"))
            else:
                yield at, debtor_id

    def _one(self, at: Desk, debtor_id: int, by: str) -> list[int]:
        with self._store.transaction():
            return refresh(self._store, at, debtor_id, self._clock(), by)

    def _problem(self, issuer: Account, debtor_id: int, reason: str) -> NotDrafted:
        debtor = self._store.accounts.get(debtor_id)
        return NotDrafted(issuer.name, debtor.name, reason)

    def _drafts(
        self, actor: Actor, chosen: Iterable[Account], period: Period
    ) -> Iterator[InvoiceSummary]:
        for one in chosen:
            wanted = Wanted(issuer_id=one.id, drafts_for=period.end)
            yield from self._store.books.invoice_summaries(wanted, actor.scope)
