"""The customers and sites of an import file, made on each of the databases."""

from __future__ import annotations

import pytest

from provd.devices.account import Role, Site
from provd.devices.contact import Contact
from provd.errors import ConflictError
from provd.operations.actor import Actor
from provd.operations.importing_making import make
from provd.operations.importing_places import Places
from provd.store import Store
from tests.store.people import People

ANN = Contact("Ann", (("work", "100"),))


def planned(store: Store, people: People) -> Places:
    places = Places(store, Actor("bob", Role.RESELLER, people.alice.id), create_missing=True)
    customer = places.plan_customer(
        "Mill",
        places.parent(""),
        settings={"web.admin_password": "of-the-mill"},
        contacts=[ANN],
    )
    places.plan_site(Site(0, customer.id, "Yard"))
    places.plan_site(Site(0, people.alice_customer.id, "Oven"))
    return places


def test_they_stand_where_they_were_planned(store: Store, people: People) -> None:
    new = planned(store, people).planned()
    with store.transaction():
        make(store, new)
    (mill,) = [one for one in store.accounts.children([people.alice.id]) if one.name == "Mill"]
    assert mill.settings == {"web.admin_password": "of-the-mill"}
    assert (mill.currency, mill.time_zone) == (people.alice.currency, people.alice.time_zone)
    assert [site.name for site in store.sites.of_accounts([mill.id])] == ["Yard"]
    assert [entry.contact for entry in store.phonebooks.entries(mill.id)] == [ANN]
    bakery = store.sites.of_accounts([people.alice_customer.id])
    assert {site.name for site in bakery} == {"Bakery", "Oven"}


def test_a_customer_or_site_that_came_meanwhile_is_not_made_again(
    store: Store, people: People
) -> None:
    new = planned(store, people).planned()
    store.sites.create(account_id=people.alice_customer.id, name="oven")
    with pytest.raises(ConflictError, match="“oven” has been created"), store.transaction():
        make(store, new)
    names = [one.name for one in store.accounts.children([people.alice.id])]
    assert "Mill" not in names


def test_charlies_customers_are_nobodys_to_a_plan_of_alices(store: Store, people: People) -> None:
    places = planned(store, people)
    garage = people.charlie_customer.name
    assert places.named(f"{garage}/{people.charlie_site.name}") == ()
    assert places.customer(garage, people.alice) is None
    assert places.site(people.charlie_site.id) is None
