"""Leased hardware in the browser: what stands where, and what comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provd.billing.plan import Side
from provd.billing.subscription import ItemKind
from provd.operations.lease_views import LeaseRow
from provd.operations.leased_items import ItemForm
from tests.portal.house import House
from tests.portal.test_subscriptions import confirmed
from tests.portal.visitor import Visitor, text_of, value_of

Visit = Callable[[str], Visitor]


def leased(house: House) -> LeaseRow:
    """The phone that is in service."""
    rows = house.operations.leases.listed(house.actor("alice"))
    return next(row for row in rows if row.since is not None)


def test_each_lease_stands_with_its_place_its_fee_and_its_state(visit: Visit, house: House) -> None:
    shown = text_of(visit("alice").get("/leases"), "//table")
    assert leased(house).slot.slot.name in shown
    assert "Example Dental Practice" in shown
    assert "wholesale" in shown
    assert "leased" in shown


def test_a_customer_sees_its_own_without_wholesale_and_without_buttons(visit: Visit) -> None:
    answer = visit("carla").get("/leases")
    assert "leased" in text_of(answer, "//table")
    assert "wholesale" not in answer.text
    assert "It is back" not in text_of(answer)


@pytest.mark.parametrize(("search", "found"), [("lindenstrasse", True), ("elsewhere", False)])
def test_a_lease_is_found_by_what_stands_there(visit: Visit, search: str, found: bool) -> None:
    shown = text_of(visit("alice").get(f"/leases?search={search}"))
    assert ("Nothing like that" in shown) is not found


def router(house: House) -> LeaseRow:
    """Leased beside the phones."""
    alice = house.actor("alice")
    site, plan = house.site_id("Lindenstrasse"), house.plan_id()
    form = ItemForm(site, plan, ItemKind.ROUTER, "R100", "SN-4711", "Router")
    return house.operations.leases.add_item(alice, form).lease


def test_hardware_that_is_back_ends_its_lease_after_a_question(visit: Visit, house: House) -> None:
    alice, row = visit("alice"), router(house)
    path = f"/leases/{row.slot.slot.id}/returned"
    asked = text_of(alice.post(path, {}))
    assert "Is the hardware back?" in asked
    assert "router R100 SN-4711" in asked
    assert house.operations.leases.lease(house.actor("alice"), row.number).until is None
    assert "Router is back." in confirmed(alice, path, {})
    assert "Router" not in text_of(alice.get("/leases"), "//table")
    assert "SN-4711" in text_of(alice.get("/leases?ended=yes"), "//table")


def test_an_answer_to_another_question_is_asked_anew(visit: Visit, house: House) -> None:
    alice, row = visit("alice"), router(house)
    path = f"/leases/{row.slot.slot.id}/returned"
    assert "Prices have changed" in confirmed(alice, path, {}, quoted="another")
    assert house.operations.leases.lease(house.actor("alice"), row.number).until is None


def test_a_phone_comes_back_on_its_own_page(visit: Visit, house: House) -> None:
    alice, slot = visit("alice"), leased(house).slot.slot.id
    answer = alice.post(f"/leases/{slot}/returned", {})
    assert "Take the phone back" in text_of(alice.get(answer.location))


def test_what_was_not_asked_for_is_no_step(visit: Visit, house: House) -> None:
    slot = leased(house).slot.slot.id
    assert visit("alice").post(f"/leases/{slot}/explode").status_code == 404
    assert visit("alice").post("/leases/99999/returned").status_code == 404


def typed(house: House, **fields: str) -> dict[str, str]:
    given = {
        "site_id": str(house.site_id("Lindenstrasse")),
        "plan_id": str(house.plan_id()),
        "item": "switch",
        "model": "CRS112",
        "serial": "SN-77",
    }
    return given | fields


def test_a_switch_is_leased_after_its_quote_and_once(visit: Visit, house: House) -> None:
    alice = visit("alice")
    quoted = text_of(alice.post("/leases/new", typed(house)))
    assert "Is this right?" in quoted
    assert "Example Dental Practice, Lindenstrasse" in quoted
    assert "Computed for a start on 2026-11-22." in quoted
    assert "boots" not in quoted, "nothing of it ever does"
    assert house.operations.leases.listed(house.actor("alice"), "SN-77") == []
    assert "switch CRS112 SN-77 is leased." in confirmed(alice, "/leases/new", typed(house))
    charged = list(house.store.books.charges(side=Side.RETAIL))
    again = alice.post("/leases/new", typed(house, action="confirm"))
    assert again.location == "/leases?search=SN-77"
    assert list(house.store.books.charges(side=Side.RETAIL)) == charged


def test_a_quote_that_no_longer_holds_is_shown_anew(visit: Visit, house: House) -> None:
    alice = visit("alice")
    assert "Prices have changed" in confirmed(alice, "/leases/new", typed(house), quoted="another")
    assert house.operations.leases.listed(house.actor("alice"), "SN-77") == []


@pytest.mark.parametrize(
    ("field", "wrong", "told"),
    [
        ("site_id", "", "Choose a site"),
        ("plan_id", "99", "not on offer"),
        ("item", "phone", "a phone is registered"),
        ("item", "fridge", "Choose what it is"),
        ("serial", " ", "A serial number is needed"),
        ("on", "yesterday", "is no day"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    visit: Visit, house: House, field: str, wrong: str, told: str
) -> None:
    answer = visit("alice").post("/leases/new", typed(house, **{field: wrong}))
    assert told.lower() in text_of(answer, f"//*[@id='{field}-error']").lower()
    assert value_of(answer, "model") == "CRS112", "the rest stays typed"


def test_another_resellers_site_is_none_and_its_hardware_is_not_told_of(
    visit: Visit, house: House
) -> None:
    router(house)
    charlie = visit("charlie")
    assert "Lindenstrasse" not in charlie.get("/leases/new").text
    answer = charlie.post("/leases/new", typed(house))
    assert "Choose a site of yours" in text_of(answer)
    workshop = typed(house, site_id=str(house.site_id("Workshop")), item="router", serial="SN-4711")
    assert "Is this right?" in text_of(charlie.post("/leases/new", workshop))
    assert "Dental" not in charlie.post("/leases/new", workshop).text


def test_the_provider_leases_to_a_resellers_customer(visit: Visit, house: House) -> None:
    assert "is leased." in confirmed(visit("root"), "/leases/new", typed(house))
    (row,) = house.operations.leases.listed(house.actor("alice"), "SN-77")
    assert row.subscription.parties.reseller_id == house.actor("alice").account_id


def test_a_house_without_sites_or_plans_says_what_comes_first(visit: Visit, house: House) -> None:
    plan, root = house.plan_id(), house.actor("root")
    house.operations.catalogue.withdraw(root, plan, house.clock().date())
    assert "Make one" in text_of(visit("alice").get("/leases/new"))
