"""The staging bench: scan, stage, ship."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest

from provd.devices.lifecycle import Place, State
from tests.portal.house import BENCH_ADDRESS, FOREIGN, ORDER, ORDERED, OWN, House, form
from tests.portal.visitor import Visitor, page, text_of

Visit = Callable[[str], Visitor]

ORDERED_AS = f"?order={quote(ORDER, safe='')}"
BENCH = f"/orders/bench{ORDERED_AS}"
SCAN, STAGE, SHIP = (f"/orders/bench/{step}{ORDERED_AS}" for step in ("scan", "stage", "ship"))
SECOND = "805ec0123458"


@pytest.fixture
def two(house: House) -> House:
    """A second phone in the same order."""
    whole = form(house, SECOND, "Lindenstrasse", "x" * 12, order_reference=ORDER)
    house.operations.registration.register(house.actor("alice"), whole)
    return house


def scan(visitor: Visitor, text: str) -> str:
    return text_of(visitor.post(SCAN, {"scan": text}), "//*[@id='scanned']")


def test_fulfilment_begins_at_the_orders(visit: Visit) -> None:
    frieda = visit("frieda")
    assert frieda.get("/").location == "/orders"
    row = text_of(frieda.get("/orders"), "//tbody")
    assert ORDER in row
    assert "Example Dental Practice" in row
    assert "0 fetched, 0 staged" in row


def test_a_phone_without_configuration_is_not_ready(visit: Visit) -> None:
    frieda = visit("frieda")
    assert "not yet" in text_of(frieda.get(BENCH), "//ul[@class='bench-list']")
    assert "Not yet" in scan(frieda, ORDERED)


def test_a_fetch_on_the_bench_shows_with_time_and_address(visit: Visit, house: House) -> None:
    house.boot(ORDERED, Place.BENCH)
    frieda = visit("frieda")
    shown = text_of(frieda.get(BENCH), "//ul[@class='bench-list']")
    assert f"configuration fetched at 10:30 from {BENCH_ADDRESS}" in shown
    assert "Ready" in scan(frieda, "MAC 80-5E-C0-12-34-57")
    assert house.device(ORDERED).state is State.REGISTERED, "scanning stages nothing by itself"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (OWN, "does not belong to order"),
        ("805ec0000099", "is not registered"),
        ("4006381333931", "is not a MAC address"),
        ("", "no MAC address"),
        (FOREIGN, "does not belong to order"),
    ],
)
def test_a_wrong_scan_says_what_to_do_with_the_phone(text: str, words: str, visit: Visit) -> None:
    told = scan(visit("frieda"), text)
    assert told.startswith("No ")
    assert words.lower() in told.lower()


def test_the_script_gets_a_fragment_and_a_browser_without_it_gets_a_page(visit: Visit) -> None:
    frieda = visit("frieda")
    form = {"scan": ORDERED}
    fragment = frieda.post(SCAN, form, **{"X-Requested-With": "fetch"})
    assert "<html" not in fragment.text
    assert page(fragment).xpath("//*[@data-into='scanned']//*[@data-sound='warn']")
    assert page(fragment).xpath("//*[@data-into='order-devices']")
    assert "<html" in frieda.post(SCAN, form).text


def test_all_fetched_are_staged_at_once_and_the_others_wait(visit: Visit, two: House) -> None:
    two.boot(ORDERED, Place.BENCH)
    frieda = visit("frieda")
    assert "Stage all fetched (1)" in text_of(frieda.get(BENCH))
    answer = frieda.post(STAGE)
    assert "1 staged." in frieda.get(answer.location).text
    assert two.device(ORDERED).state is State.STAGED
    assert two.device(SECOND).state is State.REGISTERED


def test_one_phone_can_be_staged_by_itself_only_when_it_fetched(visit: Visit, two: House) -> None:
    frieda = visit("frieda")
    frieda.post(STAGE, {"mac": SECOND})
    assert "has not fetched its configuration" in text_of(frieda.get(BENCH))
    assert two.device(SECOND).state is State.REGISTERED
    two.boot(SECOND, Place.BENCH)
    frieda.post(STAGE, {"mac": SECOND})
    assert two.device(SECOND).state is State.STAGED


def test_a_phone_that_booted_at_its_site_is_past_staging(visit: Visit, house: House) -> None:
    house.boot(ORDERED, Place.BENCH)
    house.boot(ORDERED, Place.SITE)
    frieda = visit("frieda")
    assert "In service" in scan(frieda, ORDERED)
    assert frieda.post(STAGE, {"mac": ORDERED}).status_code == 302
    assert "in service can't become staged" in text_of(frieda.get(BENCH))


def test_with_nothing_fetched_there_is_nothing_to_stage(visit: Visit) -> None:
    frieda = visit("frieda")
    frieda.post(STAGE)
    assert "Nothing to stage" in text_of(frieda.get(BENCH))


def test_shipping_names_what_is_missing(visit: Visit, two: House) -> None:
    two.boot(ORDERED, Place.BENCH)
    frieda = visit("frieda")
    frieda.post(STAGE)
    frieda.post(SHIP)
    assert "not staged yet: 80:5e:c0:12:34:58" in text_of(frieda.get(BENCH)).replace("Not", "not")
    two.boot(SECOND, Place.BENCH)
    frieda.post(STAGE)
    frieda.post(SHIP)
    shown = text_of(frieda.get(BENCH))
    assert "is shipped" in shown
    assert "2 of 2 shipped" in shown
    assert two.device(SECOND).state is State.SHIPPED


def test_a_shipped_order_leaves_the_list_and_is_found_among_all(visit: Visit, house: House) -> None:
    house.boot(ORDERED, Place.BENCH)
    frieda = visit("frieda")
    frieda.post(STAGE)
    frieda.post(SHIP)
    assert "Nothing to stage" in text_of(frieda.get("/orders"))
    assert "shipped" in text_of(frieda.get("/orders?show=all"), "//tbody")


def test_an_order_that_does_not_exist_is_not_found(visit: Visit) -> None:
    frieda = visit("frieda")
    assert frieda.get("/orders/bench?order=PO-0").status_code == 404
    assert frieda.get("/orders/bench").status_code == 404
    assert frieda.post("/orders/bench/scan?order=PO-0", {"scan": ORDERED}).status_code == 404
    assert frieda.post("/orders/bench/ship?order=PO-0").status_code == 302


def test_two_resellers_may_use_the_same_reference(visit: Visit, house: House) -> None:
    whole = form(house, "805ec0ffff02", "Workshop", "x" * 12, order_reference=ORDER)
    house.operations.registration.register(house.actor("charlie"), whole)
    frieda = visit("frieda")
    answer = frieda.get(BENCH)
    assert answer.status_code == 400
    assert "#1, #2" in text_of(answer)
    links = [
        str(link) for link in page(frieda.get("/orders")).xpath("//a[@class='order-link']/@href")
    ]
    assert len(links) == 2
    shown = [text_of(frieda.get(link), "//ul[@class='bench-list']") for link in links]
    assert "80:5e:c0:12:34:57" in shown[0]
    assert "80:5e:c0:ff:ff:02" in shown[1]
