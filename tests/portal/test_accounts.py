"""Who owes what, statements, and what an issuer enters: the form, the question, the deed."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.portal.house import House
from tests.portal.visitor import Visitor, page, text_of, value_of

Visit = Callable[[str], Visitor]
PAYMENT = {"kind": "payment", "amount": "30", "method": "bank", "key": "k1", "reference": "RF18"}
CHARGE = {
    "kind": "charge",
    "amount": "12,50",
    "text": "Callout",
    "reason": "came on Sunday",
    "tax_category": "standard",
    "key": "k2",
}


@pytest.fixture
def practice(house: House) -> int:
    """Alice's customer, which owes her 28.60 EUR, a phone of its in service."""
    return house.operations.directory.customers(house.actor("alice")).items[0].account.id


def hidden(answer: object) -> dict[str, str]:
    """What the question's form would send."""
    inputs = page(answer).xpath("//main//form//input[@type='hidden']")  # type: ignore[arg-type]
    return {one.get("name"): one.get("value") for one in inputs}


def confirmed(visitor: Visitor, path: str, form: dict[str, str]) -> str:
    """The page that follows the question's own button."""
    asked = visitor.post(path, form)
    assert text_of(asked, "//h1") == "Is this right?", text_of(asked)
    sent = visitor.post(path, hidden(asked) | {"action": "confirm"})
    assert sent.status_code == 302, text_of(sent)
    return text_of(visitor.get(sent.location))


def test_accounts_are_listed_with_what_they_owe(visit: Visit) -> None:
    rows = text_of(visit("alice").get("/accounts"), "//tbody")
    assert "Northwind Voice Example Telecom 11.80 EUR amount due soft" in rows
    assert "Example Dental Practice Northwind Voice 28.60 EUR amount due soft" in rows
    assert "Southgate" not in rows


def test_a_statement_has_every_line_between_its_balances(visit: Visit, practice: int) -> None:
    shown = visit("alice").get(f"/accounts/{practice}")
    rows = page(shown).xpath("//tbody/tr")
    assert len(rows) == 4
    assert "Closing balance 28.60 EUR" in text_of(shown, "//tbody")
    assert "Amount due 28.60 EUR" in text_of(shown, "//dl")
    earlier = text_of(visit("alice").get(f"/accounts/{practice}?month=2026-10"), "//tbody")
    assert "Closing balance 0.00 EUR" in earlier


def test_a_statement_comes_as_csv(visit: Visit, practice: int) -> None:
    answer = visit("alice").get(f"/accounts/{practice}/statement.csv?month=2026-11")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert (rows[0]["balance"], rows[-1]["balance"]) == ("0.00", "28.60")
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_customer_reads_its_own_and_enters_nothing(visit: Visit, practice: int) -> None:
    carla = visit("carla")
    shown = carla.get(carla.get("/statement").location)
    assert "Amount due to Northwind Voice 28.60 EUR" in text_of(shown, "//dl")
    for word in ("Record a payment", "Change terms", "Example Telecom", "wholesale"):
        assert word not in shown.text
    assert carla.get("/accounts").status_code == 403


def test_a_long_statement_is_cut_and_says_so(
    visit: Visit, practice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["provd.portal.pages.balances"], "MOST_LINES", 1)
    shown = text_of(visit("alice").get(f"/accounts/{practice}"), "//tbody")
    assert "More lines than a page holds" in shown
    assert "Closing balance 28.60 EUR" in shown


def test_a_payment_is_entered_after_a_question_and_once(visit: Visit, practice: int) -> None:
    alice, path = visit("alice"), f"/accounts/{practice}/payment"
    asked = alice.post(path, PAYMENT)
    figures = "Owes now 28.60 EUR Less {0}30.00 EUR Owes then {0}1.40 EUR"
    assert figures.format("\N{MINUS SIGN}") in text_of(asked)
    assert "28.60 EUR amount due" in text_of(alice.get("/accounts"), "//tbody")
    shown = confirmed(alice, path, PAYMENT)
    assert "Payment 1 of 30.00 EUR was entered." in shown
    assert "Paid in advance 1.40 EUR" in shown
    assert "payment · RF18" in shown
    again = alice.post(path, PAYMENT | {"action": "confirm"})
    assert "Paid in advance 1.40 EUR" in text_of(alice.get(again.location))


def test_something_may_be_changed_after_the_question(visit: Visit, practice: int) -> None:
    alice, path = visit("alice"), f"/accounts/{practice}/payment"
    answer = alice.post(path, hidden(alice.post(path, PAYMENT)) | {"action": "change"})
    assert value_of(answer, "amount") == "30"
    assert value_of(answer, "reference") == "RF18"


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"amount": "much"}, "amount", "is no amount"),
        ({"amount": "0"}, "amount", "can't be paid"),
        ({"method": "a b"}, "method", "is no method"),
        ({"received_on": "2026-12-31"}, "", "has not come"),
        ({"received_on": "soon"}, "received_on", "is no day"),
        ({"kind": "gift"}, "kind", "Choose one of these"),
        ({"kind": "refund"}, "amount", "has paid in advance 0.00 EUR"),
        ({"kind": "write-off", "note": ""}, "", "Say why"),
    ],
)
def test_what_is_wrong_with_a_payment_stands_beside_its_field(
    change: dict[str, str], field: str, words: str, visit: Visit, practice: int
) -> None:
    answer = visit("alice").post(f"/accounts/{practice}/payment", PAYMENT | change)
    place = f"//*[@id='{field}-error']" if field else "//*[@role='alert']"
    assert words in text_of(answer, place)


def test_a_charge_is_entered_and_something_of_it_given_back(visit: Visit, practice: int) -> None:
    alice, path = visit("alice"), f"/accounts/{practice}/charge"
    assert "Callout, 12.50 EUR, was entered." in confirmed(alice, path, CHARGE)
    links = page(alice.get(f"/accounts/{practice}")).xpath("//a[contains(@href, 'manual')]/@href")
    assert value_of(alice.get(links[0]), "credits").startswith("manual:")
    back = {"credits": value_of(alice.get(links[0]), "credits"), "kind": "credit", "key": "k3"}
    more = alice.post(path, CHARGE | back | {"amount": "12.51"})
    assert "12.50 EUR is left of the charge" in text_of(more, "//*[@id='amount-error']")
    shown = confirmed(alice, path, CHARGE | back | {"amount": "2.50", "text": ""})
    assert "Credit: Callout, -2.50 EUR, was entered." in shown
    assert "Amount due 38.60 EUR" in shown


def test_hard_terms_tell_which_phones_lose_their_service(visit: Visit, practice: int) -> None:
    alice, path = visit("alice"), f"/accounts/{practice}/terms"
    asked = text_of(alice.post(path, {"mode": "hard", "limit": "28.60"}))
    assert "This suspends the account: 2 phones lose their service" in asked
    shown = confirmed(alice, path, {"mode": "hard", "limit": "28,60"})
    assert "Suspended since" in shown
    assert "Left until it is suspended 0.00 EUR" in shown
    assert "Your phones have no service until a payment" in text_of(
        visit("carla").get(f"/accounts/{practice}")
    )
    paid = alice.post(f"/accounts/{practice}/payment", PAYMENT)
    assert "This lifts the suspension: 2 phones get their service back." in text_of(paid)
    assert "Suspended" not in confirmed(alice, f"/accounts/{practice}/payment", PAYMENT)


def test_a_wrong_payment_is_taken_back_once(visit: Visit, practice: int) -> None:
    alice = visit("alice")
    confirmed(alice, f"/accounts/{practice}/payment", PAYMENT)
    path = f"/accounts/{practice}/payments/1/reverse"
    assert path in alice.get(f"/accounts/{practice}").text
    assert "Say why" in text_of(alice.post(path, {"reason": ""}), "//*[@id='reason-error']")
    shown = confirmed(alice, path, {"reason": "another practice's"})
    assert "Payment 1 was taken back." in shown
    assert "Amount due 28.60 EUR" in shown
    assert path not in alice.get(f"/accounts/{practice}").text
    assert "is reversed already" in text_of(alice.post(path, {"reason": "again"}))


def test_who_does_not_keep_the_books_is_offered_no_entry(visit: Visit, practice: int) -> None:
    root, charlie = visit("root"), visit("charlie")
    assert "Record a payment" not in root.get(f"/accounts/{practice}").text
    assert charlie.get(f"/accounts/{practice}").status_code == 404
    own = "//a[text()='Northwind Voice']/@href"
    alices = page(root.get("/accounts")).xpath(own)[0]
    assert "Record a payment" in root.get(alices).text
    assert "Record a payment" not in visit("alice").get(alices).text


@pytest.mark.parametrize("query", ["month=2026-13", "month=x", "currency=XXX"])
def test_nonsense_in_an_address_is_refused(query: str, visit: Visit, practice: int) -> None:
    assert visit("alice").get(f"/accounts/{practice}?{query}").status_code == 400


def test_an_account_is_closed_on_its_page_and_opened_again(
    visit: Visit, practice: int, house: House
) -> None:
    alice, path = visit("alice"), f"/accounts/{practice}"
    listed = text_of(alice.get(path + "/close"))
    for words in ("be closed yet", "it owes 28.60 EUR"):
        assert words in listed
    assert alice.post(path + "/close", {"action": "confirm"}).status_code == 200
    made = house.operations.directory.create_customer(house.actor("alice"), "Nobody yet")
    path = f"/accounts/{made.id}"
    assert "Close the account" in text_of(alice.get(path))
    assert "Nobody yet is closed." in confirmed(alice, path + "/close", {})
    shown = text_of(alice.get(path))
    assert "Closed since" in shown
    assert "Record a payment" not in shown
    assert "Nobody yet" not in text_of(alice.get("/accounts"))
    assert "Nobody yet" in text_of(alice.get("/accounts?closed=yes"))
    assert "Nobody yet is open." in confirmed(alice, path + "/open", {})


def test_every_currency_of_the_account_and_of_what_is_sold_may_be_entered(
    visit: Visit, practice: int, house: House
) -> None:
    alice, path = visit("alice"), f"/accounts/{practice}"
    assert "Amount in EUR" in text_of(alice.get(path + "/payment"))
    plan = house.store.books.plan(house.plan_id())
    owner = house.actor("alice").account_id
    house.store.books.create_plan(replace(plan, owner_id=owner, name="Swiss", currency="CHF"))
    offered = page(alice.get(path + "/payment")).xpath("//select[@id='currency']/option/@value")
    assert offered == ["EUR", "CHF"]
    assert "Callout, 12.50 CHF, was entered." in confirmed(
        alice, path + "/charge", CHARGE | {"currency": "CHF"}
    )
    asked = text_of(alice.post(path + "/payment", PAYMENT | {"currency": "CHF"}))
    assert "Owes now 12.50 CHF" in asked
    assert "Owes then \N{MINUS SIGN}17.50 CHF" in asked
    (link,) = page(alice.get(f"{path}?currency=CHF")).xpath(
        "//a[contains(@href, 'credits=manual')]/@href"
    )
    form = alice.get(link)
    assert (value_of(form, "currency"), "Amount in CHF" in text_of(form)) == ("CHF", True)
    back = {"credits": value_of(form, "credits"), "kind": "credit", "key": "k9"}
    wrong = alice.post(path + "/charge", CHARGE | back | {"currency": "EUR"})
    assert "is in CHF" in text_of(wrong, "//*[@id='amount-error']")
    refused = alice.post(path + "/payment", PAYMENT | {"currency": "USD"})
    assert "Choose one of these" in text_of(refused, "//*[@id='currency-error']")
