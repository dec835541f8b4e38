"""Asking for renewals: before a subscription that is renewed by payment ends, its customer is told
how to pay. Once for each end, however often and late this runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from provd.billing.prepaid import paid_end
from provd.billing.request import PaymentRequest
from provd.billing.subscription import Subscription
from provd.devices.account import AccountKind, Role
from provd.errors import ProvdError, StoreBroken, StoreUnavailable
from provd.operations.actor import Actor
from provd.operations.debtors import Debtor
from provd.operations.payment_requests import PaymentRequests
from provd.operations.request_drafting import renewal_key
from provd.operations.request_steps import RequestDesk
from provd.store import Store

log = structlog.get_logger()

LONGEST_NOTICE = timedelta(days=30)
"""Nobody is asked earlier than that, and what ended longer ago is asked for by hand."""


@dataclass(frozen=True, slots=True)
class NotAsked:
    """A subscription whose renewal was not asked for, or not mailed, and why."""

    subscription_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class RenewalReport:
    """What a run asked, how many of them by mail, and what it could not."""

    asked: tuple[PaymentRequest, ...]
    mailed: int
    problems: tuple[NotAsked, ...]


class Renewals:
    """Each is one transaction, together with its mail."""

    def __init__(
        self,
        store: Store,
        desk: RequestDesk,
        requests: PaymentRequests,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._desk = desk
        self._requests = requests
        self._clock = clock

    def run(
        self, by: str = "renewals", enough: Callable[[], bool] = lambda: False
    ) -> RenewalReport:
        """Asks for all whose time has come: as many days before the end as the customer has for
        paying an invoice. Where nobody ran this in time, the customer has those days from now on,
        and the renewal goes on without a gap. Raises StoreError; what goes wrong with one holds up
        no other."""
        asked: list[PaymentRequest] = []
        problems: list[NotAsked] = []
        mailed = 0
        for one in self._ending():
            if enough():
                break
            try:
                made, told = self._one(one, by)
            except (StoreUnavailable, StoreBroken):
                raise
            except ProvdError as error:
                log.warning("renewal_not_asked", subscription=one.id, reason=str(error))
                problems.append(NotAsked(one.id, str(error)))
                continue
            if made is not None:
                asked.append(made)
                mailed += not told
                problems += [NotAsked(one.id, told)] if told else []
        return RenewalReport(tuple(asked), mailed, tuple(problems))

    def _ending(self) -> Iterator[Subscription]:
        """Those that end soon, or did lately, and have not been asked for."""
        now, last = self._clock(), 0
        books = self._store.books
        while batch := books.subscriptions_ending(now - LONGEST_NOTICE, now + LONGEST_NOTICE, last):
            renewed = [one for one in batch if paid_end(one)]
            asked = books.requests_known([_key(one) for one in renewed])
            yield from (one for one in renewed if _key(one) not in asked)
            last = batch[-1].id

    def _one(self, one: Subscription, by: str) -> tuple[PaymentRequest | None, str]:
        """What was asked, and why it was not mailed; None where it need not be asked now."""
        actor = self._issuer(one, by)
        debtor = self._desk.debtors.seen(actor, one.parties.customer_id)
        if debtor.account.closed_at is not None or not self._has_come(one, debtor):
            return None, ""
        with self._store.transaction():
            # Of several daemons on one database, the others wait here, and find it done.
            self._store.books.hold_to_post(debtor.account.id)
            if self._store.books.requests_known([_key(one)]):
                return None, ""
            made = self._requests.ask(actor, one.id)
            return made, self._mailed(actor, made)

    def _has_come(self, one: Subscription, debtor: Debtor) -> bool:
        """Without a profile nobody knows how much notice it needs; asking says what is missing."""
        end = paid_end(one)
        if end is None:
            return False
        notice = timedelta(days=max(1, self._desk.drafting.days(debtor)))
        return end - min(notice, LONGEST_NOTICE) <= self._clock()

    def _mailed(self, actor: Actor, made: PaymentRequest) -> str:
        """Why not, if not."""
        if not self._desk.mails.configured:
            return "there is no mail server: see mail in provd.yaml"
        try:
            self._desk.mails.queue_request(actor, made)
        except ProvdError as error:
            return str(error)
        return ""

    def _issuer(self, one: Subscription, by: str) -> Actor:
        account = self._store.accounts.get(one.parties.reseller_id)
        role = Role.ADMIN if account.kind is AccountKind.PROVIDER else Role.RESELLER
        return Actor(by, role, account.id)


def _key(one: Subscription) -> str:
    end = paid_end(one)
    return renewal_key(one.id, end) if end else ""
