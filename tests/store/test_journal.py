"""The boot journal."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

from provd.devices.account import Scope
from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.store import Store
from provd.store.journal import Arrival
from tests.store.entries import delivered, refused
from tests.store.people import NOW, People, phone

MAC = Mac("001565aabbcc")
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def test_an_entry_comes_back_as_it_was(store: Store) -> None:
    entries = [
        delivered(device_id=7, place=Place.BENCH, finished_at=NOW + SECOND),
        refused(at=NOW - SECOND, transport="tftp"),
    ]
    assert store.journal.append(entries) == [entry.id for entry in entries]
    assert store.journal.of_mac(MAC) == entries


def test_an_entry_is_added_once_whatever_is_replayed(store: Store) -> None:
    first, second, third = delivered(), delivered(), delivered()
    assert store.journal.append([first, second]) == [first.id, second.id]
    assert store.journal.append([second, third, third]) == [third.id]
    assert store.journal.append([first, second, third]) == []
    assert store.journal.append([replace(first, path="other")]) == []
    assert {entry.path for entry in store.journal.of_mac(MAC)} == {"001565aabbcc.cfg"}


def test_nothing_can_be_appended(store: Store) -> None:
    assert store.journal.append([]) == []


def test_thousands_are_appended_at_once(store: Store) -> None:
    entries = [delivered() for _ in range(1_234)]
    assert store.journal.append(entries) == [entry.id for entry in entries]
    assert len(store.journal.of_mac(MAC, limit=5_000)) == 1_234


def test_two_threads_that_replay_the_same_spool_add_it_once(store: Store) -> None:
    entries = [delivered() for _ in range(300)]
    together = threading.Barrier(2)
    added: list[str] = []

    def replay() -> None:
        together.wait()
        added.extend(store.journal.append(entries))

    threads = [threading.Thread(target=replay) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(added) == sorted(entry.id for entry in entries)


def test_what_strangers_send_can_be_kept(store: Store) -> None:
    entry = delivered(path="a\0b\udcff" + "x" * 5_000, agent="\0", status="\ud800")
    store.journal.append([entry])
    (kept,) = store.journal.of_mac(MAC)
    assert kept.path.startswith("a\N{REPLACEMENT CHARACTER}b?xxx")
    assert len(kept.path) == 1_000
    assert kept.agent == "\N{REPLACEMENT CHARACTER}"


def test_a_macs_entries_come_newest_first_and_in_parts(store: Store) -> None:
    entries = [delivered(at=NOW + number * SECOND) for number in range(5)]
    store.journal.append(entries)
    store.journal.append([delivered(mac=Mac("001565000001")), refused(mac=None)])
    newest = store.journal.of_mac(MAC, limit=2)
    assert newest == [entries[4], entries[3]]
    older = store.journal.of_mac(MAC, limit=2, before=newest[-1].at)
    assert older == [entries[2], entries[1]]
    assert store.journal.of_mac(MAC, since=entries[3].at) == newest


def test_a_boots_files_are_those_that_arrived_whole(store: Store) -> None:
    store.journal.append(
        [
            delivered(file_kind="common"),
            delivered(file_kind="device"),
            delivered(file_kind="phonebook", whole=False),
            delivered(file_kind="other boot", boot_id="another"),
        ]
    )
    assert store.journal.boot_files("boot") == {"common", "device"}


def test_kinds_delivered_count_whole_files_of_the_place_and_time(store: Store) -> None:
    store.journal.append(
        [
            delivered(device_id=7, file_kind="first"),
            delivered(device_id=7, file_kind="last", finished_at=NOW + MINUTE),
            delivered(device_id=7, file_kind="early", finished_at=NOW - SECOND),
            delivered(device_id=7, file_kind="late", finished_at=NOW + MINUTE + SECOND),
            delivered(device_id=7, file_kind="cut", whole=False),
            delivered(device_id=7, file_kind="extra", completes_boot=False),
            delivered(device_id=7, file_kind="bench", place=Place.BENCH),
            delivered(device_id=8, file_kind="other"),
        ]
    )
    kinds = store.journal.kinds_delivered(7, place=Place.SITE, since=NOW, until=NOW + MINUTE)
    assert kinds == {"first", "last"}


def test_arrivals_are_what_came_whole_in_each_devices_own_time(store: Store) -> None:
    store.journal.append(
        [
            delivered(device_id=7, file_kind="first"),
            delivered(device_id=7, file_kind="last", finished_at=NOW + MINUTE),
            delivered(device_id=7, file_kind="early", finished_at=NOW - SECOND),
            delivered(device_id=7, file_kind="late", finished_at=NOW + MINUTE + SECOND),
            delivered(device_id=7, file_kind="cut", whole=False),
            delivered(device_id=7, file_kind="extra", completes_boot=False),
            delivered(device_id=7, file_kind="nowhere", place=None),
            delivered(device_id=8, file_kind="other", place=Place.BENCH),
            delivered(device_id=8, file_kind="late", finished_at=NOW + MINUTE),
            delivered(device_id=9, file_kind="not asked for"),
        ]
    )
    found = store.journal.arrivals({7: (NOW, NOW + MINUTE), 8: (NOW, NOW), 10: (NOW, NOW)})
    assert {device: sorted(arrivals) for device, arrivals in found.items()} == {
        7: [
            Arrival(Place.SITE, "first", NOW),
            Arrival(Place.SITE, "last", NOW + MINUTE),
        ],
        8: [Arrival(Place.BENCH, "other", NOW)],
    }
    assert store.journal.arrivals({}) == {}


def test_a_configuration_is_complete_when_all_its_kinds_came_to_the_bench(
    store: Store,
) -> None:
    def fetch(kind: str, minutes: int, **changes: object) -> str:
        entry = delivered(
            device_id=7,
            place=Place.BENCH,
            file_kind=kind,
            finished_at=NOW + minutes * MINUTE,
            **changes,
        )
        store.journal.append([entry])
        return entry.id

    def completed() -> str:
        entry = store.journal.completed_on_bench(7, since=NOW)
        return entry.id if entry else ""

    fetch("device", -1)
    fetch("common", 0)
    assert completed() == ""
    fetch("device", 16)
    assert completed() == ""
    fetch("common", 20, whole=False)
    assert completed() == ""
    last = fetch("common", 21)
    assert completed() == last
    fetch("device", 60)
    assert completed() == last


def test_a_fetch_at_the_site_completes_nothing_on_the_bench(store: Store) -> None:
    store.journal.append([delivered(device_id=7, required_kinds=("device",))])
    assert store.journal.completed_on_bench(7, since=NOW) is None


def test_counts_are_of_boots_and_of_refusals_in_the_scope(store: Store, people: People) -> None:
    alices = phone(store, people.alice_site).id
    charlies = phone(store, people.charlie_site, "001565000001").id
    store.journal.append(
        [
            delivered(device_id=alices, boot_id="one"),
            delivered(device_id=alices, boot_id="one"),
            delivered(device_id=alices, boot_id="two"),
            delivered(device_id=alices, boot_id="cut", whole=False),
            delivered(device_id=alices, boot_id="yesterday", at=NOW - timedelta(days=1)),
            refused(device_id=alices),
            delivered(device_id=charlies, boot_id="three"),
            refused(device_id=None),
        ]
    )
    assert store.journal.counts(Scope(people.alice.id), NOW) == (2, 1)
    assert store.journal.counts(Scope(people.charlie.id), NOW) == (1, 0)
    assert store.journal.counts(Scope(people.provider.id), NOW) == (3, 2)


def test_old_entries_are_pruned(store: Store) -> None:
    old, new = delivered(at=NOW - SECOND), delivered()
    store.journal.append([old, new])
    assert store.journal.prune(NOW) == 1
    assert store.journal.of_mac(MAC) == [new]
    assert store.journal.prune(NOW) == 0


def test_the_journal_drops_nobodys_files(store: Store, changes: list[str]) -> None:
    store.journal.append([delivered()])
    assert changes == []
