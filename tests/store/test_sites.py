"""Where phones stand."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from provd.devices.account import Scope
from provd.errors import InputError, NotFoundError
from provd.store import Store
from tests.store.people import People


def test_a_site_keeps_all_that_it_was_given(store: Store, people: People) -> None:
    networks = (ip_network("192.0.2.0/25"), ip_network("2001:db8:1::/64"))
    site = store.sites.create(
        account_id=people.alice_customer.id,
        name="Second bakery",
        networks=networks,
        time_zone="Europe/Vienna",
        settings={"network.vlan.id": 12},
    )
    assert store.sites.get(site.id) == site
    assert (site.account_id, site.name) == (people.alice_customer.id, "Second bakery")
    assert (site.networks, site.time_zone) == (networks, "Europe/Vienna")
    assert site.settings == {"network.vlan.id": 12}


def test_only_a_customer_has_sites(store: Store, people: People) -> None:
    for account in (people.alice, people.provider):
        with pytest.raises(InputError, match="belongs to a customer"):
            store.sites.create(account_id=account.id, name="x")
    with pytest.raises(NotFoundError):
        store.sites.create(account_id=999, name="x")


def test_charlie_sees_no_site_of_alice(store: Store, people: People) -> None:
    assert store.sites.get(people.alice_site.id, Scope(people.alice.id)) == people.alice_site
    with pytest.raises(NotFoundError):
        store.sites.get(people.alice_site.id, Scope(people.charlie.id))
    assert store.sites.in_scope(Scope(people.charlie.id)) == [people.charlie_site]
    assert store.sites.in_scope(Scope(people.charlie.id), people.alice_customer.id) == []


def test_the_provider_sees_all_sites_by_name(store: Store, people: People) -> None:
    everything = [people.alice_site, people.charlie_site, people.own_site]
    assert store.sites.in_scope(Scope(people.provider.id)) == everything


def test_a_change_leaves_the_rest_and_is_told(
    store: Store, people: People, changes: list[str]
) -> None:
    changes.clear()
    store.sites.update(people.alice_site.id, networks=[ip_network("203.0.113.0/24")])
    store.sites.update(people.alice_site.id, settings={"language": "de"})
    site = store.sites.get(people.alice_site.id)
    assert site.name == people.alice_site.name
    assert site.networks == (ip_network("203.0.113.0/24"),)
    assert site.settings == {"language": "de"}
    assert changes == ["changed", "changed"]


def test_networks_can_be_taken_away(store: Store, people: People) -> None:
    store.sites.update(people.alice_site.id, networks=[])
    assert store.sites.get(people.alice_site.id).networks == ()


def test_a_site_that_does_not_exist_cannot_be_changed(store: Store, people: People) -> None:
    with pytest.raises(NotFoundError):
        store.sites.update(999, name="x")
