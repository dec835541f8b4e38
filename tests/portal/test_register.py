"""Registering a phone: the form, the quote, the confirmation."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from provd.billing.money import Money
from provd.billing.plan import Side
from provd.billing.prices import Price
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from tests.portal.house import FOREIGN, ORDERED, OWN, House, form
from tests.portal.visitor import Visitor, page, text_of, value_of

Visit = Callable[[str], Visitor]

NEW = "805ec0abcdef"
SECRET = "typed-sip-secret"


def typed(house: House, **more: str) -> dict[str, str]:
    """A form filled in as it should be, but for what `more` says."""
    whole = form(house, NEW, "Lindenstrasse", SECRET)
    return {
        "action": "quote",
        "mac": "80-5E-C0-AB-CD-EF",
        "model": f"{whole.vendor}/{whole.model}",
        "site_id": str(whole.site_id),
        "plan_id": str(whole.plan_id),
        "label": "Room 3",
        "lines": "1",
        "line-1-user": "4930555013",
        "line-1-password": SECRET,
        "line-1-display_name": "Reception desk",
        **{name.replace("__", "-"): value for name, value in more.items()},
    }


def pending(alice: Visitor, house: House, **more: str) -> str:
    answer = alice.post("/devices/new", typed(house, **more))
    assert "Is this right?" in answer.text, text_of(answer)
    return value_of(answer, "pending")


@pytest.mark.parametrize(
    "mac",
    ["805ec0abcdef", "80:5E:C0:AB:CD:EF", "805e.c0ab.cdef", " MAC: 80-5e-c0-ab-cd-ef "],
)
def test_a_mac_is_taken_in_any_notation(mac: str, visit: Visit, house: House) -> None:
    answer = visit("alice").post("/devices/new", typed(house, mac=mac))
    assert "80:5e:c0:ab:cd:ef" in text_of(answer)


def test_the_quote_itemises_both_sides_and_the_margin(visit: Visit, house: House) -> None:
    shown = text_of(visit("alice").post("/devices/new", typed(house)))
    assert "What you pay wholesale" in shown
    assert "What the customer pays retail" in shown
    # 22 to 30 November are 9 of 30 days: 6.00 -> 1.80 and 12.00 -> 3.60.
    for part in (
        "Due at the start 11.80 EUR",
        "Due at the start 28.60 EUR",
        "Due each full period 6.00 EUR",
        "Due each full period 12.00 EUR",
        "At the start 16.80 EUR Each full period 6.00 EUR",
    ):
        assert part in shown
    assert house.store.devices.by_mac(Mac(NEW)) is None, "nothing is registered by looking"


def test_confirming_registers_what_was_quoted(visit: Visit, house: House) -> None:
    alice = visit("alice")
    answer = alice.post(
        "/devices/new/confirm", {"pending": pending(alice, house), "action": "confirm"}
    )
    assert answer.location == f"/devices/{NEW}"
    device = house.device(NEW)
    assert (device.label, device.state) == ("Room 3", State.REGISTERED)
    assert device.lines[0].user == "4930555013"
    assert device.lines[0].password.reveal() == SECRET
    assert device.lines[0].display_name == "Reception desk"
    assert "Registered. It waits" in alice.get(answer.location).text


def test_confirming_twice_registers_once(visit: Visit, house: House) -> None:
    alice = visit("alice")
    form = {"pending": pending(alice, house), "action": "confirm"}
    answers = [alice.post("/devices/new/confirm", form) for _ in range(3)]
    assert [answer.location for answer in answers] == [f"/devices/{NEW}"] * 3
    found = house.operations.directory.devices(house.actor("alice"), search=NEW)
    assert found.total == 1


def test_confirming_at_the_same_instant_registers_once(visit: Visit, house: House) -> None:
    alice = visit("alice")
    form = {"pending": pending(alice, house), "action": "confirm", "csrf_token": alice.token()}
    answers: list[str | None] = []
    start = threading.Barrier(4)

    def confirm() -> None:
        visitor = Visitor(alice.client.application.test_client())
        cookie = alice.client.get_cookie("__Host-provd", domain="portal.example.net")
        assert cookie is not None
        visitor.client.set_cookie(
            "__Host-provd", cookie.value, domain="portal.example.net", secure=True
        )
        start.wait(10)
        answers.append(visitor.post("/devices/new/confirm", form).location)

    threads = [threading.Thread(target=confirm) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [f"/devices/{NEW}"] * 4
    assert house.operations.directory.devices(house.actor("alice"), search=NEW).total == 1


@pytest.mark.parametrize("difference", ["password", "label", "site"])
def test_a_colleagues_other_phone_under_the_mac_is_a_conflict(
    difference: str, visit: Visit, house: House
) -> None:
    alice = visit("alice")
    customer = house.operations.directory.customers(house.actor("alice")).items[0].account.id
    house.operations.directory.create_site(
        house.actor("alice"), customer, "Harbour", "", "Europe/Berlin"
    )
    sealed = pending(alice, house, **{"line-1-user": "4930555010"})
    twin = form(
        house,
        NEW,
        "Harbour" if difference == "site" else "Lindenstrasse",
        "bobs-own-secret" if difference == "password" else SECRET,
        label="Bob's" if difference == "label" else "Room 3",
    )
    house.operations.registration.register(house.actor("bob"), twin)
    answer = alice.post("/devices/new/confirm", {"pending": sealed, "action": "confirm"})
    assert answer.status_code == 200
    assert "registered already at Example Dental Practice" in text_of(
        answer, "//*[@id='mac-error']"
    )


def test_another_resellers_twin_is_a_conflict_and_no_success(visit: Visit, house: House) -> None:
    alice = visit("alice")
    sealed = pending(alice, house)
    whole = form(house, NEW, "Workshop", "x" * 20)
    house.operations.registration.register(house.actor("charlie"), whole)
    answer = alice.post("/devices/new/confirm", {"pending": sealed, "action": "confirm"})
    assert answer.status_code == 200
    assert "registered already" in text_of(answer, "//*[@id='mac-error']")


def test_prices_that_changed_are_shown_before_they_are_agreed_to(
    visit: Visit, house: House
) -> None:
    alice = visit("alice")
    sealed = pending(alice, house)
    plan = house.store.books.plan(house.plan_id())
    price = Money(Decimal(99), "EUR")
    on = house.clock().date()
    house.store.books.set_price(
        Price(plan.fees[0].id, Side.RETAIL, price, on, plan.owner_id), house.clock()
    )
    answer = alice.post("/devices/new/confirm", {"pending": sealed, "action": "confirm"})
    assert "Prices have changed" in answer.text
    assert "99.00 EUR" in text_of(answer)
    assert house.store.devices.by_mac(Mac(NEW)) is None


def test_one_can_go_back_and_nothing_is_lost(visit: Visit, house: House) -> None:
    alice = visit("alice")
    sealed = pending(alice, house)
    back = alice.post("/devices/new/confirm", {"pending": sealed, "action": "change"})
    assert value_of(back, "mac") == "80-5E-C0-AB-CD-EF"
    assert value_of(back, "line-1-user") == "4930555013"
    assert SECRET not in back.text
    again = {**typed(house, label="Room 4"), "line-1-password": ""}
    answer = alice.post("/devices/new", {**again, "line-1-kept": value_of(back, "line-1-kept")})
    confirm = {"pending": value_of(answer, "pending"), "action": "confirm"}
    alice.post("/devices/new/confirm", confirm)
    assert house.device(NEW).label == "Room 4"
    assert house.device(NEW).lines[0].password.reveal() == SECRET


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"mac": ""}, "mac", "No MAC address was given."),
        ({"mac": "80:5e:c0:12:34"}, "mac", "is not a MAC address. A MAC has 12 digits"),
        ({"mac": "ff:ff:ff:ff:ff:ff"}, "mac", "group address"),
        ({"mac": OWN}, "mac", "registered already at Example Dental Practice, Lindenstrasse"),
        ({"model": ""}, "model", "Choose the model"),
        ({"model": "acme/none"}, "model", "no vendor"),
        ({"site_id": ""}, "site_id", "Choose the customer's site"),
        ({"site_id": "9999"}, "site_id", "site of yours"),
        ({"plan_id": "9999"}, "plan_id", "not on offer"),
        ({"profile": "none-such"}, "profile", "no profile"),
        ({"line_1_user": ""}, "line-1-user", "Give the SIP user"),
        ({"line_1_password": ""}, "line-1-password", "Give the SIP password"),
        ({"line_1_display_name": "A\x07B"}, "line-1-display_name", "control"),
    ],
)
def test_an_error_stands_beside_its_field_and_nothing_is_lost(
    change: dict[str, str], field: str, words: str, visit: Visit, house: House
) -> None:
    sent = typed(house) | {
        name.replace("line_1_", "line-1-"): value for name, value in change.items()
    }
    answer = visit("alice").post("/devices/new", sent)
    assert answer.status_code == 200
    assert words in text_of(answer, f"//*[@id='{field}-error']")
    control = page(answer).xpath(f"//*[@id='{field}']")[0]
    assert control.get("aria-invalid") == "true"
    assert f"{field}-error" in control.get("aria-describedby")
    assert f'href="#{field}"' in answer.text, "the summary leads to the field"
    for name in ("label", "line-1-user", "mac"):
        assert value_of(answer, name) == sent[name].strip()
    assert SECRET not in answer.text


def test_all_errors_are_told_at_once(visit: Visit) -> None:
    answer = visit("alice").post("/devices/new", {"action": "quote", "mac": "x"})
    for field in ("mac", "model", "site_id", "line-1-user", "line-1-password"):
        assert text_of(answer, f"//*[@id='{field}-error']")


def test_a_mac_of_another_reseller_is_taken_and_not_where(visit: Visit, house: House) -> None:
    answer = visit("alice").post("/devices/new", typed(house, mac=FOREIGN))
    told = text_of(answer, "//*[@id='mac-error']")
    assert "registered already" in told
    assert "Garage" not in answer.text
    assert "Workshop" not in answer.text


def test_the_form_offers_only_ones_own_sites(visit: Visit) -> None:
    shown = visit("charlie").get("/devices/new").text
    assert "Workshop" in shown
    assert "Lindenstrasse" not in shown


def test_lines_come_and_go_without_losing_what_was_typed(visit: Visit, house: House) -> None:
    alice = visit("alice")
    two = alice.post("/devices/new", typed(house, action="add-line"))
    assert "Line 2" in two.text
    assert value_of(two, "line-1-user") == "4930555013"
    assert SECRET not in two.text
    sent = typed(house, lines="2", line__2__user="4930555014", action="remove-line-1")
    one = alice.post("/devices/new", sent)
    assert "Line 2" not in one.text
    assert value_of(one, "line-1-user") == "4930555014"


def test_a_second_line_left_empty_is_no_line(visit: Visit, house: House) -> None:
    alice = visit("alice")
    sealed = pending(alice, house, lines="3", line__3__user="4930555015", line__3__password="pw3")
    alice.post("/devices/new/confirm", {"pending": sealed, "action": "confirm"})
    assert [line.user for line in house.device(NEW).lines] == ["4930555013", "4930555015"]


def test_an_error_of_a_later_line_stands_beside_that_line(visit: Visit, house: House) -> None:
    sent = typed(house, lines="3", line__3__user="9\x07", line__3__password="pw3")
    answer = visit("alice").post("/devices/new", sent)
    assert text_of(answer, "//*[@id='line-3-user-error']")


def test_a_password_is_kept_exactly_as_it_was_typed(visit: Visit, house: House) -> None:
    alice = visit("alice")
    odd = '<b>&"quoted"  \u00fc\'%{{7*7}}'
    sealed = pending(alice, house, **{"line-1-password": odd})
    alice.post("/devices/new/confirm", {"pending": sealed, "action": "confirm"})
    assert house.device(NEW).lines[0].password.reveal() == odd


def test_a_pending_form_is_nobody_elses(visit: Visit, house: House) -> None:
    sealed = pending(visit("alice"), house)
    answer = visit("bob").post("/devices/new/confirm", {"pending": sealed, "action": "confirm"})
    assert "too old to be confirmed" in answer.text
    assert house.store.devices.by_mac(Mac(NEW)) is None


def test_a_kept_password_is_no_pending_form(visit: Visit, house: House) -> None:
    alice = visit("alice")
    back = alice.post("/devices/new", typed(house, mac="x"))
    answer = alice.post("/devices/new/confirm", {"pending": value_of(back, "line-1-kept")})
    assert "too old to be confirmed" in answer.text


def test_a_quote_from_yesterday_is_not_confirmed(visit: Visit, house: House) -> None:
    alice = visit("alice")
    sealed = pending(alice, house)
    house.clock.advance(timedelta(hours=13))
    answer = visit("alice").post("/devices/new/confirm", {"pending": sealed, "action": "confirm"})
    assert "too old to be confirmed" in answer.text


def test_without_a_plan_nothing_is_charged(visit: Visit, house: House) -> None:
    alice = visit("alice")
    answer = alice.post("/devices/new", typed(house, plan_id=""))
    assert "nothing is charged" in text_of(answer)
    confirm = {"pending": value_of(answer, "pending"), "action": "confirm"}
    assert alice.post("/devices/new/confirm", confirm).location == f"/devices/{NEW}"


def test_an_order_reference_sends_it_through_the_fulfilment_house(
    visit: Visit, house: House
) -> None:
    alice = visit("alice")
    sealed = pending(alice, house, order_reference="PO-7")
    alice.post("/devices/new/confirm", {"pending": sealed, "action": "confirm"})
    row = house.operations.fulfilment.order(house.actor("frieda"), "PO-7")
    assert [found.device.mac for found in row.devices] == [Mac(NEW)]


def test_a_site_can_be_chosen_by_the_link_that_leads_here(visit: Visit, house: House) -> None:
    site = house.site_id("Lindenstrasse")
    shown = page(visit("root").get(f"/devices/new?site={site}"))
    assert shown.xpath("//select[@id='site_id']//option[@selected]/@value") == [str(site)]


def test_without_a_site_the_page_says_what_to_do_first(visit: Visit, house: House) -> None:
    setup = house.operations.setup
    fresh = setup.create_reseller("Fresh Telephony")
    from provd.devices.account import Role
    from provd.devices.secret import Secret
    from tests.portal.house import PASSWORD

    setup.create_user(fresh.id, "fresh", Role.RESELLER, Secret(PASSWORD))
    answer = visit("fresh").get("/devices/new")
    assert "Add a customer and a site" in text_of(answer)
    assert "Add a customer and a site" in text_of(visit("fresh").get("/"))


def test_an_ordered_phone_can_not_be_registered_again(visit: Visit, house: House) -> None:
    answer = visit("alice").post("/devices/new", typed(house, mac=ORDERED))
    assert "registered already" in text_of(answer, "//*[@id='mac-error']")


def test_all_that_is_wrong_is_told_at_once_each_beside_its_field(
    visit: Visit, house: House
) -> None:
    wrong = typed(house, line__1__password="%NULL%", line__1__display_name="%NULL%")
    answer = visit("alice").post("/devices/new", wrong)
    assert "These fields need another look" in text_of(answer)
    for name in ("password", "display_name"):
        assert f'id="line-1-{name}-error"' in answer.text
