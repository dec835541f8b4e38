"""Subscriptions in the browser: each step is quoted before it is done, and done once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provd.billing.money import Money
from provd.billing.plan import Side
from provd.operations.subscription_views import Standing, SubscriptionRow
from tests.portal.house import OWN, House
from tests.portal.test_plans import NEW
from tests.portal.visitor import Visitor, page, text_of

Visit = Callable[[str], Visitor]


def rows(house: House) -> list[SubscriptionRow]:
    return house.operations.subscriptions.listed(house.actor("alice"), ended=True)


def running(house: House) -> int:
    """The one of the phone in service."""
    return next(one.subscription.id for one in rows(house) if one.standing is Standing.RUNNING)


def customer(house: House) -> int:
    return house.operations.directory.customers(house.actor("alice")).items[0].account.id


def confirmed(visitor: Visitor, path: str, form: dict[str, str], **changes: str) -> str:
    """Says yes to the question that the form led to; returns the next page's text."""
    asked = page(visitor.post(path, form))
    hidden = {
        one.get("name"): one.get("value") for one in asked.xpath("//main//input[@type='hidden']")
    }
    answer = visitor.post(path, {**hidden, "action": "confirm", **changes})
    return text_of(visitor.get(answer.location)) if answer.status_code == 302 else text_of(answer)


def test_a_customers_subscriptions_are_listed_and_lead_to_their_charges(
    visit: Visit, house: House
) -> None:
    alice = visit("alice")
    listed = text_of(alice.get(f"/subscriptions?account={customer(house)}"))
    assert "running" in listed
    shown = text_of(alice.get(f"/subscriptions/{running(house)}"))
    assert f"{OWN}.cfg" in shown, "the boot that caused it"
    assert "4,212 bytes to 198.51.100.23 over HTTPS" in shown
    assert "wholesale" in shown


def test_what_falls_due_next_stands_there_until_the_end(visit: Visit, house: House) -> None:
    alice, path = visit("alice"), f"/subscriptions/{running(house)}"
    upcoming = text_of(alice.get(path), "//dl[@class='facts']")
    assert "Next charge 1 Dec 2026, 00:00" in upcoming
    assert "wholesale" in upcoming
    assert "wholesale" not in text_of(visit("carla").get(path), "//dl[@class='facts']")
    confirmed(alice, f"{path}/cancel", {"day": ""})
    assert "Next charge" not in text_of(alice.get(path))


def test_a_customer_sees_its_own_without_wholesale_and_without_buttons(
    visit: Visit, house: House
) -> None:
    carla = visit("carla")
    assert "running" in text_of(carla.get("/subscriptions"))
    answer = carla.get(f"/subscriptions/{running(house)}")
    assert "wholesale" not in answer.text
    assert "End it" not in text_of(answer)


def test_an_end_is_quoted_then_entered_and_withdrawn(visit: Visit, house: House) -> None:
    alice, path = visit("alice"), f"/subscriptions/{running(house)}"
    asked = text_of(alice.post(f"{path}/cancel", {"day": ""}))
    assert "End it now?" in asked
    assert "\N{MINUS SIGN}" in asked, "what was paid for the rest of the month"
    assert not any(one.ends_at for one in rows(house)), "nothing was done yet"
    done = confirmed(alice, f"{path}/cancel", {"day": "", "reason": "moved away"})
    assert "The end was entered." in done
    assert "moved away" in done
    kept = confirmed(alice, f"{path}/keep", {})
    assert "The end was withdrawn." in kept
    assert next(one for one in rows(house) if one.subscription.id == running(house)).ends_at is None


def test_a_quote_whose_prices_have_changed_is_shown_anew(visit: Visit, house: House) -> None:
    alice, path = visit("alice"), f"/subscriptions/{running(house)}/cancel"
    again = confirmed(alice, path, {"day": ""}, quoted="another")
    assert "Prices have changed since the quote." in again
    assert not any(one.ends_at for one in rows(house))


def test_a_plan_is_added_to_the_customer_with_a_quote(visit: Visit, house: House) -> None:
    root, alice = visit("root"), visit("alice")
    root.post("/plans/new", NEW)
    plan = house.operations.catalogue.named(house.actor("alice"), "Maintenance").plan.id
    path = f"/customers/{customer(house)}/subscriptions/new"
    form = {"plan": str(plan), "subject": f"customer-{customer(house)}", "setup": "now"}
    quote = text_of(alice.post(path, form))
    assert "Is this right?" in quote
    assert "9.50 EUR" in quote
    assert len(rows(house)) == 2
    added = confirmed(alice, path, form)
    assert "Maintenance was added." in added
    made = rows(house)[0]
    assert (made.plan.id, made.standing) == (plan, Standing.RUNNING)
    wholesale = [
        one
        for one in house.operations.billing.charges(house.actor("alice"))
        if one.subscription_id == made.subscription.id and one.side is Side.WHOLESALE
    ]
    assert [one.amount for one in wholesale] == [Money.from_micros(1_200_000, "EUR")], (
        "9 of 30 days"
    )


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"plan": "", "subject": "customer-{customer}"}, "choose a plan"),
        ({"plan": "{plan}", "subject": "nonsense"}, "choose whom or what"),
        ({"plan": "{plan}", "subject": "customer-{customer}", "starts": "soon"}, "is no day"),
        ({"plan": "{plan}", "subject": "customer-99999"}, "no such"),
        ({"plan": "99999", "subject": "customer-{customer}"}, "no such"),
    ],
)
def test_what_can_not_be_subscribed_to_is_told(
    visit: Visit, house: House, form: dict[str, str], told: str
) -> None:
    known = {"customer": customer(house), "plan": house.plan_id()}
    typed = {name: text.format(**known) for name, text in form.items()}
    answer = visit("alice").post(f"/customers/{customer(house)}/subscriptions/new", typed)
    assert answer.status_code in {200, 404}
    assert told in text_of(answer).casefold() or answer.status_code == 404
    assert len(rows(house)) == 2


def test_an_unknown_step_is_no_page(visit: Visit, house: House) -> None:
    assert visit("alice").post(f"/subscriptions/{running(house)}/explode").status_code == 404


def test_another_resellers_subscription_can_not_be_ended(visit: Visit, house: House) -> None:
    answer = visit("charlie").post(
        f"/subscriptions/{running(house)}/cancel", {"action": "confirm", "quoted": ""}
    )
    assert answer.status_code == 404
    assert not any(one.ends_at for one in rows(house))
