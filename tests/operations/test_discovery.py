"""Phones that asked before anybody registered them: who sees them, and what a sweep leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest

from provd.devices.account import Role
from provd.devices.mac import Mac
from provd.errors import NotFoundError
from provd.operations import discovery
from provd.operations.discovery import MONTH, SPAN, SWEEP, Discoveries, Discovery
from provd.plug_and_play import stranger
from provd.pnp import Announcement
from provd.provisioning.journal import JournalEntry, new_id
from provd.vendors.evidence import Source
from tests.conftest import PHONE, House
from tests.operations.conftest import START

STRANGER, SITE, BENCH = "203.0.113.9", "127.0.0.1", "198.51.100.7"
AGENT = "Yealink SIP-T46U 108.86.0.20 80:5e:c0:00:aa:01"


def asked(number: int = 1, address: str = STRANGER, at: datetime = START) -> JournalEntry:
    """Somebody asks over HTTPS for a file of a MAC that nobody registered, and is refused."""
    mac = Mac(f"805ec00f{number:04x}")
    return JournalEntry(
        new_id(), at, at, mac, None, f"{mac.digits}.cfg", "https", address, "", "404",
        "unknown MAC", 0, 0, False, None, "boot", "", False,
    )  # fmt: skip


def listed(house: House, role: Role = Role.ADMIN) -> list[Discovery]:
    return list(house.parts.operations.discoveries.page(house.actor(role)).items)


def book(house: House, *entries: JournalEntry) -> None:
    house.parts.operations.boots.book(entries)


def test_a_stranger_is_noted_with_what_it_asked_each_request_once(house: House) -> None:
    first, again = asked(), asked(at=START + timedelta(minutes=2))
    book(house, first)
    book(house, first, again)
    (one,) = listed(house)
    assert (one.stranger.times, one.stranger.first_at, one.stranger.last_at) == (
        2,
        START,
        START + timedelta(minutes=2),
    )
    assert one.place is None


def test_vendor_and_model_are_guessed_from_what_the_phone_says(house: House) -> None:
    book(house, replace(asked(1), agent=AGENT), replace(asked(2), agent="Yealink SIP-T99Z 1.2"))
    known, unknown = listed(house)
    assert (known.vendor_title, known.model) == ("Yealink", "T46U")
    assert (unknown.vendor_title, unknown.model, unknown.seen_as) == ("Yealink", "", "T99Z")


def test_without_a_word_the_path_and_then_the_prefix_tell_the_vendor(house: House) -> None:
    own = replace(asked(1), path="805ec00f0001.boot")
    stray = replace(asked(2), path="firmware/805ec00f0002.bin", reason="no such file")
    nobodys = replace(asked(3), mac=Mac("02005e000001"), path="02005e000001.bin")
    book(house, own, stray, nobodys)
    assert [one.vendor_title for one in listed(house)] == ["", "Yealink", "Yealink"]


def test_who_is_registered_or_named_no_mac_is_no_stranger(house: House) -> None:
    book(house, replace(asked(), mac=None), replace(asked(), mac=Mac("805ec0000001"), device_id=1))
    assert listed(house) == []


def test_a_reseller_sees_only_who_asks_from_its_own_sites(house: House) -> None:
    book(house, asked(1, SITE), asked(2, STRANGER))
    (one,) = listed(house, Role.RESELLER)
    assert one.stranger.address == SITE
    assert one.place is not None
    stranger = house.stranger()
    assert house.parts.operations.discoveries.page(stranger).total == 0
    for role in (Role.CUSTOMER, Role.FULFILMENT):
        with pytest.raises(NotFoundError):
            listed(house, role)


def test_a_network_that_two_resellers_name_tells_nobody_whose_a_phone_is(house: House) -> None:
    book(house, asked(1, SITE))
    directory = house.parts.operations.directory
    stranger = house.stranger()
    customer = directory.create_customer(stranger, "Another customer")
    directory.create_site(stranger, customer.id, "Elsewhere", "127.0.0.0/16", "")
    assert listed(house, Role.RESELLER) == []
    assert house.parts.operations.discoveries.page(stranger).total == 0
    assert len(listed(house)) == 1


def test_a_sweep_leaves_nothing_and_a_neighbour_stays(house: House) -> None:
    book(house, asked(0, "203.0.114.1"))
    book(house, *(asked(number) for number in range(1, SWEEP)))
    assert len(listed(house)) == SWEEP
    book(house, asked(SWEEP, "203.0.113.200"))
    book(house, *(asked(number) for number in range(20, 40)))
    assert [one.stranger.address for one in listed(house)] == ["203.0.114.1"]
    book(house, asked(41, at=START + SPAN))
    assert len(listed(house)) == 2, "a day later it may be a phone again"


def test_many_phones_of_a_day_are_a_sweep_and_of_a_week_are_not(house: House) -> None:
    for number in range(SWEEP + 1):
        book(house, asked(number, at=START + number * SPAN / (SWEEP - 2)))
    assert len(listed(house)) == SWEEP + 1


def test_where_phones_may_wait_many_are_no_sweep(house: House) -> None:
    parts = house.parts
    discoveries = Discoveries(parts.store, parts.registry, [ip_network(f"{BENCH}/32")])
    for address, first in ((SITE, 0), (BENCH, 100)):
        discoveries.note([asked(first + number, address) for number in range(SWEEP * 2)])
    assert discoveries.page(house.admin).total == SWEEP * 4


def test_the_list_is_bounded_whoever_fills_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "MOST", 20)
    entries = [
        asked(number, f"10.{number >> 8}.{number & 255}.1", START + timedelta(seconds=number))
        for number in range(23)
    ]
    house.parts.operations.discoveries.note([*entries, asked(0, "10.0.0.1")])
    page = house.parts.operations.discoveries.page(house.admin, number=9)
    assert (page.total, page.items) == (20, ())
    house.parts.operations.discoveries.note([asked(0, at=START + MONTH + timedelta(days=1))])
    assert house.parts.operations.discoveries.page(house.admin).total == 1


@pytest.mark.parametrize("agent", ["", "Yealink SIP-T46U 108.86.0.20"])
def test_a_phone_that_asked_by_plug_and_play_stands_among_them(house: House, agent: str) -> None:
    said = Announcement(Mac("805ec0000009"), "Yealink", "T46U", "108.86.0.20", agent)
    book(house, stranger(said, SITE, START))
    (one,) = listed(house)
    assert (one.vendor_title, one.model) == ("Yealink", "T46U")
    assert (one.stranger.transport, one.place and one.place.site) == ("sip", "Front desk")


def heard(house: House, **classes: str) -> discovery.Heard:
    given = {Mac(digits.removeprefix("m")): text for digits, text in classes.items()}
    return house.parts.operations.discoveries.heard(house.admin, given, START)


def test_what_dhcp_heard_tells_vendor_and_model_before_the_phone_asks(house: House) -> None:
    told = heard(house, m805ec00f0001="yealink", m64167f000001="Polycom-VVX410")
    assert [(one.vendor, one.model) for one in told.noted] == [
        ("yealink", ""),
        ("polycom", "VVX_410"),
    ]
    assert all(one.sources == (Source.VENDOR_CLASS,) for one in told.noted)
    assert {one.stranger.times for one in listed(house)} == {0}
    assert listed(house, Role.RESELLER) == [], "nobody knows whose they are"


def test_agent_path_class_and_certificate_are_put_together(house: House) -> None:
    own_agent = AGENT.replace("00:aa:01", "0f:00:01")
    book(house, replace(asked(1), proven="yealink", agent=own_agent))
    heard(house, m805ec00f0001="Polycom-VVX410")
    (found,) = listed(house)
    assert (found.vendor, found.model) == ("yealink", "T46U")
    assert found.sources == (Source.CERTIFICATE, Source.AGENT, Source.PATH)
    assert found.contradicted_by == (Source.VENDOR_CLASS,)


def test_a_registered_phone_is_counted_and_not_noted(house: House) -> None:
    told = heard(house, **{"m" + Mac.parse(PHONE).digits: "yealink"})
    assert (told.noted, told.registered) == ((), 1)


def test_only_the_provider_says_what_dhcp_heard(house: House) -> None:
    for role in (Role.RESELLER, Role.CUSTOMER):
        with pytest.raises(NotFoundError):
            house.parts.operations.discoveries.heard(house.actor(role), {}, START)


def test_a_guess_is_told_to_those_who_see_the_phone_in_the_list(house: House) -> None:
    discoveries = house.parts.operations.discoveries
    book(house, replace(asked(1), agent=AGENT), replace(asked(2, SITE), agent=AGENT))
    far, near = asked(1).mac, asked(2).mac
    assert far is not None
    assert near is not None
    assert discoveries.guess(house.reseller, far) is None
    for found in (discoveries.guess(house.admin, far), discoveries.guess(house.reseller, near)):
        assert found is not None
        assert (found.vendor, found.model) == ("yealink", "T46U")
    assert discoveries.guess(house.admin, Mac("020000000001")) is None
