"""Plans in the browser: made, priced from a day on, shared, sold no more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provd.billing.plan import FeeKind, Sharing, SubjectKind
from tests.portal.house import House
from tests.portal.visitor import Visitor, page, text_of, value_of

Visit = Callable[[str], Visitor]

NEW = {
    "action": "make", "name": "Maintenance", "subject": "customer", "role": "main",
    "starts_on": "registered", "cycle": "calendar", "interval": "month", "timing": "advance",
    "sharing": "all", "trial_days": "14", "minimum_months": "0", "termination_percent": "0",
    "return_days": "", "prorate_first": "yes", "prorate_last": "yes", "fees": "2",
    "fee1_kind": "service", "fee1_name": "Maintenance", "fee1_wholesale": "4",
    "fee1_retail": "9,50", "fee1_tax": "standard",
    "fee2_kind": "setup", "fee2_name": "", "fee2_wholesale": "", "fee2_retail": "",
    "fee2_tax": "standard",
}  # fmt: skip


def only_plan(house: House) -> int:
    return house.operations.catalogue.plans(house.actor("alice"))[0].plan.id


def test_each_plan_stands_with_its_terms_and_what_it_costs(visit: Visit) -> None:
    sellers = text_of(visit("alice").get("/plans"))
    assert "You pay" in sellers
    assert "recommended" in sellers
    assert (
        "It starts with its first boot at the customer\N{RIGHT SINGLE QUOTATION MARK}s site."
        in sellers
    )
    assert "Resellers pay" in text_of(visit("root").get("/plans"))


def test_a_plan_is_made_of_its_form(visit: Visit, house: House) -> None:
    root = visit("root")
    sent = root.post("/plans/new", NEW)
    assert sent.status_code == 302
    shown = text_of(root.get(sent.location))
    assert "Maintenance was made." in shown
    assert "The first 14 days cost the customer nothing." in shown
    assert "9.50 EUR" in shown
    made = house.operations.catalogue.named(house.actor("root"), "Maintenance")
    assert made.plan.subject is SubjectKind.CUSTOMER
    assert [(one.fee.kind, one.fee.recurring) for one in made.fees] == [(FeeKind.SERVICE, True)]
    assert (str(made.fees[0].wholesale), str(made.fees[0].recommended)) == ("4.00 EUR", "9.50 EUR")


def test_a_resellers_plan_is_its_own_and_waits_for_the_providers_price(
    visit: Visit, house: House
) -> None:
    alice = visit("alice")
    form = {**NEW, "fee1_wholesale": ""}
    assert "Resellers pay" not in text_of(alice.get("/plans/new"))
    shown = text_of(alice.get(alice.post("/plans/new", form).location))
    assert "no price" in shown
    assert "Maintenance" not in text_of(visit("charlie").get("/plans"))
    made = house.operations.catalogue.named(house.actor("alice"), "Maintenance").plan.id
    assert visit("charlie").get(f"/plans/{made}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"fee1_retail": "nine"}, "fee1_retail"),
        ({"fee1_name": ""}, "fee1_name"),
        ({"trial_days": "a week"}, "trial_days"),
        ({"termination_percent": "150"}, "termination_percent"),
        ({"fee1_name": "", "fee1_retail": "", "fee1_wholesale": ""}, "fee1_name"),
        ({"fee1_kind": "termination"}, "fee1_kind"),
        ({"interval": "fortnight"}, "interval"),
        ({"name": ""}, "name"),
    ],
)
def test_a_mistake_stands_beside_its_field_and_nothing_is_made(
    visit: Visit, house: House, changes: dict[str, str], told: str
) -> None:
    answer = visit("root").post("/plans/new", NEW | changes)
    assert answer.status_code == 200
    assert page(answer).xpath(f"//*[@id='{told}-error'] | //a[@href='#{told}']")
    assert value_of(answer, "trial_days") == (NEW | changes)["trial_days"], "what was typed stays"
    assert len(house.operations.catalogue.plans(house.actor("root"))) == 1


def test_another_fee_is_a_button_away(visit: Visit) -> None:
    answer = visit("root").post("/plans/new", {**NEW, "action": "add-fee"})
    assert len(page(answer).xpath("//*[@name='fee3_kind']")) == 1
    assert value_of(answer, "fee1_retail") == "9,50"


def test_a_reseller_sets_its_own_price_from_a_day_on(visit: Visit, house: House) -> None:
    alice, plan = visit("alice"), only_plan(house)
    fee = house.operations.catalogue.plan(house.actor("alice"), plan).fees[1].fee
    price = {"fee": str(fee.id), "side": "retail", "amount": "7,25", "since": "2027-01-01"}
    alice.post(f"/plans/{plan}/price", price)
    shown = text_of(alice.get(f"/plans/{plan}"))
    assert "7.25 EUR holds from 1 Jan 2027" in shown
    assert "to come" in shown
    assert "7.25" not in text_of(visit("charlie").get(f"/plans/{plan}")), "another's price"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"side": "wholesale"}, "wholesale prices are the provider's"),
        ({"amount": "x"}, "amount"),
        ({"since": "tomorrow"}, "Give a day"),
        ({"fee": "99999"}, "no such fee"),
    ],
)
def test_a_price_that_can_not_be_set_is_told(
    visit: Visit, house: House, changes: dict[str, str], told: str
) -> None:
    plan = only_plan(house)
    fee = house.operations.catalogue.plan(house.actor("alice"), plan).fees[1].fee
    price = {"fee": str(fee.id), "side": "retail", "amount": "7", "since": "2027-01-01"}
    answer = visit("alice").post(f"/plans/{plan}/price", price | changes)
    assert told.casefold() in answer.text.casefold().replace("&#39;", "'")


def test_a_plan_is_sold_no_more_and_again(visit: Visit, house: House) -> None:
    root, plan = visit("root"), only_plan(house)
    root.post(f"/plans/{plan}/withdraw", {"action": "withdraw"})
    assert "not sold" in text_of(root.get(f"/plans/{plan}"))
    assert not house.operations.registration.choices(house.actor("alice")).plans
    root.post(f"/plans/{plan}/withdraw", {"action": "sell"})
    assert house.operations.registration.choices(house.actor("alice")).plans
    refused = visit("alice").post(f"/plans/{plan}/withdraw", {"action": "withdraw"})
    assert "is managed by" in text_of(refused)


def test_a_plan_is_shared_with_whom_was_ticked_and_nobody_else(visit: Visit, house: House) -> None:
    root, plan = visit("root"), only_plan(house)
    alice = house.actor("alice").account_id
    root.post(f"/plans/{plan}/share", {"with": "some", "reseller": str(alice)})
    shared = house.operations.catalogue.plan(house.actor("root"), plan).plan
    assert (shared.sharing, shared.shared_with) == (Sharing.SOME, frozenset({alice}))
    assert visit("charlie").get(f"/plans/{plan}").status_code == 404
    root.post(f"/plans/{plan}/share", {"with": "all"})
    assert visit("charlie").get(f"/plans/{plan}").status_code == 200
