"""Payment requests, and what became of them: both are added and never changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import peewee
from peewee import fn

from provd.billing import request as values
from provd.billing.request import Purpose, RequestEvent, RequestFact
from provd.billing.subscription import Subscription
from provd.devices.account import Scope
from provd.store.books.request_rows import event_from, request_columns, request_from
from provd.store.books.request_tables import PaymentRequest, PaymentRequestEvent
from provd.store.books.settlements import Settlements
from provd.store.books.subscriptions import Subscriptions
from provd.store.books.tables import Settlement
from provd.store.books.tables import Subscription as SubscriptionRow
from provd.store.database import Row
from provd.store.scope import not_found, within
from provd.store.tables import Account

_CLOSED = [RequestFact.RAN, RequestFact.WITHDRAWN]


@dataclass(frozen=True, slots=True)
class WantedRequests:
    """Which requests; what is None restricts nothing. `closed`: those that ran or were withdrawn,
    too. `payable_since` leaves out those that were to be paid before that day. `before_id` pages.
    """

    issuer_id: int | None = None
    debtor_id: int | None = None
    subscription_id: int | None = None
    closed: bool = False
    payable_since: date | None = None
    before_id: int | None = None
    size: int = 200


def _paid_in_advance() -> peewee.Expression:
    """Whether it is a request for an advance, all of which has come and stayed."""
    taken_back = Settlement.select(Settlement.reverses).where(Settlement.reverses.is_null(False))
    came = PaymentRequestEvent.select(
        fn.COALESCE(fn.SUM(PaymentRequestEvent.amount_micros), 0)
    ).where(
        (PaymentRequestEvent.request_id == PaymentRequest.id)
        & PaymentRequestEvent.transaction_id.not_in(taken_back)
    )
    found: peewee.Expression = (PaymentRequest.purpose == Purpose.ADVANCE) & (
        PaymentRequest.gross_micros <= came
    )
    return found


class Requests(Settlements, Subscriptions):
    """Whoever changes what becomes of one holds its debtor's account; see `hold_to_post`."""

    def add_request(self, request: values.PaymentRequest) -> int | None:
        """Its id; None where one of that key is there already."""
        with self._database.transaction():
            before = self.request_keyed(request.key)
            if before is not None:
                return None
            return self._database.insert(PaymentRequest.insert(**request_columns(request)))

    def request_keyed(self, key: str) -> values.PaymentRequest | None:
        found = self._requests(PaymentRequest.select().where(PaymentRequest.key == key))
        return found[0] if found else None

    def requests_known(self, keys: Collection[str]) -> set[str]:
        """Those of the keys that there are requests of."""
        query = PaymentRequest.select(PaymentRequest.key).where(PaymentRequest.key.in_(list(keys)))
        return {row["key"] for row in self._database.rows(query)} if keys else set()

    def request(self, request_id: int, scope: Scope | None = None) -> values.PaymentRequest:
        """Raises NotFoundError for one whose debtor is not in the scope, too."""
        query = PaymentRequest.select(PaymentRequest).where(PaymentRequest.id == request_id)
        found = self._requests(self._owed_in(query, scope))
        if not found:
            raise not_found("payment request")
        return found[0]

    def requests(self, wanted: WantedRequests, scope: Scope | None) -> list[values.PaymentRequest]:
        """The latest first."""
        query = self._owed_in(PaymentRequest.select(PaymentRequest), scope)
        for asked, condition in (
            (wanted.issuer_id, PaymentRequest.issuer_id == wanted.issuer_id),
            (wanted.debtor_id, PaymentRequest.debtor_id == wanted.debtor_id),
            (wanted.subscription_id, PaymentRequest.subscription_id == wanted.subscription_id),
            (wanted.payable_since, PaymentRequest.pay_by >= str(wanted.payable_since)),
            (wanted.before_id, PaymentRequest.id < (wanted.before_id or 0)),
        ):
            query = query.where(condition) if asked is not None else query
        if not wanted.closed:
            ended = PaymentRequestEvent.select(PaymentRequestEvent.request_id).where(
                PaymentRequestEvent.fact.in_(_CLOSED)
            )
            query = query.where(PaymentRequest.id.not_in(ended) & ~_paid_in_advance())
        return self._requests(query.order_by(PaymentRequest.id.desc()).limit(wanted.size))

    def add_request_event(self, request_id: int, event: RequestEvent) -> None:
        """In the transaction that does what it tells of."""
        self._database.insert(
            PaymentRequestEvent.insert(
                request_id=request_id,
                fact=event.fact,
                at=event.at,
                actor=event.actor,
                reason=event.reason,
                transaction_id=event.transaction_id or None,
                amount_micros=event.amount.micros if event.amount else None,
                subscription_id=event.subscription_id,
            )
        )

    def requests_that_made(
        self, subscription_ids: Collection[int]
    ) -> dict[int, values.PaymentRequest]:
        """By subscription, the request whose payment made it."""
        if not subscription_ids:
            return {}
        made = (
            PaymentRequestEvent.select(
                PaymentRequestEvent.subscription_id, PaymentRequestEvent.request_id
            )
            .join(PaymentRequest, on=(PaymentRequest.id == PaymentRequestEvent.request_id))
            .where(
                PaymentRequestEvent.subscription_id.in_(sorted(subscription_ids))
                & (PaymentRequest.purpose == values.Purpose.START)
            )
        )
        by_id = {row["request_id"]: row["subscription_id"] for row in self._database.rows(made)}
        found = self._requests(PaymentRequest.select().where(PaymentRequest.id.in_(list(by_id))))
        return {by_id[one.id]: one for one in found}

    def subscriptions_ending(
        self, since: datetime, until: datetime, after_id: int, size: int = 200
    ) -> list[Subscription]:
        """Of all that have started and end from `since` until before `until`, the next after that
        one, by id."""
        ends = (SubscriptionRow.ended_at >= since) & (SubscriptionRow.ended_at < until)
        begun = SubscriptionRow.started_at.is_null(False) & (SubscriptionRow.id > after_id)
        query = SubscriptionRow.select(SubscriptionRow.id).where(ends & begun)
        rows = self._database.rows(query.order_by(SubscriptionRow.id).limit(size))
        return self.subscriptions([row["id"] for row in rows])

    def _owed_in(
        self, query: peewee.ModelSelect[PaymentRequest], scope: Scope | None
    ) -> peewee.ModelSelect[PaymentRequest]:
        if scope is None:
            return query
        return query.join(Account, on=(Account.id == PaymentRequest.debtor_id)).where(
            within(self._database, scope, Account.path)
        )

    def _requests(self, query: peewee.ModelSelect[PaymentRequest]) -> list[values.PaymentRequest]:
        rows = self._database.rows(query)
        events = self._request_events(rows)
        return [request_from(row, events[row["id"]]) for row in rows]

    def _request_events(self, requests: Sequence[Row]) -> dict[int, list[RequestEvent]]:
        currencies = {row["id"]: row["currency"] for row in requests}
        query = (
            PaymentRequestEvent.select()
            .where(PaymentRequestEvent.request_id.in_(list(currencies)))
            .order_by(PaymentRequestEvent.id)
        )
        rows = self._database.rows(query) if currencies else []
        reversed_ = self.reversed_among([row["transaction_id"] or "" for row in rows])
        found: dict[int, list[RequestEvent]] = defaultdict(list)
        for row in rows:
            whole = {**row, "currency": currencies[row["request_id"]]}
            event = event_from(whole, row["transaction_id"] in reversed_)
            found[row["request_id"]].append(event)
        return found
