"""Slots that somebody pays for, found within a scope, on both databases."""

from __future__ import annotations

import pytest

from provd.billing.plan import SubjectKind
from provd.billing.subscription import ItemKind, Parties, Subject
from provd.devices.account import Account, Scope, Site
from provd.errors import NotFoundError
from provd.store import Store
from tests.store.people import People, phone
from tests.store.till import lease, priced_plan


def switch(store: Store, people: People, site: Site, reseller: Account, serial: str) -> int:
    slot = store.books.create_slot(
        site_id=site.id, name="Rack", item=ItemKind.SWITCH, model="CRS112", serial=serial
    )
    parties = Parties(people.provider.id, reseller.id, site.account_id, "UTC", "UTC")
    store.books.create_subscription(
        plan_id=priced_plan(store, people).id,
        subject=Subject(SubjectKind.SLOT, slot.id),
        parties=parties,
    )
    return slot.id


def test_each_sees_what_is_below(store: Store, people: People) -> None:
    hers = switch(store, people, people.alice_site, people.alice, "SN-1")
    his = switch(store, people, people.charlie_site, people.charlie, "SN-2")

    def seen(account: Account) -> list[int]:
        return [one.slot.id for one in store.books.placed_slots(Scope(account.id))]

    assert seen(people.provider) == [hers, his]
    assert seen(people.alice) == seen(people.alice_customer) == [hers]
    assert store.books.placed_slot(hers, Scope(people.alice.id)).customer == "Alice's bakery"
    for other in (hers, 999):
        with pytest.raises(NotFoundError, match="no such lease"):
            store.books.placed_slot(other, Scope(people.charlie.id))


def test_they_are_found_by_serial_number_name_and_mac(store: Store, people: People) -> None:
    made = switch(store, people, people.alice_site, people.alice, "SN-1")
    device = phone(store, people.alice_site)
    leased = lease(
        store, priced_plan(store, people), device, people.alice_site, people, people.alice
    )
    everywhere = Scope(people.provider.id)
    for called, found in (
        ("sn-1", [made]),
        ("RACK", [made]),
        (device.mac.digits, [leased.slot.id]),
        ("SN", []),
    ):
        slots = store.books.placed_slots(everywhere, called=called)
        assert [one.slot.id for one in slots] == found
    [one] = store.books.placed_slots(everywhere, called=device.mac.digits)
    assert (one.mac, one.device_model) == (device.mac, device.model)


def test_another_thing_may_fill_the_slot(store: Store, people: People) -> None:
    slot_id = switch(store, people, people.alice_site, people.alice, "SN-1")
    with store.transaction():
        store.books.hold_slot(slot_id)
        store.books.refill_slot(slot_id, model="CRS326", serial="SN-2")
    slot = store.books.slot(slot_id)
    assert (slot.model, slot.serial, slot.item) == ("CRS326", "SN-2", ItemKind.SWITCH)


def test_a_slot_that_nobody_pays_for_is_no_lease(store: Store, people: People) -> None:
    store.books.create_slot(site_id=people.alice_site.id, name="Spare")
    assert store.books.placed_slots(Scope(people.provider.id)) == []
