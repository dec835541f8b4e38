"""Life cycle events."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from provd.devices.lifecycle import Evidence, LifecycleEvent, Place, State
from provd.store import Store
from tests.store.people import NOW, People, phone


def test_an_event_is_recorded_once_whatever_comes_again(store: Store, people: People) -> None:
    device = phone(store, people.alice_site)
    evidence = Evidence("001565aabbcc.cfg", "https", 4096, "192.0.2.7", Place.SITE)
    event = LifecycleEvent(
        "boot:1", device.id, State.SHIPPED, State.IN_SERVICE, NOW, "phone", evidence
    )
    assert store.events.record(event)
    assert not store.events.record(event)
    assert not store.events.record(replace(event, actor="somebody else"))
    assert store.events.of_device(device.id) == [event]


def test_it_tells_why_and_which_site_was_left(store: Store, people: People) -> None:
    device = phone(store, people.alice_site)
    arrow = (State.IN_SERVICE, State.RETURNED, NOW, "Bob", None, "broken", people.alice_site.id)
    event = LifecycleEvent("1", device.id, *arrow)
    assert store.events.record(event)
    assert store.events.of_device(device.id) == [event]
    other = phone(store, people.alice_site, "001565000001")
    assert store.events.moved_among({device.id, other.id}) == {device.id}


def test_of_many_events_the_new_ones_are_recorded(store: Store, people: People) -> None:
    device = phone(store, people.alice_site)
    first = LifecycleEvent("a", device.id, State.REGISTERED, State.STAGED, NOW, "Bob")
    second = replace(first, id="b", before=State.STAGED, after=State.SHIPPED)
    store.events.record(first)
    assert store.events.record_all([replace(first, actor="Eve"), second]) == {"b"}
    assert store.events.of_device(device.id) == [first, second]
    assert store.events.record_all([]) == set()


def test_events_come_in_the_order_they_happened(store: Store, people: People) -> None:
    device = phone(store, people.alice_site)
    other = phone(store, people.alice_site, "001565000001")
    first = LifecycleEvent("b", device.id, State.DISCOVERED, State.REGISTERED, NOW, "Bob")
    second = replace(first, id="a", at=NOW + timedelta(microseconds=1), after=State.STAGED)
    store.events.record(second)
    store.events.record(first)
    store.events.record(replace(first, id="c", device_id=other.id))
    assert store.events.of_device(device.id) == [first, second]
