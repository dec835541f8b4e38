"""Lists and pages. Alice owns what there is, Bob works for her reseller, Charlie for another."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from provd.billing.plan import Side
from provd.devices.account import Role
from provd.devices.lifecycle import Place, State
from provd.errors import InputError, NotFoundError
from provd.operations import Actor
from provd.operations.directory import boots_of
from provd.operations.networks import networks_from
from tests.conftest import PHONE, House
from tests.operations.conftest import START, Clock
from tests.operations.deliveries import all_files, delivery, refusal
from tests.operations.forms import LINE, registered, rows, site_id

AT = START + timedelta(hours=2)


def found(house: House, search: str, actor: Actor | None = None) -> list[str]:
    page = house.parts.operations.directory.devices(actor or house.reseller, search=search)
    return [str(row.device.mac) for row in page.items]


@pytest.mark.parametrize(
    "search",
    ["805ec0000001", "80:5E:C0:00:00:01", "805e.c000.0001", "MAC 805EC0-000001"],
)
def test_a_mac_is_found_in_any_notation(house: House, search: str) -> None:
    assert found(house, search) == [PHONE]


@pytest.mark.parametrize(
    "search", ["c0:00:00:01", "C0000001", " reception ", "CEPT", "101", "t46u"]
)
def test_a_part_of_mac_label_user_or_model_finds_it(house: House, search: str) -> None:
    assert found(house, search) == [PHONE]


@pytest.mark.parametrize("search", ["Front desk", "harbour", ""])
def test_site_and_customer_find_all_their_phones(house: House, search: str) -> None:
    assert len(found(house, search)) == 4


@pytest.mark.parametrize("search", ["%", "T4_U", "no such phone", "' OR 1=1 --"])
def test_what_is_nowhere_finds_nothing(house: House, search: str) -> None:
    assert found(house, search) == []


def test_devices_are_paged(house: House) -> None:
    page = house.parts.operations.directory.devices(house.reseller, page=2, size=3)
    assert (page.total, page.count, page.number, len(page.items)) == (4, 2, 2, 1)


def test_devices_are_narrowed_by_state_and_site(house: House) -> None:
    directory = house.parts.operations.directory
    house.parts.operations.boots.book([delivery(house.parts, PHONE, AT)])
    page = directory.devices(house.reseller, state=State.IN_SERVICE)
    assert [str(row.device.mac) for row in page.items] == [PHONE]
    assert directory.devices(house.reseller, site_id=999).total == 0
    assert directory.devices(house.reseller, site_id=site_id(house)).total == 4


def test_a_row_tells_the_last_boot_and_the_last_refusal(house: House) -> None:
    house.parts.operations.boots.book(
        [delivery(house.parts, PHONE, AT), refusal(house.parts, PHONE, AT + timedelta(hours=1))]
    )
    (row,) = house.parts.operations.directory.devices(house.reseller, search=PHONE).items
    assert row.last_boot_at == AT
    assert row.last_refusal_at == AT + timedelta(hours=1) - timedelta(seconds=1)
    assert (row.site, row.customer) == ("Front desk", "Harbour Dental Practice")


def test_a_devices_page_tells_all_of_it(house: House) -> None:
    house.parts.operations.boots.book([delivery(house.parts, PHONE, AT)])
    page = house.parts.operations.directory.device(house.reseller, "805E.C000.0001")
    assert page.device.state is State.IN_SERVICE
    assert (page.vendor_title, page.model_title) == ("Yealink", "Yealink T46U")
    assert (page.customer.name, page.site.name) == ("Harbour Dental Practice", "Front desk")
    assert page.reseller is not None
    assert page.reseller.name == "Bluebird Telephony"
    assert [boot.complete for boot in page.boots] == [True]
    assert [event.after for event in page.events] == [State.REGISTERED, State.IN_SERVICE]
    assert {charge.side for charge in page.charges} == set(Side)
    assert "805ec0000001.cfg" in page.boot_files
    assert page.enrolment_open_until is not None


def test_a_customer_sees_on_the_page_what_it_pays_itself(house: House) -> None:
    house.parts.operations.boots.book([delivery(house.parts, PHONE, AT)])
    page = house.parts.operations.directory.device(house.customer, PHONE)
    assert {charge.side for charge in page.charges} == {Side.RETAIL}


def test_a_page_of_charges_is_the_devices_own(house: House) -> None:
    house.parts.operations.boots.book([delivery(house.parts, PHONE, AT)])
    assert house.parts.operations.directory.device(house.reseller, "805ec0000011").charges == ()


Look = Callable[[House, Actor], object]
LOOKS: dict[str, Look] = {
    "page": lambda house, who: house.parts.operations.directory.device(who, PHONE),
    "password": lambda house, who: house.parts.operations.directory.reveal_password(who, PHONE, 1),
    "window": lambda house, who: house.parts.operations.directory.open_enrolment_window(
        who, PHONE, AT
    ),
    "site": lambda house, who: house.parts.operations.directory.create_site(
        who, house.customer.account_id, "Attic", "", ""
    ),
}


@pytest.mark.parametrize("look", LOOKS)
def test_bob_may_help_alice_and_charlie_finds_nothing(house: House, look: str) -> None:
    bob = Actor("bob", Role.RESELLER, house.reseller.account_id)
    before = rows(house)
    with pytest.raises(NotFoundError):
        LOOKS[look](house, house.stranger())
    assert rows(house) == before | {"account": before["account"] + 1}
    LOOKS[look](house, bob)


def test_charlies_lists_are_empty(house: House) -> None:
    charlie, directory = house.stranger(), house.parts.operations.directory
    assert directory.devices(charlie).total == 0
    assert directory.customers(charlie).items == ()
    assert directory.sites(charlie) == []
    assert found(house, "805ec0000001", charlie) == []
    summary = directory.summary(charlie)
    assert (dict(summary.devices), summary.boots_today) == ({}, 0)


def test_what_is_not_there_and_what_is_not_ones_own_read_the_same(house: House) -> None:
    charlie, directory = house.stranger(), house.parts.operations.directory
    texts = set()
    for mac in (PHONE, "80:5e:c0:99:99:99", "no MAC at all"):
        with pytest.raises(NotFoundError) as missing:
            directory.device(charlie, mac)
        texts.add(str(missing.value))
    assert len(texts) == 1


@pytest.mark.parametrize("look", ["password", "window", "site"])
def test_a_customer_may_look_and_change_nothing(house: House, look: str) -> None:
    with pytest.raises(NotFoundError):
        LOOKS[look](house, house.customer)


def test_the_fulfilment_house_has_no_lists(house: House) -> None:
    directory = house.parts.operations.directory
    for read in (directory.devices, directory.sites, directory.customers, directory.resellers):
        with pytest.raises(NotFoundError):
            read(house.warehouse)
    with pytest.raises(NotFoundError):
        directory.device(house.warehouse, PHONE)
    with pytest.raises(NotFoundError):
        directory.reveal_password(house.warehouse, PHONE, 1)


def test_resellers_are_the_providers_to_see(house: House) -> None:
    directory = house.parts.operations.directory
    assert [one.name for one in directory.resellers(house.admin)] == ["Bluebird Telephony"]
    with pytest.raises(NotFoundError):
        directory.resellers(house.reseller)


def test_a_password_is_revealed_line_by_line(house: House) -> None:
    registered(house, lines=(LINE,))
    reveal = house.parts.operations.directory.reveal_password
    assert reveal(house.reseller, "805ec0000077", 1) == "sip-secret-of-177"
    with pytest.raises(NotFoundError):
        reveal(house.reseller, "805ec0000077", 2)


def test_who_looked_at_a_password_is_logged_and_the_password_is_not(house: House) -> None:
    registered(house)
    with capture_logs() as logged:
        house.parts.operations.directory.reveal_password(house.reseller, "80-5E-C0-00-00-77", 1)
    assert logged == [
        {
            "event": "password_revealed",
            "log_level": "info",
            "by": house.reseller.name,
            "mac": "80:5e:c0:00:00:77",
            "line": 1,
        }
    ]


def test_an_enrolment_window_opens_again_for_any_address(house: House) -> None:
    devices, directory = house.parts.store.devices, house.parts.operations.directory
    device = directory.device(house.reseller, PHONE).device
    devices.pin_window(device.id, "192.0.2.1")
    devices.close_window(device.id)
    assert directory.device(house.reseller, PHONE).enrolment_open_until is None
    directory.open_enrolment_window(house.reseller, PHONE, AT)
    page = directory.device(house.reseller, PHONE)
    assert (page.enrolment_open_until, page.enrolment_address) == (AT, "")


def test_a_customer_is_created_below_its_reseller(house: House) -> None:
    directory = house.parts.operations.directory
    made = directory.create_customer(house.reseller, "  Corner Bakery ")
    assert (made.name, made.parent_id) == ("Corner Bakery", house.reseller.account_id)
    assert (made.currency, made.time_zone) == ("EUR", "Europe/Berlin")
    row = next(row for row in directory.customers(house.admin).items if row.account == made)
    assert (row.reseller, row.sites, row.devices) == ("Bluebird Telephony", (), 0)


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 121, "harbour DENTAL practice"])
def test_a_customers_name_is_one_line_and_new(house: House, name: str) -> None:
    before = rows(house)
    with pytest.raises(InputError) as refused:
        house.parts.operations.directory.create_customer(house.reseller, name)
    assert refused.value.key == "name"
    assert rows(house) == before


def test_another_sellers_customer_may_have_the_same_name(house: House) -> None:
    directory = house.parts.operations.directory
    for actor in (house.stranger(), house.admin):
        assert directory.create_customer(actor, "Harbour Dental Practice").id


def test_a_site_is_created_with_its_networks(house: House) -> None:
    directory = house.parts.operations.directory
    customer = house.customer.account_id
    made = directory.create_site(
        house.reseller, customer, " Attic ", "192.0.2.0/24,\n2001:db8::/48", ""
    )
    assert made.name == "Attic"
    assert [str(network) for network in made.networks] == ["192.0.2.0/24", "2001:db8::/48"]
    assert made.time_zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("name", "networks", "zone", "key"),
    [
        ("", "", "", "name"),
        ("a\tb", "", "", "name"),
        ("Attic", "192.0.2.1/24", "", "networks"),
        ("Attic", "", "Europe/Atlantis", "time_zone"),
        ("Attic", "", "../../etc/passwd", "time_zone"),
        ("Attic", "", "Europe", "time_zone"),
    ],
)
def test_a_site_that_can_not_be_is_refused_with_its_field(
    house: House, name: str, networks: str, zone: str, key: str
) -> None:
    with pytest.raises(InputError) as refused:
        house.parts.operations.directory.create_site(
            house.reseller, house.customer.account_id, name, networks, zone
        )
    assert refused.value.key == key


def test_a_site_belongs_to_a_customer(house: House) -> None:
    with pytest.raises(InputError, match="belongs to a customer"):
        house.parts.operations.directory.create_site(
            house.reseller, house.reseller.account_id, "Attic", "", ""
        )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("192.0.2.1/24", "“192.0.2.1/24” is not a network. Did you mean 192.0.2.0/24?"),
        ("office", "“office” is not a network. Write it as 192.0.2.0/24, or 192.0.2.7 for one"),
        ("192.0.2.0/33", "“192.0.2.0/33” is not a network"),
        ("0.0.0.0/0", "0.0.0.0/0 is everybody. Name the site's own addresses"),
        ("192.0.2.0/24 ::/0", "::/0 is everybody"),
        (
            "0.0.0.0/1 128.0.0.0/1",
            "0.0.0.0/1 is too large for a site. Name the site's own addresses, /16 at most, or ask",
        ),
        ("10.0.0.0/15", "10.0.0.0/15 is too large"),
        ("192.0.2.0/24 2001:db8::/31", "2001:db8::/31 is too large for a site"),
    ],
)
def test_a_network_that_is_none_is_named_with_a_remedy(text: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        networks_from(text)
    assert problem in str(refused.value)
    assert refused.value.key == "networks"


def test_only_the_provider_gives_a_site_a_part_of_the_internet(house: House) -> None:
    directory = house.parts.operations.directory
    halves = "0.0.0.0/1, 128.0.0.0/1"
    customer = house.customer.account_id
    with pytest.raises(InputError, match="too large for a site") as refused:
        directory.create_site(house.reseller, customer, "Attic", halves, "")
    assert refused.value.key == "networks"
    assert len(directory.create_site(house.admin, customer, "Attic", halves, "").networks) == 2
    broadest = "10.0.0.0/16 2001:db8::/32"
    assert len(directory.create_site(house.reseller, customer, "Loft", broadest, "").networks) == 2


def test_one_address_is_a_network() -> None:
    assert [str(network) for network in networks_from(" 192.0.2.7 ")] == ["192.0.2.7/32"]
    assert networks_from(" ,\n") == ()


def test_boots_stand_newest_first_and_their_files_in_the_order_asked(house: House) -> None:
    mac = "64:16:7f:00:00:12"
    first = all_files(house.parts, mac, AT, Place.BENCH)
    second = all_files(house.parts, mac, AT + timedelta(hours=3))
    boots = boots_of([*reversed(second), *reversed(first)])
    assert [boot.at for boot in boots] == [second[0].at, first[0].at]
    assert [boot.entries for boot in boots] == [tuple(second), tuple(first)]
    assert all(boot.complete for boot in boots)


def test_a_boot_that_lacks_a_file_is_not_complete(house: House) -> None:
    first, second = all_files(house.parts, "64:16:7f:00:00:12", AT)
    assert not boots_of([first])[0].complete
    assert not boots_of([refusal(house.parts, PHONE, AT)])[0].complete
    assert boots_of([first, second])[0].complete


def test_a_summary_counts_today_and_this_month(house: House, clock: Clock) -> None:
    house.parts.operations.boots.book(
        [delivery(house.parts, PHONE, AT), refusal(house.parts, PHONE, AT)]
    )
    clock.now = AT
    summary = house.parts.operations.directory.summary(house.reseller)
    assert dict(summary.devices) == {State.REGISTERED: 3, State.IN_SERVICE: 1}
    assert (summary.boots_today, summary.refusals_today) == (1, 1)
    assert (str(summary.retail), str(summary.wholesale)) == ("29.19 EUR", "14.52 EUR")


def test_a_summary_begins_anew_at_midnight_where_the_account_is(house: House, clock: Clock) -> None:
    house.parts.operations.boots.book([delivery(house.parts, PHONE, AT)])
    clock.now = AT.replace(hour=21, minute=59)
    assert house.parts.operations.directory.summary(house.reseller).boots_today == 1
    clock.move(minutes=1)
    assert house.parts.operations.directory.summary(house.reseller).boots_today == 0


def test_a_summary_shows_sums_to_those_whom_they_concern(house: House) -> None:
    directory = house.parts.operations.directory
    customers = directory.summary(house.customer)
    assert customers.wholesale is None
    assert customers.retail is not None
    benchs = directory.summary(house.warehouse)
    assert (benchs.wholesale, benchs.retail) == (None, None)
