"""Leased hardware in the browser: what stands where, and what comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provd.billing.subscription import ItemKind
from provd.operations.lease_views import LeaseRow
from provd.operations.leased_items import ItemForm
from tests.portal.house import House
from tests.portal.test_subscriptions import confirmed
from tests.portal.visitor import Visitor, text_of

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
