"""Lists of devices."""

from __future__ import annotations

from datetime import timedelta

import pytest

from provd.devices.account import Scope
from provd.devices.device import Line
from provd.devices.lifecycle import State
from provd.devices.secret import Secret
from provd.store import Store
from tests.store.entries import delivered, refused
from tests.store.people import NOW, People, phone


@pytest.fixture
def fleet(store: Store, people: People) -> People:
    phone(store, people.alice_site, "805ec0123456", label="Counter 100%")
    anna = Line(1, "4711", Secret("x"), display_name="Anna Schmidt")
    phone(store, people.alice_site, "805ec0123457", lines=[anna], model="T54W")
    phone(store, people.charlie_site, "001565000001", state=State.IN_SERVICE)
    return people


def macs(store: Store, scope: Scope, **conditions: object) -> list[str]:
    rows, total = store.devices.search(scope, **conditions)  # type: ignore[arg-type]
    assert total == len(rows)
    return [row.device.mac.digits for row in rows]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["001565000001", "805ec0123457", "805ec0123456"]),
        ("80:5E:C0", ["805ec0123457", "805ec0123456"]),
        ("805e.c012.3456", ["805ec0123456"]),
        ("805EC0-123457", ["805ec0123457"]),
        ("counter", ["805ec0123456"]),
        ("100%", ["805ec0123456"]),
        ("%", ["805ec0123456"]),
        ("_", []),
        ("4711", ["805ec0123457"]),
        ("anna sch", ["805ec0123457"]),
        ("t54w", ["805ec0123457"]),
        ("garage", ["001565000001"]),
        ("Alice's", ["805ec0123457", "805ec0123456"]),
        ("nothing like it", []),
        ("'; DROP TABLE device; --", []),
    ],
)
def test_text_finds_part_of_whatever_people_know(
    store: Store, fleet: People, text: str, found: list[str]
) -> None:
    assert macs(store, Scope(fleet.provider.id), text=text) == found


def test_a_sip_user_is_found_exactly_and_in_scope(store: Store, fleet: People) -> None:
    second = phone(
        store,
        fleet.alice_site,
        "805ec0123458",
        lines=[Line(2, "4711", Secret("x")), Line(3, "47", Secret("x"))],
    )
    whole = store.devices.with_user(Scope(fleet.provider.id), "4711")
    assert len(whole) == 2
    assert whole[-1] == second.id
    assert store.devices.with_user(Scope(fleet.provider.id), "47") == [second.id]
    assert store.devices.with_user(Scope(fleet.charlie.id), "4711") == []


def test_charlie_finds_his_own_only(store: Store, fleet: People) -> None:
    charlie = Scope(fleet.charlie.id)
    assert macs(store, charlie) == ["001565000001"]
    assert macs(store, charlie, text="805ec0123456") == []
    assert macs(store, charlie, site_id=fleet.alice_site.id) == []
    assert store.devices.counts_by_state(charlie) == {State.IN_SERVICE: 1}
    assert store.devices.counts_by_site(charlie) == {fleet.charlie_site.id: 1}


def test_conditions_narrow_the_list(store: Store, fleet: People) -> None:
    provider = Scope(fleet.provider.id)
    assert macs(store, provider, state=State.IN_SERVICE) == ["001565000001"]
    assert macs(store, provider, site_id=fleet.charlie_site.id) == ["001565000001"]
    assert macs(store, provider, state=State.IN_SERVICE, site_id=fleet.alice_site.id) == []


def test_counts_cover_the_scope(store: Store, fleet: People) -> None:
    provider = Scope(fleet.provider.id)
    counts = {State.REGISTERED: 2, State.IN_SERVICE: 1}
    assert store.devices.counts_by_state(provider) == counts
    assert store.devices.counts_by_site(provider) == {
        fleet.alice_site.id: 2,
        fleet.charlie_site.id: 1,
    }


def test_the_vendors_of_whom_there_is_a_device(store: Store, fleet: People) -> None:
    there = {found.device.vendor for found in store.devices.search(Scope(fleet.provider.id))[0]}
    assert store.devices.vendors() == there != set()


def test_a_page_comes_with_the_total(store: Store, fleet: People) -> None:
    rows, total = store.devices.search(Scope(fleet.provider.id), page=2, size=2)
    assert [row.device.mac.digits for row in rows] == ["805ec0123456"]
    assert total == 3


def test_a_row_names_site_and_customer_and_opens_no_password(store: Store, fleet: People) -> None:
    (row,), _ = store.devices.search(Scope(fleet.charlie.id))
    assert (row.site, row.customer) == ("Garage", "Charlie's garage")
    assert row.device.lines == ()


def test_a_row_tells_the_last_boot_and_the_last_refusal(store: Store, fleet: People) -> None:
    (row,), _ = store.devices.search(Scope(fleet.charlie.id))
    assert (row.last_boot_at, row.last_refusal_at) == (None, None)
    device_id = row.device.id
    booted, hour = NOW + timedelta(seconds=3), timedelta(hours=1)
    store.journal.append(
        [
            delivered(device_id=device_id, at=NOW - hour, finished_at=NOW - hour),
            delivered(device_id=device_id, at=NOW, finished_at=booted),
            delivered(device_id=device_id, finished_at=NOW + hour, whole=False),
            delivered(device_id=device_id, finished_at=NOW + hour, completes_boot=False),
            refused(device_id=device_id, at=NOW + 2 * hour),
            refused(device_id=None, at=NOW + 3 * hour),
        ]
    )
    (row,), _ = store.devices.search(Scope(fleet.charlie.id))
    assert (row.last_boot_at, row.last_refusal_at) == (booted, NOW + 2 * hour)
