"""What is pruned of the journal, and what never is: what a charge or an event rests on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from provd.devices.lifecycle import Evidence, LifecycleEvent, Place, State
from provd.devices.mac import Mac
from provd.store import Store
from tests.store.entries import delivered, refused
from tests.store.people import NOW, People, phone
from tests.store.till import CAUSE, Lease, lease, priced_plan, start

MAC = Mac("001565aabbcc")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def leased(store: Store, people: People) -> Lease:
    device = phone(store, people.alice_site)
    plan = priced_plan(store, people)
    return lease(store, plan, device, people.alice_site, people, people.alice)


def left(store: Store) -> set[str]:
    return {entry.boot_id for entry in store.journal.of_mac(MAC, limit=1000)}


def test_the_boot_that_started_a_subscription_stays_with_all_its_files(
    store: Store, leased: Lease
) -> None:
    first = delivered(boot_id="charged", at=NOW - 2 * MINUTE, finished_at=NOW - MINUTE)
    last = delivered(boot_id="charged", at=NOW - MINUTE, finished_at=NOW)
    later = delivered(boot_id="later", at=NOW + MINUTE, finished_at=NOW + 2 * MINUTE)
    store.journal.append([first, last, later, refused(mac=MAC, boot_id="refused", at=NOW - DAY)])
    start(store, leased.subscription.id, replace(CAUSE, at=NOW, event_id=f"boot:{last.id}"))
    assert store.journal.prune(NOW + 400 * DAY) == 2
    assert left(store) == {"charged"}
    assert len(store.journal.of_mac(MAC)) == 2
    assert store.journal.prune(NOW + 400 * DAY) == 0


def test_the_boot_that_an_event_rests_on_stays(store: Store, leased: Lease) -> None:
    entries = [
        delivered(boot_id=f"day {day}", at=NOW + day * DAY, finished_at=NOW + day * DAY + MINUTE)
        for day in range(5)
    ]
    store.journal.append(entries)
    proof = entries[2]
    evidence = Evidence(proof.path, proof.transport, proof.bytes_sent, proof.address, Place.SITE)
    store.events.record(
        LifecycleEvent(
            f"boot:{proof.id}",
            leased.device.id,
            State.REGISTERED,
            State.IN_SERVICE,
            proof.finished_at,
            "phone",
            evidence,
        )
    )
    assert store.journal.prune(NOW + 4 * DAY) == 3
    assert left(store) == {"day 2", "day 4"}


def test_it_goes_on_through_years_and_stops_when_it_is_enough(store: Store) -> None:
    entries = [
        delivered(boot_id=str(month), at=NOW - 30 * month * DAY, finished_at=NOW - 30 * month * DAY)
        for month in range(1, 40)
    ]
    store.journal.append(entries)
    asked: list[None] = []

    def after_ten() -> bool:
        asked.append(None)
        return len(asked) > 10

    assert store.journal.prune(NOW, after_ten) == 10
    assert store.journal.prune(NOW) == 29
    assert left(store) == set()
