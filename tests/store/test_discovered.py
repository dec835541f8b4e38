"""MACs that asked before anybody registered them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from provd.crypto.sealing import Sealer
from provd.devices.account import Scope
from provd.devices.mac import Mac
from provd.store import Store
from provd.store.discovered import Stranger
from provd.store.migrating import known_migrations
from tests.store.people import NOW, People, phone

MINUTE = timedelta(minutes=1)
MONTH = timedelta(days=30)


def stranger(number: int = 1, **changes: object) -> Stranger:
    one = Stranger(
        mac=Mac(f"805ec0{number:06x}"),
        first_at=NOW,
        last_at=NOW,
        times=1,
        address="192.0.2.7",
        neighbourhood="192.0.2.0/24",
        transport="https",
        agent="Phone T46U",
        path="a.cfg",
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def test_a_mac_is_one_row_however_often_it_asks(store: Store) -> None:
    store.discovered.note([stranger(times=2), stranger(2)])
    later = NOW + MINUTE
    store.discovered.note([stranger(first_at=later, last_at=later, agent="", path="b", times=3)])
    earlier = NOW - MINUTE
    store.discovered.note([stranger(first_at=earlier, last_at=earlier, transport="tftp", path="b")])
    first, second = store.discovered.unregistered()
    assert first == stranger(
        first_at=earlier, last_at=later, times=6, transport="tftp", path="b"
    ), "a User-Agent that was told once is kept"
    assert second == stranger(2)


def test_what_is_registered_is_no_stranger(store: Store, people: People) -> None:
    store.discovered.note([stranger(1), stranger(2)])
    phone(store, people.alice_site, stranger(1).mac.digits)
    assert store.discovered.unregistered() == [stranger(2)]


def test_what_strangers_say_can_be_kept(store: Store) -> None:
    store.discovered.note([stranger(agent="\0" + "x" * 5_000, path="a\udcff")])
    (kept,) = store.discovered.unregistered()
    assert len(kept.agent) == 1_000
    assert kept.path == "a?"


def test_neighbours_are_those_that_asked_lately(store: Store) -> None:
    old = stranger(1, last_at=NOW - MINUTE)
    far = stranger(2, neighbourhood="192.0.3.0/24")
    store.discovered.note([old, far, stranger(3)])
    assert store.discovered.near("192.0.2.0/24", NOW) == [stranger(3)]
    store.discovered.forget([stranger(3).mac, stranger(9).mac])
    assert store.discovered.near("192.0.2.0/24", NOW) == []


def test_who_asked_once_goes_first_and_who_asked_long_ago_goes_anyway(store: Store) -> None:
    again = stranger(1, times=2, last_at=NOW - 9 * MINUTE)
    gone = stranger(2, times=9, last_at=NOW - MONTH - MINUTE)
    once = [stranger(number, last_at=NOW - number * MINUTE) for number in (3, 4, 5)]
    store.discovered.note([again, gone, *once])
    store.discovered.bound(3, before=NOW - MONTH)
    assert store.discovered.unregistered() == [*once[:2], again]


def test_places_tell_whose_a_network_is(store: Store, people: People) -> None:
    places = store.discovered.places(Scope(people.alice.id))
    assert [(one.site, one.customer, one.own) for one in places] == [
        ("Bakery", "Alice's bakery", True),
        ("Garage", "Charlie's garage", False),
        ("Office", "Provider's office", False),
    ]
    assert places[0].networks == (ip_network("192.0.2.0/24"),)


def test_what_a_dhcp_server_heard_is_added_to_what_was_asked(store: Store) -> None:
    one, other = stranger(1), stranger(2)
    store.discovered.note([one])
    store.discovered.note_classes({one.mac: "yealink", other.mac: "0x0000a1"}, NOW + MINUTE)
    found = {stranger.mac: stranger for stranger in store.discovered.unregistered()}
    assert found[one.mac] == replace(one, last_at=NOW + MINUTE, vendor_class="yealink")
    assert (found[other.mac].times, found[other.mac].address) == (0, "")
    store.discovered.note([replace(other, proven="acme"), replace(one, agent="", path="z.cfg")])
    asked = store.discovered.of_mac(other.mac)
    assert asked is not None
    assert (asked.times, asked.address, asked.vendor_class) == (1, other.address, "0x0000a1")
    assert asked.proven == "acme"
    store.discovered.note([other])
    again = store.discovered.of_mac(other.mac)
    assert again is not None
    assert again.proven == "acme", "who showed a certificate once needs not show it each time"


def test_a_registered_mac_is_found_by_nobody(store: Store, people: People) -> None:
    store.discovered.note([stranger(1)])
    assert store.discovered.of_mac(stranger(1).mac) == stranger(1)
    phone(store, people.alice_site, stranger(1).mac.digits)
    assert store.discovered.of_mac(stranger(1).mac) is None


def test_whom_a_dhcp_server_knows_is_no_part_of_a_sweep(store: Store) -> None:
    store.discovered.note([stranger(1), stranger(2)])
    store.discovered.note_classes({stranger(1).mac: "yealink"}, NOW)
    near = store.discovered.near("192.0.2.0/24", NOW - MINUTE)
    assert [one.mac for one in near] == [stranger(2).mac]


def test_strangers_from_before_are_there_after_the_migration(
    empty_url: str, sealer: Sealer, tmp_path: Path
) -> None:
    store = Store.open(empty_url, sealer=sealer)
    try:
        store._migrations.known = known_migrations()[:14]
        store.migrate(tmp_path)
        row = ("805ec0000001", 1, 2, 3, "192.0.2.7", "192.0.2.0/24", "https", "A", "p")
        marks = ", ".join("?" * len(row))
        store._database.sql(f"INSERT INTO discovered VALUES ({marks})", row)  # noqa: S608
        store._migrations.known = known_migrations()
        store.migrate(tmp_path)
        (one,) = store.discovered.unregistered()
        assert (one.times, one.agent, one.vendor_class, one.proven) == (3, "A", "", "")
    finally:
        store.close()
