"""Payment requests as people read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from provd.billing.days import local_date, zone_named
from provd.billing.reference import referred_number
from provd.billing.request import Advance, PaymentRequest, Renewal, RequestState, Start
from provd.devices.text import whole_number
from provd.errors import NotFoundError
from provd.operations.actor import Actor
from provd.operations.debtors import READERS
from provd.operations.request_papers import RequestPapers
from provd.store import Store
from provd.store.books import WantedRequests

OPEN = WantedRequests()
"""All that are neither paid nor withdrawn."""

LONG_EXPIRED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request as lists show it, on the day that it is where its issuer is."""

    request: PaymentRequest
    state: RequestState
    issuer: str
    debtor: str
    what: str
    may_change: bool


class RequestReader:
    """Whoever may see the debtor's account reads what it is asked for. `papers` prints it."""

    def __init__(self, store: Store, papers: RequestPapers, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self.papers = papers

    def row(self, actor: Actor, number: int) -> RequestRow:
        """Raises NotFoundError."""
        actor.must_be(*READERS)
        return self._rows(actor, [self._store.books.request(number, actor.scope)])[0]

    def numbered(self, actor: Actor, text: str) -> RequestRow:
        """By its number or its reference. Raises NotFoundError."""
        number = referred_number(text) or whole_number(text.removeprefix("#"))
        if number is None:
            raise NotFoundError(f"there is no payment request “{text[:40]}”", key="request")
        return self.row(actor, number)

    def listed(self, actor: Actor, wanted: WantedRequests = OPEN) -> list[RequestRow]:
        """The latest first. Without the closed ones those are left out, too, that expired so long
        ago that nobody waits for them."""
        actor.must_be(*READERS)
        if not wanted.closed and wanted.payable_since is None:
            wanted = replace(wanted, payable_since=self._clock().date() - LONG_EXPIRED)
        return self._rows(actor, self._store.books.requests(wanted, actor.scope))

    def _rows(self, actor: Actor, found: Sequence[PaymentRequest]) -> list[RequestRow]:
        accounts = {
            id_: self._store.accounts.get(id_)
            for id_ in {id_ for one in found for id_ in (one.issuer_id, one.debtor_id)}
        }
        names = self._plan_names(found)
        rows = []
        for one in found:
            issuer, debtor = accounts[one.issuer_id], accounts[one.debtor_id]
            today = local_date(self._clock(), zone_named(issuer.time_zone))
            mine = actor.account_id == issuer.id
            what = f"{one.purpose.capitalize()} of {names.get(one.id)}"
            if isinstance(one.what, Advance):
                what = one.what.text
            rows.append(RequestRow(one, one.state(today), issuer.name, debtor.name, what, mine))
        return rows

    def _plan_names(self, found: Sequence[PaymentRequest]) -> dict[int, str]:
        """By request; an advance has none."""
        renewed = {one.what.subscription_id for one in found if isinstance(one.what, Renewal)}
        plans = {one.id: one.plan_id for one in self._store.books.subscriptions(renewed)}
        chosen = {one.id: one.what.plan_id for one in found if isinstance(one.what, Start)}
        chosen |= {
            one.id: plans[one.what.subscription_id]
            for one in found
            if isinstance(one.what, Renewal)
        }
        names = {id_: self._store.books.plan(id_).name for id_ in set(chosen.values())}
        return {id_: names[plan_id] for id_, plan_id in chosen.items()}
