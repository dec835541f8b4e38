"""The list of phones that wait to be registered, and the way from there to the form."""

from __future__ import annotations

from collections.abc import Callable

from provd.devices.mac import Mac
from tests.portal.house import OWN, SITE_ADDRESS, House, entry
from tests.portal.visitor import Visitor, page, text_of, value_of

Visit = Callable[[str], Visitor]

NEW, ELSEWHERE = "805ec0abcdef", "805ec0fedcba"
AGENT = "Yealink SIP-T46U 108.86.0.20 80:5e:c0:ab:cd:ef"


def ask(house: House, mac: str, address: str, agent: str = AGENT) -> None:
    """Nobody registered it, and it is refused."""
    one = entry(
        house.device(OWN), None, house.clock(), mac=Mac(mac), device_id=None, address=address,
        agent=agent, path=f"{mac}.cfg", reason="unknown MAC", whole=False,
    )  # fmt: skip
    house.operations.boots.book([one])


def test_with_nobody_waiting_it_says_what_would_stand_there(visit: Visit) -> None:
    assert "before anybody has registered it" in text_of(visit("root").get("/devices/discovered"))
    told = text_of(visit("alice").get("/devices/discovered"))
    assert "Its site must name that network" in told


def test_a_phone_that_waits_stands_with_what_is_known_of_it(visit: Visit, house: House) -> None:
    ask(house, NEW, SITE_ADDRESS)
    ask(house, NEW, SITE_ADDRESS)
    row = text_of(visit("alice").get("/devices/discovered"), "//tbody/tr")
    for words in (
        "80:5e:c0:ab:cd:ef",
        "Yealink T46U",
        SITE_ADDRESS,
        "HTTPS, Example Dental Practice, Lindenstrasse",
        "22 Nov 2026, 10:30",
    ):
        assert words in row
    assert " 2 Register" in row


def test_the_button_opens_the_form_with_all_that_is_known(visit: Visit, house: House) -> None:
    ask(house, NEW, SITE_ADDRESS)
    alice = visit("alice")
    [link] = page(alice.get("/devices/discovered")).xpath("//tbody//a/@href")
    form = alice.get(str(link))
    assert value_of(form, "mac") == NEW
    chosen = page(form).xpath("//option[@selected]/@value")
    assert "yealink/T46U" in chosen
    assert str(house.site_id("Lindenstrasse")) in chosen


def test_of_an_unknown_model_the_vendor_is_chosen(visit: Visit, house: House) -> None:
    ask(house, NEW, SITE_ADDRESS, agent="Yealink SIP-T99Z 1.2.3.4")
    alice = visit("alice")
    assert "Yealink T99Z" in text_of(alice.get("/devices/discovered"), "//tbody/tr")
    [link] = page(alice.get("/devices/discovered")).xpath("//tbody//a/@href")
    select = page(alice.get(str(link))).xpath("//select[@id='model']")[0]
    assert select.get("data-group") == "Yealink"
    assert not select.xpath(".//optgroup//option[@selected]")


def test_only_the_provider_sees_phones_from_anywhere(visit: Visit, house: House) -> None:
    ask(house, ELSEWHERE, "203.0.113.77", agent="<script>alert(1)</script>")
    answer = visit("root").get("/devices/discovered")
    assert "80:5e:c0:fe:dc:ba" in text_of(answer)
    assert not page(answer).xpath("//main//script")
    for name in ("alice", "charlie"):
        assert "80:5e:c0:fe:dc:ba" not in visit(name).get("/devices/discovered").text


def test_once_registered_it_waits_no_more(visit: Visit, house: House) -> None:
    ask(house, OWN, SITE_ADDRESS)
    assert "No phone waits" in text_of(visit("root").get("/devices/discovered"))


def test_the_form_proposes_what_is_known_of_a_typed_mac_to_who_may_see_it(
    visit: Visit, house: House
) -> None:
    ask(house, NEW, SITE_ADDRESS)
    ask(house, ELSEWHERE, "203.0.113.77")
    for mac, proposed in ((NEW, True), (ELSEWHERE, False), ("nonsense", False)):
        form = page(visit("alice").get(f"/devices/new?mac={mac}"))
        assert ("yealink/T46U" in form.xpath("//option[@selected]/@value")) is proposed


def test_what_it_is_known_by_stands_beside_it(visit: Visit, house: House) -> None:
    house.operations.discoveries.heard(
        house.actor("root"), {Mac(NEW): "Polycom-VVX410"}, house.clock()
    )
    row = text_of(visit("root").get("/devices/discovered"), "//tbody/tr")
    assert "by DHCP vendor class" in row
    assert "Polycom VVX_410" in row
