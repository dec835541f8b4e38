"""Slots, what fills them, and who pays for them."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from provd.billing.plan import SubjectKind
from provd.billing.subscription import Cause, Change, ChangeKind, ItemKind, SetupFee, Subject
from provd.devices.account import Scope
from provd.errors import ConflictError, NotFoundError
from provd.store import Store
from provd.store.books import Closure, NewChange, ParkedAccount
from tests.store.people import NOW, People, phone
from tests.store.till import CAUSE, Lease, lease, priced_plan, start

DAY = timedelta(days=1)


def end(store: Store, id_: int, at: datetime | None, event: str = "") -> Change | None:
    cause = Cause.by_person(event or f"end {at}", "ended", NOW, "bob", "moved away")
    return store.books.record_change(id_, ChangeKind.END, at, NOW, cause)


@pytest.fixture
def leased(store: Store, people: People) -> Lease:
    device = phone(store, people.alice_site)
    plan = priced_plan(store, people)
    return lease(store, plan, device, people.alice_site, people, people.alice)


def test_a_slot_is_found_by_the_device_in_it(store: Store, leased: Lease) -> None:
    slot = store.books.slot_of_device(leased.device.id)
    assert slot == leased.slot
    assert slot is not None
    assert (slot.name, slot.device_id) == ("Counter", leased.device.id)


def test_a_replacement_fills_the_same_slot(store: Store, people: People, leased: Lease) -> None:
    spare = phone(store, people.alice_site, "001565000001")
    store.books.assign(leased.slot.id, spare.id, NOW + DAY)
    assert store.books.slot_of_device(leased.device.id) is None
    assert store.books.slot(leased.slot.id).device_id == spare.id
    in_slot = store.books.device_in_slot
    assert in_slot(leased.slot.id, NOW - DAY) is None
    assert in_slot(leased.slot.id, NOW) == leased.device.id
    assert in_slot(leased.slot.id, NOW + DAY) == spare.id
    assert store.books.waiting_subscriptions([leased.device.id, spare.id]) == [
        (spare.id, leased.subscription)
    ]


def test_putting_the_same_device_in_again_changes_nothing(store: Store, leased: Lease) -> None:
    store.books.assign(leased.slot.id, leased.device.id, NOW + DAY)
    assert store.books.device_in_slot(leased.slot.id, NOW) == leased.device.id


def test_a_slot_can_be_emptied(store: Store, leased: Lease) -> None:
    store.books.assign(leased.slot.id, None, NOW + DAY)
    assert store.books.device_in_slot(leased.slot.id, NOW + DAY) is None
    assert store.books.devices_of_slots([leased.slot.id]) == {leased.slot.id: None}


def test_a_device_fills_one_slot_only(store: Store, people: People, leased: Lease) -> None:
    other = store.books.create_slot(site_id=people.alice_site.id, name="Office")
    with pytest.raises(ConflictError, match="another slot"):
        store.books.assign(other.id, leased.device.id, NOW)
    assert store.books.slot_of_device(leased.device.id) == leased.slot


def test_a_subscription_starts_once(store: Store, leased: Lease) -> None:
    id_ = leased.subscription.id
    assert leased.subscription.started_at is None
    assert start(store, id_)
    assert not start(store, id_, replace(CAUSE, at=NOW + DAY, event_id="other"))
    started = store.books.subscription(id_)
    assert (started.started_at, started.start_cause) == (NOW, CAUSE)
    assert store.books.subscriptions_of(slot_ids=[leased.slot.id]) == [started]


def test_many_subscriptions_start_each_with_its_own_cause(
    store: Store, people: People, leased: Lease
) -> None:
    plan = store.books.plans()[0]
    spare = phone(store, people.alice_site, "001565000001")
    other = lease(store, plan, spare, people.alice_site, people, people.alice)
    assert start(store, leased.subscription.id)
    ids = (leased.subscription.id, other.subscription.id)
    causes = {id_: replace(CAUSE, at=NOW + DAY, file=f"“{id_}”.cfg") for id_ in ids}
    assert store.books.start_subscriptions({**causes, 999: CAUSE}) == {ids[1]}
    assert store.books.subscription(ids[0]).start_cause == CAUSE
    started = store.books.subscription(ids[1])
    assert (started.started_at, started.start_cause) == (NOW + DAY, causes[ids[1]])
    assert store.books.waiting_subscriptions([leased.device.id, spare.id]) == []
    assert store.books.start_subscriptions({}) == set()


def test_one_that_was_ended_before_it_began_waits_too(store: Store, leased: Lease) -> None:
    end(store, leased.subscription.id, NOW + DAY)
    ended = store.books.subscription(leased.subscription.id)
    assert store.books.waiting_subscriptions([leased.device.id]) == [(leased.device.id, ended)]


def test_one_of_many_threads_starts_a_subscription(store: Store, leased: Lease) -> None:
    together = threading.Barrier(6)
    won: list[bool] = []

    def boot() -> None:
        together.wait()
        won.append(start(store, leased.subscription.id))

    threads = [threading.Thread(target=boot) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]


def test_the_latest_end_counts_and_may_be_withdrawn(store: Store, leased: Lease) -> None:
    id_ = leased.subscription.id
    for at in (NOW + DAY, NOW + 2 * DAY):
        assert end(store, id_, at)
    assert store.books.subscription(id_).ended_at == NOW + 2 * DAY
    assert end(store, id_, None)
    assert store.books.subscription(id_).ended_at is None


def closed(id_: int, until: datetime, due: datetime | None = None) -> Closure:
    return Closure(id_, None, until, due)


def test_a_billing_run_sees_each_started_subscription_once(
    store: Store, people: People, leased: Lease
) -> None:
    plan = store.books.plans()[0]
    ids = [leased.subscription.id]
    for number in range(6):
        device = phone(store, people.alice_site, f"00156500000{number}")
        made = lease(store, plan, device, people.alice_site, people, people.alice)
        ids.append(made.subscription.id)
    for id_ in ids[:-1]:
        start(store, id_)
    assert list(store.books.due_subscriptions(NOW, size=4)) == [ids[:4], ids[4:6]]
    assert store.books.count_due(NOW) == store.books.count_started() == 6


def test_a_billing_run_passes_over_what_is_not_due_yet(store: Store, leased: Lease) -> None:
    id_ = leased.subscription.id
    assert list(store.books.due_subscriptions(NOW + 900 * DAY)) == []
    start(store, id_)
    store.books.close_books([closed(id_, NOW, NOW + DAY)])
    assert list(store.books.due_subscriptions(NOW + DAY - timedelta(seconds=1))) == []
    assert list(store.books.due_subscriptions(NOW + DAY)) == [[id_]]
    store.books.close_books([closed(id_, NOW - DAY)])
    (held,) = store.books.held_subscriptions([id_])
    assert (held.retail_until, held.wholesale_until) == (NOW, None)
    assert list(store.books.due_subscriptions(NOW + 900 * DAY)) == []
    end(store, id_, NOW + DAY)
    assert list(store.books.due_subscriptions(NOW)) == [[id_]]


def test_a_billing_run_passes_parked_customers_over(
    store: Store, people: People, leased: Lease
) -> None:
    start(store, leased.subscription.id)
    customer = people.alice_customer
    assert store.books.park(customer.id, "16 charges in a day", NOW)
    assert not store.books.park(customer.id, "another reason", NOW + DAY)
    assert list(store.books.due_subscriptions(NOW)) == []
    assert store.books.count_due(NOW) == store.books.count_started() == 0
    parked = ParkedAccount(customer.id, customer.name, NOW, "16 charges in a day")
    assert store.books.parked(Scope(people.alice.id)) == [parked]
    assert store.books.parked(Scope(people.charlie.id)) == []
    assert store.books.parked_among([people.alice.id, customer.id]) == {customer.id}
    assert store.books.parked_among([people.alice.id]) == set()
    assert store.books.unpark(customer.id)
    assert not store.books.unpark(customer.id)
    assert store.books.count_due(NOW) == 1


def test_what_does_not_exist_is_not_found(store: Store) -> None:
    with pytest.raises(NotFoundError):
        store.books.slot(999)
    with pytest.raises(NotFoundError):
        store.books.subscription(999)


def test_a_change_is_kept_once_with_its_cause(store: Store, leased: Lease) -> None:
    id_ = leased.subscription.id
    start(store, id_)
    change = end(store, id_, NOW + DAY, "event-1")
    assert change is not None
    assert (change.kind, change.known_at, change.cause.reason) == (
        ChangeKind.END,
        NOW,
        "moved away",
    )
    assert end(store, id_, NOW + 2 * DAY, "event-1") is None
    assert store.books.changes([id_])[id_][1:] == (change,)
    assert store.books.subscription(id_).changes[1:] == (change,)
    with pytest.raises(NotFoundError):
        end(store, 999, NOW)


def test_books_that_were_closed_ahead_learn_of_a_change_after_that(
    store: Store, leased: Lease
) -> None:
    id_, ahead = leased.subscription.id, NOW + 30 * DAY
    start(store, id_)
    store.books.close_books([closed(id_, ahead)])
    change = end(store, id_, NOW + DAY)
    assert change is not None
    assert change.known_at == ahead + timedelta(microseconds=1)
    later = store.books.record_change(
        id_, ChangeKind.SUSPEND, NOW, NOW, Cause.by_person("s", "suspended", NOW, "bob")
    )
    assert later is not None
    assert later.known_at == change.known_at


def test_many_changes_are_kept_at_once(store: Store, people: People, leased: Lease) -> None:
    spare = phone(store, people.alice_site, "001565000001")
    plan = store.books.plans()[0]
    other = lease(store, plan, spare, people.alice_site, people, people.alice).subscription
    cause = Cause.by_person("all", "suspended", NOW, "bob")
    ids = [leased.subscription.id, other.id]
    news = [NewChange(id_, ChangeKind.SUSPEND, NOW, NOW, cause) for id_ in [*ids, ids[0]]]
    first, second, again = store.books.record_changes(news)
    assert first is not None
    assert second is not None
    assert again is None
    assert store.books.changes(ids) == {ids[0]: (first,), ids[1]: (second,)}
    assert store.books.record_changes(news) == [None, None, None]


def test_subscriptions_are_found_by_what_they_are_for(
    store: Store, people: People, leased: Lease
) -> None:
    books, customer = store.books, people.alice_customer.id
    parties = leased.subscription.parties
    own = books.create_subscription(
        plan_id=leased.subscription.plan_id,
        subject=Subject(SubjectKind.CUSTOMER, customer),
        parties=parties,
        setup=SetupFee.LATER,
        term_from=NOW.date(),
    )
    device = books.create_subscription(
        plan_id=leased.subscription.plan_id,
        subject=Subject(SubjectKind.DEVICE, leased.device.id),
        parties=parties,
    )
    assert (own.setup, own.term_from) == (SetupFee.LATER, NOW.date())
    assert books.subscriptions_of(customer_ids=[customer]) == [own]
    assert books.subscriptions_of(device_ids=[leased.device.id]) == [device]
    assert books.subscriptions_of(slot_ids=[leased.slot.id]) == [leased.subscription]
    assert books.subscriptions_of() == []
    assert len(books.subscriptions_below([customer])) == 3
    assert books.waiting_subscriptions([leased.device.id]) == [
        (leased.device.id, leased.subscription),
        (leased.device.id, device),
    ]
    assert store.devices.standings([leased.device.id])[leased.device.id].waits


def test_a_slot_tells_what_stands_in_it(store: Store, people: People) -> None:
    made = store.books.create_slot(
        site_id=people.alice_site.id,
        name="Cupboard",
        item=ItemKind.SWITCH,
        model="8-port PoE",
        serial="A-1",
    )
    assert store.books.slot(made.id) == made
    assert (made.item, made.model, made.serial) == (ItemKind.SWITCH, "8-port PoE", "A-1")
