"""The list of devices, and the page that people ask for most."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from provd.devices.lifecycle import Place
from tests.portal.house import OWN, SITE_ADDRESS, House, entry
from tests.portal.visitor import Visitor, page, text_of

Visit = Callable[[str], Visitor]


def test_the_timeline_tells_what_was_asked_how_from_where_and_what_came_of_it(
    visit: Visit,
) -> None:
    boots = text_of(visit("alice").get(f"/devices/{OWN}"), "//*[@class='timeline']")
    assert "Configuration arrived whole" in boots
    assert f"HTTPS from {SITE_ADDRESS}, at the site" in boots
    assert f"{OWN}.cfg HTTPS whole, 4,212 bytes" in boots
    assert "Refused: enrolment window closed" in boots
    assert "TFTP from 203.0.113.77" in boots


def test_times_are_the_sites_with_utc_beside_them(visit: Visit) -> None:
    answer = visit("alice").get(f"/devices/{OWN}")
    # Booted at 08:30 UTC: half past three in the morning at a site in New York.
    assert page(answer).xpath("//time[@title='2026-11-22 08:30:00 UTC']")
    assert "22 Nov 2026, 03:30" in text_of(answer, "//*[@class='timeline']")
    assert "Times are America/New_York" in text_of(answer)


def test_a_transfer_that_broke_off_says_so(visit: Visit, house: House) -> None:
    broken = entry(
        house.device(OWN), Place.SITE, house.clock(), whole=False, bytes_sent=1460, status="timeout"
    )
    house.operations.boots.book([broken])
    boots = text_of(visit("alice").get(f"/devices/{OWN}"), "//*[@class='timeline']")
    assert "broken off after 1,460 of 4,212 bytes" in boots
    assert "Not the whole configuration" in boots


def test_a_file_that_need_not_exist_is_no_refusal(visit: Visit, house: House) -> None:
    missing = {"status": "404", "reason": "no such file", "whole": False, "bytes_sent": 0}
    lone = entry(house.device(OWN), Place.SITE, house.clock(), path="odd.cfg", **missing)
    house.operations.boots.book([lone])
    answer = visit("alice").get(f"/devices/{OWN}")
    newest = "(//ol[@class='timeline']/li)[1]"
    assert "Asked only for files that do not exist" in text_of(answer, newest)
    assert "no such file (404)" in text_of(answer, newest)
    assert not page(answer).xpath(f"{newest}//*[contains(@class, 'text-bad')]")


def test_many_boots_are_folded_away(visit: Visit, house: House) -> None:
    for number in range(6):
        house.clock.advance(timedelta(minutes=number))
        house.boot(OWN, Place.SITE)
    answer = visit("alice").get(f"/devices/{OWN}")
    assert "3 earlier boots" in text_of(answer, "//summary")


def test_a_phone_that_never_asked_says_what_to_do(visit: Visit) -> None:
    answer = visit("charlie").get("/devices/805ec0ffff01")
    assert "It has not asked for anything yet. Plug it in" in text_of(answer)
    assert "Nothing was charged for it yet" in text_of(answer)


def test_the_life_cycle_names_actor_time_and_evidence(visit: Visit) -> None:
    cycle = text_of(visit("alice").get(f"/devices/{OWN}"), "//*[@class='arrows']")
    assert "in service" in cycle
    assert "by the phone itself" in cycle
    assert f"{OWN}.cfg, 4,212 bytes over HTTPS to {SITE_ADDRESS} at the site" in cycle
    assert "by alice" in cycle


def test_charges_tell_their_reason(visit: Visit) -> None:
    charges = text_of(visit("alice").get(f"/devices/{OWN}"), "//table[contains(@class,'charges')]")
    assert f"Because {OWN}.cfg arrived whole at 22 Nov 2026, 03:30, 4,212 bytes" in charges
    assert f"to {SITE_ADDRESS} over HTTPS" in charges
    for amount in ("10.00 EUR", "1.80 EUR", "25.00 EUR", "3.60 EUR"):
        assert amount in charges
    assert "12.00 EUR x 9/30 days" in charges


def test_the_page_says_what_to_tell_the_phone(visit: Visit) -> None:
    told = text_of(visit("alice").get(f"/devices/{OWN}"), "//ul[@class='addresses']")
    assert told == "https://prov.example.net/ tftp://192.0.2.10/"


def test_the_enrolment_window_closes_by_itself_and_opens_by_hand(
    visit: Visit, house: House
) -> None:
    alice = visit("alice")
    window = "//*[@aria-labelledby='enrolment-title']"
    assert "closed" in text_of(alice.get(f"/devices/{OWN}"), window)
    assert alice.post(f"/devices/{OWN}/enrolment").location == f"/devices/{OWN}"
    assert "open until 29 Nov 2026" in text_of(alice.get(f"/devices/{OWN}"), window)
    house.clock.advance(timedelta(days=8))
    assert "closed" in text_of(visit("alice").get(f"/devices/{OWN}"), window)


@pytest.mark.parametrize("mac", ["80:5e:c0:12:34:56", "80-5E-C0-12-34-56", "805E.C012.3456"])
def test_a_device_is_found_under_its_mac_in_any_notation(mac: str, visit: Visit) -> None:
    alice = visit("alice")
    assert alice.get(f"/devices/{mac}").location == f"/devices/{OWN}"
    assert "Reception" in text_of(alice.get("/devices?search=" + mac), "//tbody")


@pytest.mark.parametrize("search", ["Recep", "dental", "4930555010", "123456"])
def test_search_finds_a_part_of_label_customer_or_user(search: str, visit: Visit) -> None:
    assert "80:5e:c0:12:34:56" in text_of(visit("alice").get(f"/devices?search={search}"))


def test_search_finds_nothing_and_says_so(visit: Visit) -> None:
    answer = visit("alice").get("/devices?search=%25_%27%22%3Cb%3E")
    assert "No phone matches" in text_of(answer)


def test_the_list_is_filtered_by_state(visit: Visit) -> None:
    rows = text_of(visit("alice").get("/devices?state=in+service"), "//tbody")
    assert "Reception" in rows
    assert "Room 2" not in rows
    assert visit("alice").get("/devices?state=gone").status_code == 400


def test_the_list_tells_last_boot_and_last_refusal(visit: Visit) -> None:
    moments = page(visit("alice").get("/devices?search=Reception")).xpath("//tbody//time/@datetime")
    assert moments == ["2026-11-22T08:30:00Z", "2026-11-22T08:20:00Z"]


def test_the_list_has_pages(visit: Visit, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.portal.house import form

    for number in range(51):
        whole = form(house, f"805ec0aa{number:04x}", "Lindenstrasse", "x" * 12, label=f"D{number}")
        house.operations.registration.register(house.actor("alice"), whole)
    alice = visit("alice")
    first, second = alice.get("/devices"), alice.get("/devices?page=2")
    assert "Page 1 of 2" in text_of(first)
    assert len(page(first).xpath("//tbody/tr")) == 50
    assert len(page(second).xpath("//tbody/tr")) == 3
    assert alice.get("/devices?page=-1").status_code == 200
    assert alice.get("/devices?page=99999999999").status_code == 200


def test_home_counts_devices_boots_refusals_and_money(visit: Visit) -> None:
    figures = text_of(visit("alice").get("/"), "//dl")
    assert "Phones 2" in figures
    assert "Boots today 1" in figures
    assert "Refusals today 1" in figures
    assert "Revenue this month 28.60 EUR" in figures
    assert "Cost this month 11.80 EUR" in figures


def test_markup_in_a_label_is_only_text(visit: Visit, house: House) -> None:
    from tests.portal.house import form

    whole = form(
        house, "805ec0abcdef", "Lindenstrasse", "x" * 12, label="<script>alert(1)</script>"
    )
    house.operations.registration.register(house.actor("alice"), whole)
    for path in ("/devices", "/devices/805ec0abcdef"):
        answer = visit("alice").get(path)
        assert "<script>alert" not in answer.text
        assert "&lt;script&gt;alert(1)" in answer.text


def test_a_refused_stranger_is_an_alert_until_the_phone_comes_from_there(
    visit: Visit, house: House
) -> None:
    refused = {"status": "404", "reason": "enrolment window closed", "whole": False}
    address = "203.0.113.99"
    for _ in range(2):
        house.clock.advance(timedelta(minutes=1))
        stranger = entry(
            house.device(OWN), None, house.clock(), address=address, bytes_sent=0, **refused
        )
        house.operations.boots.book([stranger])
    alerts = "//section[@aria-labelledby='alerts-title']"
    told = text_of(visit("alice").get(f"/devices/{OWN}"), alerts)
    assert f"Enrolment window closed: 2 requests over HTTPS from {address}" in told
    house.clock.advance(timedelta(minutes=1))
    house.operations.boots.book(
        [entry(house.device(OWN), Place.SITE, house.clock(), address=address)]
    )
    assert address not in "".join(
        page(visit("alice").get(f"/devices/{OWN}")).xpath(f"{alerts}//text()")
    )


def test_a_file_that_can_not_be_made_is_told_to_the_seller_alone(
    visit: Visit, house: House
) -> None:
    before = text_of(visit("alice").get(f"/devices/{OWN}"))
    assert "t be made" not in before
    assert "Firmware Told of none There is none for T46U." in before
    house.store.devices.update(house.device(OWN).id, settings={"raw.yealink.a b": "1"})
    shown = text_of(visit("alice").get(f"/devices/{OWN}"))
    assert f"{OWN}.cfg: raw.yealink.a b: no parameter has such a name" in shown
    assert "There is no earlier one" in shown
    assert "t be made" not in text_of(visit("carla").get(f"/devices/{OWN}"))
