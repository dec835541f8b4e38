"""The tree of accounts, and who sees which part of it."""

from __future__ import annotations

import pytest

from provd.devices.account import AccountKind, Brand
from provd.errors import ConflictError, InputError, NotFoundError
from provd.store import Scope, Store
from tests.store.people import People


def test_a_new_installation_has_no_provider(store: Store) -> None:
    assert store.accounts.root() is None


def test_the_provider_is_the_root(store: Store, people: People) -> None:
    assert store.accounts.root() == people.provider


def test_there_is_one_provider_only(store: Store, people: People) -> None:
    with pytest.raises(InputError, match="has its provider already"):
        store.accounts.create(
            kind=AccountKind.PROVIDER, name="Second", currency="EUR", time_zone="Europe/Berlin"
        )


def test_an_account_keeps_all_that_it_was_given(store: Store, people: People) -> None:
    brand = Brand("Alice Telecom", "#aa0000", "Phones.Alice.example")
    account = store.accounts.create(
        kind=AccountKind.RESELLER,
        name="Alice",
        parent_id=people.provider.id,
        currency="CHF",
        time_zone="Europe/Zurich",
        brand=brand,
        settings={"time.zone": "Europe/Zurich", "codecs": ["PCMA", "G722"]},
    )
    assert account == store.accounts.get(account.id)
    assert account.parent_id == people.provider.id
    assert (account.currency, account.time_zone) == ("CHF", "Europe/Zurich")
    assert account.brand == Brand("Alice Telecom", "#aa0000", "phones.alice.example")
    assert account.settings == {"time.zone": "Europe/Zurich", "codecs": ["PCMA", "G722"]}


@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        (AccountKind.RESELLER, "alice"),
        (AccountKind.CUSTOMER, "alice_customer"),
        (AccountKind.PROVIDER, "provider"),
        (AccountKind.RESELLER, None),
        (AccountKind.CUSTOMER, None),
    ],
)
def test_an_account_in_the_wrong_place_is_refused(
    store: Store, people: People, kind: AccountKind, parent: str | None
) -> None:
    parent_id = getattr(people, parent).id if parent else None
    with pytest.raises(InputError, match="has no place"):
        store.accounts.create(
            kind=kind, name="x", parent_id=parent_id, currency="EUR", time_zone="Europe/Berlin"
        )


def test_the_chain_names_everybody_above(store: Store, people: People) -> None:
    chain = store.accounts.chain
    assert chain(people.alice_customer.id) == (people.provider, people.alice, people.alice_customer)
    assert chain(people.alice.id) == (people.provider, people.alice, None)
    assert chain(people.provider.id) == (people.provider, None, None)
    assert chain(people.own_customer.id) == (people.provider, None, people.own_customer)


def test_a_scope_is_an_account_and_all_below(store: Store, people: People) -> None:
    below = store.accounts.below
    assert below(Scope(people.alice.id)) == [people.alice, people.alice_customer]
    assert below(Scope(people.alice.id), AccountKind.CUSTOMER) == [people.alice_customer]
    assert len(below(Scope(people.provider.id))) == 6


def test_charlie_sees_no_account_of_alice(store: Store, people: People) -> None:
    charlie = Scope(people.charlie.id)
    for hidden in (people.alice, people.alice_customer, people.provider, people.own_customer):
        with pytest.raises(NotFoundError) as outside:
            store.accounts.get(hidden.id, charlie)
        with pytest.raises(NotFoundError) as missing:
            store.accounts.get(999_999, charlie)
        assert str(outside.value) == str(missing.value)


def test_a_scope_ends_where_an_id_begins_with_the_same_digits(store: Store, people: People) -> None:
    accounts = [
        store.accounts.create(
            kind=AccountKind.RESELLER,
            name=f"Reseller {number}",
            parent_id=people.provider.id,
            currency="EUR",
            time_zone="Europe/Berlin",
        )
        for number in range(25)
    ]
    for account in accounts:
        assert store.accounts.below(Scope(account.id)) == [account]


def test_a_scope_that_does_not_exist_sees_nothing(store: Store, people: People) -> None:
    with pytest.raises(NotFoundError):
        store.accounts.below(Scope(999_999))


def test_a_brand_is_found_by_its_host(store: Store, people: People) -> None:
    store.accounts.update_brand(people.alice.id, Brand("Alice", host="phones.alice.example"))
    found = store.accounts.by_host("PHONES.alice.example")
    assert found is not None
    assert found.id == people.alice.id
    assert store.accounts.by_host("other.example") is None


def test_accounts_without_a_host_are_not_found_by_the_empty_one(
    store: Store, people: People
) -> None:
    store.accounts.update_brand(people.alice.id, Brand("Alice"))
    store.accounts.update_brand(people.charlie.id, Brand("Charlie"))
    assert store.accounts.by_host("") is None


def test_two_brands_cannot_share_a_host(store: Store, people: People) -> None:
    store.accounts.update_brand(people.alice.id, Brand("Alice", host="phones.example"))
    with pytest.raises(ConflictError):
        store.accounts.update_brand(people.charlie.id, Brand("Charlie", host="phones.example"))
    assert store.accounts.get(people.charlie.id).brand is None


def test_an_accounts_layer_is_replaced_and_told(
    store: Store, people: People, changes: list[str]
) -> None:
    changes.clear()
    store.accounts.update_settings(people.alice.id, {"language": "de"})
    assert store.accounts.get(people.alice.id).settings == {"language": "de"}
    assert changes == ["changed"]
