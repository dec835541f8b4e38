"""Customers and sites in an import file: made with the phones where they are missing, never twice,
and below whoever imports alone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from provd.devices.account import AccountKind, Scope
from provd.devices.contact import Contact
from provd.devices.mac import Mac
from provd.errors import ConflictError
from provd.operations import Actor, CheckedFile
from tests.conftest import House
from tests.operations.forms import rows

MAC = "80:5e:c0:00:01:00"


def customer(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Bakery Blum",
        "time_zone": "Europe/Vienna",
        "settings": {"language": "de", "web.admin_password": "s3cret-of-blum"},
        "contacts": [{"name": "Ann", "work": "+49 30 1"}],
        "sites": [
            {"name": "Shop", "networks": ["192.0.2.0/25", "2001:db8:7::/64"]},
            {"name": "Mill", "time_zone": "Europe/London", "settings": {"sip": {"expires": 900}}},
        ],
        **changes,
    }


def phone(**changes: Any) -> dict[str, Any]:
    lines = [{"user": "177", "password": "sip-secret-of-177"}]
    wanted = {"mac": MAC, "vendor": "yealink", "model": "T46U", "site": "Bakery Blum/Mill"}
    return {**wanted, "lines": lines, **changes}


def document(*customers: object, devices: object = None) -> bytes:
    given = {"customers": list(customers)} | ({"devices": devices} if devices else {})
    return yaml.safe_dump(given, sort_keys=False).encode()


def check(
    house: House, octets: bytes, actor: Actor | None = None, *, create_missing: bool = False
) -> CheckedFile:
    return house.parts.operations.importing.check(
        actor or house.reseller, io.BytesIO(octets), create_missing=create_missing
    )


def imported(house: House, octets: bytes, **how: Any) -> int:
    found = check(house, octets, **how)
    assert [str(one) for one in found.mistakes] == []
    actor = how.get("actor") or house.reseller
    return house.parts.operations.importing.register(actor, found)


def told(found: CheckedFile) -> Iterator[str]:
    for one in found.mistakes:
        yield f"{one.row} {one.column}: {one.problem}"


def test_what_is_missing_is_made_with_the_phones_that_stand_there(house: House) -> None:
    octets = document(customer(), devices=[phone(order="A-7", plan="")])
    found = check(house, octets)
    assert found.places.titles == ("Bakery Blum", "Bakery Blum/Shop", "Bakery Blum/Mill")
    assert imported(house, octets) == 1
    placement = house.parts.store.devices.placement(Mac.parse(MAC))
    assert placement is not None
    assert placement.customer.parent_id == house.reseller.account_id
    assert placement.customer.time_zone == "Europe/Vienna"
    assert placement.customer.settings["language"] == "de"
    assert "s3cret-of-blum" not in repr(found.places.customers)
    assert placement.site.time_zone == "Europe/London"
    assert placement.site.settings == {"sip.expires": 900}
    assert placement.contacts == (Contact("Ann", (("work", "+49301"),)),)
    shop, _ = sorted(
        house.parts.store.sites.of_accounts([placement.customer.id]), key=lambda one: one.id
    )
    assert [str(one) for one in shop.networks] == ["192.0.2.0/25", "2001:db8:7::/64"]
    assert shop.time_zone == "Europe/Vienna"
    order = house.parts.store.orders.find("A-7", seller_id=house.reseller.account_id)
    assert order is not None
    assert order.site_id == placement.site.id


def test_a_dry_run_makes_nothing_and_a_second_run_nothing_more(house: House) -> None:
    octets = document(customer(), devices=[phone()])
    before = rows(house)
    assert check(house, octets).has_news
    assert rows(house) == before
    imported(house, octets)
    before = rows(house)
    again = check(house, octets)
    assert (again.has_news, again.unchanged, again.mistaken) == (False, 1, 0)
    assert imported(house, octets) == 0
    assert rows(house) == before


def test_customers_may_come_without_phones(house: House) -> None:
    assert imported(house, document(customer(), customer(name="Mill Weir", sites=[]))) == 0
    names = [one.name for one in house.parts.operations.directory.resellers(house.admin)]
    below = house.parts.store.accounts.below(
        Scope(house.reseller.account_id), kind=AccountKind.CUSTOMER
    )
    assert {"Bakery Blum", "Mill Weir"} <= {one.name for one in below}
    assert names


def test_one_that_is_there_gets_the_sites_that_it_lacks(house: House) -> None:
    imported(house, document(customer()))
    more = customer(sites=[{"name": "SHOP"}, {"name": "Barn"}])
    assert check(house, document(more)).places.titles == ("Bakery Blum/Barn",)


def test_one_that_stands_there_otherwise_is_a_mistake_that_names_what_differs(
    house: House,
) -> None:
    imported(house, document(customer()))
    other = customer(
        time_zone="Europe/Paris",
        settings={"language": "fr"},
        contacts=[{"name": "Ann", "work": "2"}],
        sites=[{"name": "Mill", "networks": ["192.0.2.128/25"]}],
    )
    assert list(told(check(house, document(other)))) == [
        "3 customers.1.time_zone: Bakery Blum is there already, with other time zone",
        "5 customers.1.settings: Bakery Blum is there already, with other settings",
        "7 customers.1.contacts: Bakery Blum is there already, with another phone book",
        "12 customers.1.sites.1.networks: Bakery Blum/Mill is there already, with other networks",
    ]


def test_all_mistakes_are_told_with_their_lines_and_no_secret(house: House) -> None:
    before = rows(house)
    octets = b"""\
customers:
  - name: Bakery Blum
    reseller: Nobody
    time_zone: Mars/Base
    settings: {languag: de, web.admin_password: 12}
    sites:
      - {name: "", networks: [10.0.0.0/8]}
      - {name: Shop, networks: [10.0.0.7/24]}
    contacts:
      - {name: Ann, work: "x"}
  - nam: Mill
"""
    found = check(house, octets)
    assert [(one.row, one.column) for one in found.mistakes] == [
        (3, "customers.1.reseller"),
        (4, "customers.1.time_zone"),
        (5, "customers.1.settings.languag"),
        (5, "customers.1.settings.web.admin_password"),
        (7, "customers.1.sites.1.name"),
        (7, "customers.1.sites.1.networks"),
        (8, "customers.1.sites.2.networks"),
        (10, "customers.1.contacts.1.work"),
        (11, "customers.2.name"),
        (11, "customers.2.nam"),
    ]
    assert rows(house) == before


def test_an_administrator_says_whose_customer_it_is_and_a_reseller_makes_its_own_alone(
    house: House,
) -> None:
    accounts = house.parts.store.accounts
    name = accounts.get(house.reseller.account_id).name
    other = accounts.create(
        kind=AccountKind.RESELLER,
        name="Charlie Telecom",
        parent_id=house.admin.account_id,
        currency="EUR",
        time_zone="Europe/Berlin",
    )
    octets = document(customer(reseller="charlie telecom", sites=[{"name": "Shop"}]))
    refused = check(house, octets)
    assert list(told(refused)) == [
        "12 customers.1.reseller: there is no reseller “charlie telecom”"
    ]
    assert not check(house, document(customer(reseller=name))).mistaken
    found = check(house, octets, house.admin)
    assert found.places.titles == ("Bakery Blum, of Charlie Telecom", "Bakery Blum/Shop")
    imported(house, octets, actor=house.admin)
    (blum,) = accounts.children([other.id])
    assert blum.name == "Bakery Blum"
    assert check(house, document(customer())).has_news, "another's customer of that name is no news"


HEADINGS = "mac,vendor,model,customer,site,line1_user,line1_password\r\n"


def sheet(*places: tuple[str, str]) -> bytes:
    lines = [
        f"80:5e:c0:00:01:{at:02x},Yealink,T46U,{customer},{site},1{at:02},sip-secret\r\n"
        for at, (customer, site) in enumerate(places)
    ]
    return "".join([HEADINGS, *lines]).encode()


def test_names_in_a_sheet_are_created_only_where_that_is_asked_for(house: House) -> None:
    octets = sheet(("Bakery Blum", "Shop"), ("bakery blum", "shop"), ("", "Bakery Blum/Mill"))
    assert check(house, octets).mistaken == 3
    found = check(house, octets, create_missing=True)
    assert found.places.titles == ("Bakery Blum", "Bakery Blum/Shop", "Bakery Blum/Mill")
    assert imported(house, octets, create_missing=True) == 3
    again = check(house, octets, create_missing=True)
    assert (again.unchanged, again.has_news) == (3, False)


def test_a_new_site_of_a_sheet_needs_its_customer(house: House) -> None:
    found = check(house, sheet(("", "Shop")), create_missing=True)
    assert list(told(found)) == ["2 site: a new site needs its customer's name"]


def test_nothing_is_made_twice_when_somebody_else_was_quicker(house: House) -> None:
    octets = document(customer(), devices=[phone()])
    importing = house.parts.operations.importing
    one, other = check(house, octets), check(house, octets)
    importing.register(house.reseller, one)
    before = rows(house)
    with pytest.raises(ConflictError, match="“Bakery Blum” has been created meanwhile"):
        importing.register(house.reseller, other)
    assert rows(house) == before


def test_a_failure_takes_customers_and_sites_back(house: House) -> None:
    found = check(house, document(customer(), devices=[phone()]))
    imported(house, document(customer(name="Another"), devices=[phone(site="Another/Mill")]))
    before = rows(house)
    with pytest.raises(ConflictError):
        house.parts.operations.importing.register(house.reseller, found)
    assert rows(house) == before
