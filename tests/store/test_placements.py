"""From a MAC or a token to everything that decides what is served."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network

import pytest

from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.devices.standing import standing_of
from provd.store import Store
from tests.store.people import NOW, People, line, phone


def test_a_mac_leads_to_all_above_it(store: Store, people: People) -> None:
    until = NOW + timedelta(days=7)
    device = phone(store, people.alice_site, lines=[line(2), line(1)], open_until=until)
    placement = store.devices.placement(device.mac)
    assert placement is not None
    assert placement.device == device
    assert [found.number for found in placement.device.lines] == [1, 2]
    assert placement.site == people.alice_site
    assert placement.customer == people.alice_customer
    assert placement.reseller == people.alice
    assert placement.provider == people.provider
    assert placement.enrolment.token == Secret("token of 001565aabbcc")
    assert placement.enrolment.open_until == until
    assert placement.enrolment.first_address == ""


def test_a_customer_of_the_providers_own_has_no_reseller(store: Store, people: People) -> None:
    device = phone(store, people.own_site)
    placement = store.devices.placement(device.mac)
    assert placement is not None
    assert (placement.reseller, placement.provider) == (None, people.provider)


def test_a_device_without_lines_has_a_place_too(store: Store, people: People) -> None:
    device = phone(store, people.alice_site, lines=[])
    placement = store.devices.placement(device.mac)
    assert placement is not None
    assert placement.device.lines == ()


def test_an_unknown_mac_has_no_place(store: Store, people: People) -> None:
    assert store.devices.placement(Mac("001565999999")) is None


def test_a_token_leads_to_its_device_only(store: Store, people: People) -> None:
    device = phone(store, people.alice_site)
    phone(store, people.charlie_site, "001565000001")
    placement = store.devices.placement_by_token("token of 001565aabbcc")
    assert placement == store.devices.placement(device.mac)
    assert store.devices.placement_by_token("guessed") is None


def test_a_lookup_for_serving_takes_one_query(store: Store, people: People) -> None:
    device = phone(store, people.alice_site)
    asked: list[str] = []
    hooks = store._database.peewee.query_hooks
    hooks.append(lambda event: asked.append(event.sql))
    store.devices.placement(device.mac)
    hooks.clear()
    assert len(asked) == 1


def test_what_decides_is_found_without_opening_a_secret(
    store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = NOW + timedelta(days=7)
    device = phone(store, people.alice_site, lines=[line(1)], open_until=until)
    store.accounts.update_settings(people.alice.id, {"trust.ways": ["token"]})
    store.sites.update(people.alice_site.id, settings={"trust.ways": ["network"]})
    with monkeypatch.context() as patched:
        patched.setattr(store.devices._sealed, "open", _never)
        found = store.devices.find(device.mac)
    assert found is not None
    assert found.standing.trust == {"trust.ways": ["network"]}
    assert found.standing == standing_of(found.placement())
    assert store.devices.find(Mac("001565999999")) is None


def _never(*given: object) -> Secret:
    raise AssertionError("a secret was opened")


def test_all_networks_are_those_of_every_site(store: Store, people: People) -> None:
    store.sites.update(people.alice_site.id, networks=[ip_network("192.0.2.0/24")])
    store.sites.update(people.charlie_site.id, networks=[ip_network("2001:db8::/48")])
    assert {ip_network("192.0.2.0/24"), ip_network("2001:db8::/48")} <= {
        *store.sites.all_networks()
    }


def test_a_change_above_a_phone_is_seen_at_the_next_look(store: Store, people: People) -> None:
    device = phone(store, people.alice_site)
    for word in ("de", "en"):
        store.accounts.update_settings(people.alice.id, {"language": word})
        store.sites.update(people.alice_site.id, name=f"Site {word}")
        placement = store.devices.placement(device.mac)
        assert placement is not None
        assert placement.reseller is not None
        assert placement.reseller.settings == {"language": word}
        assert placement.site.name == f"Site {word}"


def test_passwords_of_accounts_are_not_kept_opened(store: Store, people: People) -> None:
    device = phone(store, people.alice_site)
    seen = []
    for settings in ({"web.admin_password": "admin-secret"}, {"language": "de"}):
        store.accounts.update_settings(people.alice.id, settings)
        placements = [store.devices.placement(device.mac) for _ in range(2)]
        one, other = (placement.reseller for placement in placements if placement)
        assert one == other
        assert one is not None
        assert one.settings == settings
        seen.append(one is other)
    assert seen == [False, True]
