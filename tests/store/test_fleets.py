"""The phones below a place in the tree, and their models."""

from __future__ import annotations

from provd.devices.account import Scope
from provd.devices.lifecycle import State
from provd.store import Store
from provd.store.fleets import Fleet, ModelCount
from tests.store.people import People, line, phone


def test_a_fleet_is_what_lies_below_a_place(store: Store, people: People) -> None:
    one = phone(store, people.alice_site)
    other = phone(store, people.alice_site, "001565aabbcd", profile="lobby")
    charlies = phone(store, people.charlie_site, "001565aabbce")
    everything = Scope(people.provider.id)
    of = store.devices.fleet
    assert of(Fleet(everything)) == [one.id, other.id, charlies.id]
    assert of(Fleet(Scope(people.alice.id))) == [one.id, other.id]
    assert of(Fleet(everything, site_id=people.charlie_site.id)) == [charlies.id]
    assert of(Fleet(everything, device_id=other.id)) == [other.id]
    assert of(Fleet(everything, profile="lobby")) == [other.id]
    assert of(Fleet(Scope(people.alice.id), site_id=people.charlie_site.id)) == []


def test_phones_that_get_no_configuration_are_not_among_them(store: Store, people: People) -> None:
    device = phone(store, people.alice_site)
    store.devices.change_state(device.id, State.REGISTERED, State.RETIRED)
    assert store.devices.fleet(Fleet(Scope(people.provider.id))) == []


def test_models_are_counted_with_one_or_two_phones_of_each(store: Store, people: People) -> None:
    first, _, last = (
        phone(store, people.alice_site, mac)
        for mac in ("001565aabbc0", "001565aabbc1", "001565aabbc2")
    )
    alone = phone(store, people.charlie_site, "001565aabbc3", model="T43U")
    assert store.devices.fleet_models(Fleet(Scope(people.provider.id))) == [
        ModelCount("acme", "T43U", 1, (alone.id,)),
        ModelCount("acme", "T46U", 3, (first.id, last.id)),
    ]


def test_placements_of_many_are_those_of_each(store: Store, people: People) -> None:
    devices = [
        phone(store, people.alice_site, lines=[line(1), line(2)]),
        phone(store, people.own_site, "001565aabbcd", lines=[]),
        phone(store, people.charlie_site, "001565aabbce"),
    ]
    found = store.devices.placements([*(device.id for device in reversed(devices)), 999])
    assert found == [store.devices.placement(device.mac) for device in devices]
    assert store.devices.placements([]) == []
