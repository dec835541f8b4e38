"""Paying first in the browser: asked with a quote, confirmed with another, read by the customer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from provd.billing.request import RequestState
from tests.portal.house import House
from tests.portal.invoices import settle
from tests.portal.requests import requested, running
from tests.portal.test_plans import NEW
from tests.portal.test_subscriptions import confirmed, customer, rows
from tests.portal.visitor import Visitor, page, text_of

Visit = Callable[[str], Visitor]


@pytest.fixture(autouse=True)
def _quick_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = "provd.operations.request_papers.request_pdf"
    monkeypatch.setattr(drawn, lambda _, **__: b"%PDF-1.7\n")


def state(house: House, number: int) -> RequestState:
    return house.operations.requesting.reading.row(house.actor("alice"), number).state


def test_a_plan_is_added_once_it_is_paid(visit: Visit, house: House) -> None:
    settle(house)
    visit("root").post("/plans/new", NEW)
    alice, before = visit("alice"), len(rows(house))
    plan = house.operations.catalogue.named(house.actor("alice"), "Maintenance").plan.id
    path = f"/customers/{customer(house)}/subscriptions/new"
    form = {
        "plan": str(plan),
        "subject": f"customer-{customer(house)}",
        "setup": "now",
        "payment": "first",
        "periods": "2",
        "reason": "new here",
    }
    quote = text_of(alice.post(path, form))
    assert "Nothing runs and nothing is booked" in quote
    assert "Tax, 19 %" in quote
    assert "wholesale" not in quote
    asked = confirmed(alice, path, form)
    assert "The payment is asked for." in asked
    assert "How to pay" in asked
    assert len(rows(house)) == before
    (row,) = house.operations.requesting.reading.listed(house.actor("alice"))
    question = page(
        alice.post(
            f"/payment-requests/{row.request.id}/confirm",
            {"amount": str(row.request.total.amount), "method": "bank", "key": "k"},
        )
    )
    assert "All of it is paid: it runs," in " ".join(question.text_content().split())
    assert len(rows(house)) == before, "nothing was done yet"
    done = confirmed(
        alice,
        f"/payment-requests/{row.request.id}/confirm",
        {"amount": str(row.request.total.amount).replace(".", ","), "method": "bank", "key": "k"},
    )
    assert "what it is for runs" in done
    assert rows(house)[0].plan.id == plan
    assert "unless the next period is paid" in text_of(
        alice.get(f"/subscriptions/{rows(house)[0].subscription.id}")
    )


def test_a_reseller_is_asked_for_money_in_advance_by_the_provider(
    visit: Visit, house: House
) -> None:
    settle(house)
    root, reseller = visit("root"), house.actor("alice").account_id
    assert "for money in advance" in text_of(root.get(f"/payment-requests?account={reseller}"))
    asked = confirmed(root, f"/accounts/{reseller}/advance", {"amount": "250", "text": "Deposit"})
    assert "The payment is asked for." in asked
    paid = {"amount": "250", "method": "bank", "key": "k"}
    alice = visit("alice")
    assert "Deposit" in text_of(alice.get("/payment-requests"))
    assert "Zero rated" not in text_of(alice.get("/payment-requests/1"))
    assert "Confirm the payment" not in text_of(alice.get("/payment-requests/1"))
    assert "It counts towards the invoices." in confirmed(root, "/payment-requests/1/confirm", paid)
    assert "Deposit" not in text_of(visit("carla").get("/payment-requests?show=all"))


def test_part_of_it_waits_for_the_rest_and_a_withdrawn_one_says_why(
    visit: Visit, house: House
) -> None:
    alice, number = visit("alice"), requested(house)
    path = f"/payment-requests/{number}"
    part = confirmed(alice, f"{path}/confirm", {"amount": "1", "method": "bank", "key": "k"})
    assert "Nothing runs before the rest is paid." in part
    assert "say why" in text_of(alice.post(f"{path}/withdraw")).casefold()
    assert alice.post(f"{path}/withdraw", {"reason": "moved away"}).status_code == 302
    assert state(house, number) is RequestState.WITHDRAWN
    assert "moved away" in text_of(alice.get(path))
    assert "moved away" not in text_of(visit("carla").get(path))


def test_an_expired_one_is_listed_and_runs_when_that_is_ticked(visit: Visit, house: House) -> None:
    number = requested(house)
    house.clock.now += timedelta(days=20)
    alice, path = visit("alice"), f"/payment-requests/{number}/confirm"
    assert "1 request was not paid in time." in text_of(alice.get("/payment-requests"))
    assert "1 payment request was not paid in time" in text_of(alice.get("/"))
    paid = {"amount": "99", "method": "bank", "key": "k"}
    assert "expired on" in text_of(alice.post(path, paid))
    assert "what it is for runs" in confirmed(alice, path, paid | {"late": "yes"})


def test_a_customer_reads_how_to_pay_and_nothing_else(visit: Visit, house: House) -> None:
    number, carla = requested(house), visit("carla")
    assert "RF74 0000 0001" in text_of(carla.get("/payment-requests"))
    assert "You are asked to pay 14.28 EUR by 30 Nov 2026" in text_of(carla.get("/"))
    shown = carla.get(f"/payment-requests/{number}")
    assert "DE02 1203 0000 0000 2020 51" in text_of(shown)
    assert "wholesale" not in shown.text
    assert "Confirm" not in text_of(shown, "//main")
    assert carla.get(f"/payment-requests/{number}/code.png").get_data().startswith(b"\x89PNG")
    assert text_of(visit("charlie").get("/payment-requests"), "//h2") == "Nothing is asked for"


def test_a_renewal_is_asked_for_on_its_subscriptions_page(visit: Visit, house: House) -> None:
    settle(house)
    alice, path = visit("alice"), f"/subscriptions/{running(house)}"
    alice.post(f"{path}/prepaid")
    assert "From now on it is renewed by payment." in text_of(alice.get(path))
    asked = confirmed(alice, f"{path}/renewal", {"periods": "2"})
    assert "The payment is asked for." in asked
    assert "Asked to pay" in text_of(alice.get(path))
    again = alice.post(f"{path}/renewal", {"periods": "x"})
    assert "is not from 1 to" in text_of(alice.get(again.location))
