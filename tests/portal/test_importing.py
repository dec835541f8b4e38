"""Importing phones on the page: upload, preview, confirmation; the rules are the operation's."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from decimal import Decimal

import pytest
from werkzeug.test import TestResponse

from provd.billing.money import Money
from provd.billing.plan import Side
from provd.billing.prices import Price
from provd.devices.mac import Mac
from tests.portal.house import FOREIGN, OWN, House
from tests.portal.visitor import BASE, Visitor, text_of, value_of

Visit = Callable[[str], Visitor]

HEADINGS = "mac;vendor;model;site;plan;line1_user;line1_password"
SECRET = "typed-sip-secret"


def sheet(house: House, *macs: str, model: str = "T46U") -> bytes:
    plan = house.plan_id()
    rows = [f"{mac};Yealink;{model};Lindenstrasse;{plan};4930;{SECRET}" for mac in macs]
    return "\r\n".join([HEADINGS, *rows]).encode()


def upload(visitor: Visitor, octets: bytes, **ticked: str) -> TestResponse:
    file = (io.BytesIO(octets), "phones.csv")
    data = {"csrf_token": visitor.token(), "file": file, **ticked}
    return visitor.client.post(
        "/devices/import", base_url=BASE, data=data, headers={"Referer": BASE + "/"}, buffered=True
    )


NEW = ("805ec0abcde0", "805ec0abcde1")


def test_what_was_looked_at_is_registered_once_confirmed_once_or_twice(
    visit: Visit, house: House
) -> None:
    alice = visit("alice")
    preview = upload(alice, sheet(house, *NEW))
    assert "Is this right?" in text_of(preview)
    assert "57.20 EUR" in text_of(preview)
    assert "What you pay wholesale" in text_of(preview)
    assert SECRET not in preview.text
    pending = {"pending": value_of(preview, "pending")}
    for _ in range(2):
        answer = alice.post("/devices/import/confirm", pending)
        assert (answer.status_code, answer.location) == (302, "/devices")
    assert "registered" in text_of(alice.get("/devices"), "//*[@role='status']").lower()
    assert house.device(NEW[1]).lines[0].password.reveal() == SECRET


def test_mistakes_stand_by_row_and_nothing_can_be_confirmed(visit: Visit, house: House) -> None:
    preview = upload(visit("alice"), sheet(house, *NEW, NEW[0], OWN, model="T46U<b>"))
    shown = text_of(preview)
    assert "Nothing was registered" in shown
    for told in ("has no model “T46U<b>”", "stands in row 2 already", "5"):
        assert told in shown
    assert "pending" not in preview.text
    assert SECRET not in preview.text


def test_a_file_that_is_no_table_is_told_beside_the_field(visit: Visit) -> None:
    alice = visit("alice")
    assert "Choose a file first" in text_of(upload(alice, b""))
    shown = text_of(upload(alice, b"hello\nworld\n"))
    assert "Row 1, column hello: there is no such column." in shown


def test_a_yaml_file_is_checked_confirmed_and_registered(visit: Visit, house: House) -> None:
    alice = visit("alice")
    document = f"""
devices:
  - mac: "{NEW[0]}"
    vendor: yealink
    model: T46U
    site: Lindenstrasse
    lines: [{{numbers: "1-2", user: "9{{n}}", password: yaml-secret}}]
    keys: [{{positions: "3-5", kind: blf, value: "20{{n}}"}}]
"""
    wrong = text_of(upload(alice, document.replace("kind: blf", "kind: lamp").encode()))
    assert "keys.1.kind" in wrong
    assert "There is no kind of key" in wrong
    preview = upload(alice, document.encode())
    assert "yaml-secret" not in preview.text
    alice.post("/devices/import/confirm", {"pending": value_of(preview, "pending")})
    assert [key.value for key in house.device(NEW[0]).keys] == ["203", "204", "205"]


def test_prices_that_changed_are_shown_before_they_are_agreed_to(
    visit: Visit, house: House
) -> None:
    alice = visit("alice")
    preview = upload(alice, sheet(house, *NEW))
    (plan,) = house.operations.registration.choices(house.actor("alice")).plans
    fees, on = house.store.books.plan(plan.id), house.clock.now.date()
    price = Money(Decimal("99.00"), fees.currency)
    house.store.books.set_price(
        Price(fees.fees[0].id, Side.RETAIL, price, on, fees.owner_id), house.clock()
    )
    answer = alice.post("/devices/import/confirm", {"pending": value_of(preview, "pending")})
    assert "changed since the check" in answer.text
    assert house.store.devices.by_mac(Mac(NEW[0])) is None


def test_a_sealed_file_opens_for_its_owner_only(visit: Visit, house: House) -> None:
    pending = value_of(upload(visit("alice"), sheet(house, *NEW)), "pending")
    answer = visit("bob").post("/devices/import/confirm", {"pending": pending})
    assert "choose it once more" in answer.text


def test_another_resellers_phone_and_site_stay_hidden(visit: Visit, house: House) -> None:
    shown = text_of(upload(visit("charlie"), sheet(house, OWN)))
    assert "no site “Lindenstrasse”" in shown or "registered already with another account" in shown
    assert "Praxis" not in shown
    shown = text_of(upload(visit("alice"), sheet(house, FOREIGN)))
    assert "with another account" in shown


def test_more_phones_than_the_page_takes_are_refused(
    visit: Visit, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["provd.portal.pages.importing"], "MOST_ROWS", 1)
    alice = visit("alice")
    assert "more than 1 phones" in text_of(upload(alice, sheet(house, *NEW)))
    large = HEADINGS.encode() + b"\n" + b"x" * (200 << 10)
    assert "larger than 192 KiB" in text_of(upload(alice, large))


def test_customers_that_a_sheet_names_are_created_when_the_box_is_ticked(
    visit: Visit, house: House
) -> None:
    alice = visit("alice")
    heads = "mac;vendor;model;customer;site;line1_user;line1_password"
    octets = f"{heads}\r\n{NEW[0]};Yealink;T46U;Mill;Yard;4930;{SECRET}\r\n".encode()
    assert "There is no site “Mill/Yard”" in text_of(upload(alice, octets))
    preview = upload(alice, octets, create_missing="yes")
    assert "1 customer, 1 site will be created" in text_of(preview)
    alice.post("/devices/import/confirm", {"pending": value_of(preview, "pending")})
    shown = text_of(alice.get("/devices"), "//*[@role='status']")
    assert "Created 1 customer, 1 site. Registered 1 phone." in shown
    assert "Mill" in text_of(alice.get("/customers"))
    assert "Mill" not in text_of(visit("charlie").get("/customers"))
