"""Payment requests and what became of them, on both databases; two people at one at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from provd.billing.plan import SubjectKind
from provd.billing.request import (
    Advance,
    PaymentRequest,
    Renewal,
    RequestEvent,
    RequestFact,
    Start,
    What,
)
from provd.billing.subscription import SetupFee, Subject
from provd.billing.tax_category import TaxCategory
from provd.devices.account import Role, Scope
from provd.devices.lifecycle import State
from provd.errors import ConflictError, NotFoundError, StoreError
from provd.operations.actor import Actor
from provd.operations.charging import Charging
from provd.operations.consequences import Hook
from provd.operations.credit import Credit
from provd.operations.debtors import Debtors
from provd.operations.invoicing import invoicing
from provd.operations.payments import Payments
from provd.operations.renewals import RenewalReport
from provd.operations.request_confirming import Confirmed, ConfirmForm
from provd.operations.requesting import Requesting, requesting
from provd.operations.suspension import Suspension
from provd.store import Store
from provd.store.books import WantedRequests
from tests.billing.invoices import invoice, line
from tests.operations.invoices import BUYER, SELLER, SINCE
from tests.store.people import NOW, People, phone
from tests.store.test_steps_at_once import at_once
from tests.store.till import lease, priced_plan, start

BY_BANK = ConfirmForm("bank")


@pytest.fixture
def subscription(store: Store, people: People) -> int:
    device = phone(store, people.alice_site, state=State.IN_SERVICE)
    plan = priced_plan(store, people)
    leased = lease(store, plan, device, people.alice_site, people, people.alice)
    start(store, leased.subscription.id)
    return leased.subscription.id


def drafted(people: People, what: What, key: str = "k") -> PaymentRequest:
    paper = invoice(
        replace(line(1, "6"), charge_keys=()),
        issuer_id=people.alice.id,
        debtor_id=people.alice_customer.id,
    )
    day = date(2026, 11, 22)
    return PaymentRequest(0, key, what, 2, paper, day, day + timedelta(days=9), NOW, "bob", "why")


def renewal(subscription: int) -> Renewal:
    return Renewal(subscription, NOW, date(2026, 12, 1))


def test_a_request_is_kept_as_it_was_made_and_once(
    store: Store, people: People, subscription: int
) -> None:
    plan_id = store.books.subscription(subscription).plan_id
    subject = Subject(SubjectKind.CUSTOMER, people.alice_customer.id)
    new = Start(plan_id, subject, date(2026, 12, 1), SetupFee.LATER)
    for key, what in (("k", renewal(subscription)), ("l", new), ("a", Advance("Deposit"))):
        made = drafted(people, what, key)
        id_ = store.books.add_request(made)
        assert id_ is not None
        assert store.books.add_request(made) is None
        kept = store.books.request(id_)
        assert replace(kept, id=0, paper=made.paper) == made
        assert kept.document.lines == made.paper.lines
        assert (kept.document.number, kept.total) == (kept.reference, made.total)
        assert store.books.request_keyed(key) == kept
    assert store.books.requests_known(["k", "m"]) == {"k"}
    assert store.books.requests_that_made([subscription]) == {}
    ran = RequestEvent(RequestFact.RAN, NOW, "bob", subscription_id=subscription)
    for key in ("k", "l"):
        made_by = store.books.request_keyed(key)
        assert made_by is not None
        store.books.add_request_event(made_by.id, ran)
    assert store.books.requests_that_made([subscription]) == {
        subscription: store.books.request_keyed("l")
    }, "a renewal has made nothing"


def test_it_is_seen_by_no_stranger_never_changed_and_closed_once(
    store: Store, people: People, subscription: int
) -> None:
    id_ = store.books.add_request(drafted(people, renewal(subscription))) or 0
    for one in (people.provider, people.alice, people.alice_customer):
        scope = Scope(one.id)
        assert store.books.request(id_, scope).id == id_
        assert [found.id for found in store.books.requests(WantedRequests(), scope)] == [id_]
    for stranger in (people.charlie, people.charlie_customer, people.own_customer):
        scope = Scope(stranger.id)
        assert store.books.requests(WantedRequests(), scope) == []
        with pytest.raises(NotFoundError):
            store.books.request(id_, scope)
    event = RequestEvent(RequestFact.WITHDRAWN, NOW, "bob", "left")
    store.books.add_request_event(id_, event)
    assert store.books.request(id_).events == (event,)
    with pytest.raises(StoreError):
        store.books.add_request_event(id_, event)
    assert store.books.requests(WantedRequests(), None) == []
    assert len(store.books.requests(WantedRequests(closed=True), None)) == 1
    for table in ("payment_request", "payment_request_event"):
        for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):  # noqa: S608
            with pytest.raises(StoreError, match="append-only"):
                store._database.sql(statement)


@pytest.fixture
def wired(store: Store, people: People) -> Requesting:
    debtors = Debtors(store)
    credit = Credit(store, Suspension(store), lambda ids, by: None, lambda: NOW)
    issuing = invoicing(store, lambda: NOW, credit.settle)
    provider = Actor("admin", Role.ADMIN, people.provider.id)
    issuing.profiles.save(provider, people.alice.id, SELLER)
    issuing.profiles.save(bob(people), people.alice_customer.id, BUYER)
    issuing.profiles.set_rate(provider, people.alice.id, TaxCategory.STANDARD, "19", SINCE)
    hook = Hook(store, Charging(store, credit.charged))
    payments = Payments(store, debtors, credit, lambda: NOW)
    return requesting(store, debtors, payments, hook, issuing, lambda: NOW)


def bob(people: People) -> Actor:
    return Actor("bob", Role.RESELLER, people.alice.id)


def test_of_confirmations_at_once_one_runs_it(
    store: Store, people: People, subscription: int, wired: Requesting
) -> None:
    who = bob(people)
    wired.subscriptions.make_paid(who, subscription)
    made = wired.steps.ask(who, subscription)
    results = at_once(*[lambda: wired.steps.confirm(who, made.id, BY_BANK)] * 4)
    assert sorted(isinstance(one, Confirmed) and one.new for one in results) == [
        *[False] * 3,
        True,
    ]
    assert [one.fact for one in store.books.request(made.id).events] == ["payment", "ran"]
    ends = [c for c in store.books.subscription(subscription).changes if c.kind == "end"]
    assert len(ends) == 2
    assert store.books.request(made.id).rest.amount == 0


def test_of_several_daemons_one_asks_for_a_renewal(
    store: Store, people: People, subscription: int, wired: Requesting
) -> None:
    wired.subscriptions.make_paid(bob(people), subscription)
    reports = at_once(*[wired.renewals.run] * 3)
    assert sorted(len(one.asked) for one in reports if isinstance(one, RenewalReport)) == [0, 0, 1]
    assert len(store.books.requests(WantedRequests(), None)) == 1


def test_confirmed_or_withdrawn_but_never_both(
    store: Store, people: People, subscription: int, wired: Requesting
) -> None:
    who = bob(people)
    wired.subscriptions.make_paid(who, subscription)
    made = wired.steps.ask(who, subscription)
    results = at_once(
        lambda: wired.steps.confirm(who, made.id, BY_BANK),
        lambda: wired.steps.withdraw(who, made.id, "changed its mind"),
    )
    assert sum(isinstance(one, ConflictError) for one in results) == 1
    kept = store.books.request(made.id)
    assert bool(kept.ran) != kept.withdrawn
    assert (kept.received.amount > 0) == bool(kept.ran)
