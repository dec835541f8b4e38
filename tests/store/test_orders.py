"""Shipment orders."""

from __future__ import annotations

from datetime import timedelta

import pytest

from provd.devices.account import Scope
from provd.devices.device import Order
from provd.errors import ConflictError, InputError, NotFoundError
from provd.store import Store
from tests.store.people import NOW, People


def order(store: Store, site_id: int, reference: str = "A-100") -> Order:
    return store.orders.create(site_id=site_id, reference=reference, created_at=NOW)


def test_an_order_is_found_by_its_reference_without_regard_to_case(
    store: Store, people: People
) -> None:
    made = order(store, people.alice_site.id)
    assert made == Order(made.id, people.alice_site.id, "A-100", NOW, None)
    assert store.orders.by_reference("a-100", Scope(people.provider.id)) == made
    assert store.orders.find("a-100", seller_id=people.alice.id) == made
    assert store.orders.get(made.id) == made


def test_a_reference_is_unique_per_seller(store: Store, people: People) -> None:
    order(store, people.alice_site.id)
    with pytest.raises(ConflictError):
        order(store, people.alice_site.id, "a-100")
    other = order(store, people.charlie_site.id)
    own = order(store, people.own_site.id)
    assert store.orders.find("A-100", seller_id=people.charlie.id) == other
    assert store.orders.find("A-100", seller_id=people.provider.id) == own


def test_charlie_sees_no_order_of_alice(store: Store, people: People) -> None:
    made = order(store, people.alice_site.id)
    charlie = Scope(people.charlie.id)
    with pytest.raises(NotFoundError):
        store.orders.by_reference("A-100", charlie)
    with pytest.raises(NotFoundError):
        store.orders.get(made.id, charlie)
    assert store.orders.in_scope(charlie) == []
    assert store.orders.in_scope(Scope(people.alice.id)) == [made]


def test_the_open_order_wins_where_two_sellers_use_one_reference(
    store: Store, people: People
) -> None:
    provider = Scope(people.provider.id)
    first = order(store, people.alice_site.id)
    second = order(store, people.charlie_site.id)
    with pytest.raises(InputError, match="2 resellers have an order"):
        store.orders.by_reference("A-100", provider)
    store.orders.mark_shipped(first.id, NOW)
    assert store.orders.by_reference("A-100", provider) == second


def test_an_order_is_shipped_once(store: Store, people: People) -> None:
    made = order(store, people.alice_site.id)
    assert store.orders.mark_shipped(made.id, NOW + timedelta(days=1))
    assert not store.orders.mark_shipped(made.id, NOW + timedelta(days=2))
    assert store.orders.get(made.id).shipped_at == NOW + timedelta(days=1)


def test_shipped_orders_are_shown_on_request(store: Store, people: People) -> None:
    first, second = order(store, people.alice_site.id), order(store, people.own_site.id, "B")
    store.orders.mark_shipped(first.id, NOW)
    provider = Scope(people.provider.id)
    assert store.orders.in_scope(provider) == [second]
    everything = store.orders.in_scope(provider, open_only=False)
    assert [found.id for found in everything] == [first.id, second.id]


def test_an_order_to_no_site_is_refused(store: Store, people: People) -> None:
    with pytest.raises(NotFoundError):
        order(store, 999)
