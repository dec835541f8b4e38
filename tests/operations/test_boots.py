"""What a delivery leads to: the life cycle and the charges."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from provd.billing.money import Money
from provd.billing.plan import FeeKind, Side, StartsOn
from provd.devices.lifecycle import Evidence, Place, State
from provd.errors import NotFoundError, StoreUnavailable
from provd.operations.boots import Boots
from provd.operations.charging import Charging
from provd.operations.setup import NewFee, Terms, price
from provd.provisioning.journal import JournalEntry, new_id
from provd.provisioning.ways import Ways
from tests.conftest import PHONE, House
from tests.operations.conftest import START
from tests.operations.deliveries import (
    FIRST_BOOT,
    SITE,
    all_files,
    charges,
    delivery,
    device_of,
    refusal,
    told,
)
from tests.operations.forms import (
    demonstration_plan,
    plan_on_offer,
    registered,
    rows,
    without_retail_prices,
)

TWO_FILES = "64:16:7f:00:00:12"
"""A phone whose configuration is two files."""


def euros(amount: str) -> Money:
    return price(amount, "EUR")


AT = START + timedelta(hours=2)


def state(house: House, mac: str = PHONE) -> State:
    return device_of(house.parts, mac).state


def test_a_configuration_that_arrived_at_the_site_puts_the_phone_in_service(house: House) -> None:
    entry = delivery(house.parts, PHONE, AT)
    house.parts.operations.boots.book([entry])
    assert state(house) is State.IN_SERVICE
    event = house.parts.store.events.of_device(entry.device_id or 0)[-1]
    assert (event.before, event.after) == (State.REGISTERED, State.IN_SERVICE)
    assert (event.at, event.actor) == (AT, "phone")
    assert event.evidence == Evidence("805ec0000001.cfg", "https", 4096, SITE, Place.SITE)


def test_the_first_boot_charges_setup_and_the_first_lease_to_both_sides_once(house: House) -> None:
    house.parts.operations.boots.book([delivery(house.parts, PHONE, AT)])
    assert told(house.parts) == FIRST_BOOT
    assert {one.due_at for one in charges(house.parts)} == {AT}


def test_wholesale_is_owed_by_the_reseller_and_retail_by_the_customer(house: House) -> None:
    house.parts.operations.boots.book([delivery(house.parts, PHONE, AT)])
    provider, reseller, customer = 1, house.reseller.account_id, house.customer.account_id
    owed = {(one.side, one.issuer_id, one.debtor_id) for one in charges(house.parts)}
    assert owed == {
        (Side.WHOLESALE, provider, reseller),
        (Side.RETAIL, reseller, customer),
    }


def test_each_charge_names_the_delivery_that_caused_it(house: House) -> None:
    entry = delivery(house.parts, PHONE, AT)
    house.parts.operations.boots.book([entry])
    (cause,) = {one.cause for one in charges(house.parts)}
    assert cause.event_id == f"boot:{entry.id}"
    assert (cause.kind, cause.at, cause.file) == ("booted", AT, entry.path)
    assert (cause.transport, cause.bytes_sent, cause.address) == ("https", 4096, SITE)


def test_the_ledger_balances_after_a_boot(house: House) -> None:
    house.parts.operations.boots.book([delivery(house.parts, PHONE, AT)])
    books = house.parts.store.books
    posted = [books.transaction_of(one.key) for one in charges(house.parts)]
    assert None not in posted
    assert books.balance("1:revenue:setup") == {"EUR": -euros("12.00")}
    assert books.balance(f"1:receivable:{house.reseller.account_id}") == {"EUR": euros("14.52")}


def test_booking_the_same_entries_again_changes_nothing(house: House) -> None:
    entries = [refusal(house.parts, PHONE, AT), delivery(house.parts, PHONE, AT)]
    house.parts.operations.boots.book(entries)
    before = rows(house)
    house.parts.operations.boots.book(entries)
    assert rows(house) == before


def test_a_replayed_delivery_does_not_bring_a_returned_phone_into_service(house: House) -> None:
    """The spool may be read again long after; what was booked is booked."""
    entry = delivery(house.parts, PHONE, AT)
    house.parts.operations.boots.book([entry])
    device = device_of(house.parts, PHONE)
    house.parts.store.devices.change_state(device.id, State.IN_SERVICE, State.REGISTERED)
    house.parts.operations.boots.book([entry])
    assert state(house) is State.REGISTERED


def test_the_evidence_is_the_delivery_and_not_a_request_beside_it(house: House) -> None:
    head = delivery(house.parts, PHONE, AT, whole=False, bytes_sent=0)
    whole = delivery(house.parts, PHONE, AT + timedelta(seconds=1))
    house.parts.operations.boots.book([head, whole])
    event = house.parts.store.events.of_device(device_of(house.parts, PHONE).id)[-1]
    assert event.id == f"boot:{whole.id}"


def test_a_second_boot_charges_nothing_and_moves_nothing(house: House) -> None:
    for days in range(3):
        at = AT + timedelta(days=days)
        house.parts.operations.boots.book([delivery(house.parts, PHONE, at)])
    assert told(house.parts) == FIRST_BOOT
    assert len(house.parts.store.events.of_device(device_of(house.parts, PHONE).id)) == 2


def test_every_file_of_the_configuration_must_have_arrived(house: House) -> None:
    first, second = all_files(house.parts, TWO_FILES, AT)
    house.parts.operations.boots.book([first])
    assert state(house, TWO_FILES) is State.REGISTERED
    assert charges(house.parts) == []
    house.parts.operations.boots.book([second])
    assert state(house, TWO_FILES) is State.IN_SERVICE
    assert told(house.parts) == FIRST_BOOT


def test_the_files_may_arrive_in_either_order(house: House) -> None:
    first, second = all_files(house.parts, TWO_FILES, AT)
    swapped = [replace(second, finished_at=first.finished_at), replace(first, finished_at=AT)]
    for entry in swapped:
        house.parts.operations.boots.book([entry])
    assert state(house, TWO_FILES) is State.IN_SERVICE


def test_a_file_that_is_booked_late_completes_the_configuration_too(house: House) -> None:
    """Several processes book what they served, each when it can."""
    first, second = all_files(house.parts, TWO_FILES, AT)
    house.parts.operations.boots.book([second])
    house.parts.operations.boots.book([first])
    assert state(house, TWO_FILES) is State.IN_SERVICE
    assert told(house.parts) == FIRST_BOOT


def test_the_same_file_twice_is_not_two_files(house: House) -> None:
    first, _ = all_files(house.parts, TWO_FILES, AT)
    again = delivery(house.parts, TWO_FILES, AT, first.file_kind)
    house.parts.operations.boots.book([first, again])
    assert state(house, TWO_FILES) is State.REGISTERED


@pytest.mark.parametrize(
    ("minutes", "after"), [(14, State.IN_SERVICE), (15, State.IN_SERVICE), (16, State.REGISTERED)]
)
def test_the_files_may_come_in_two_boots_within_15_minutes(
    house: House, minutes: int, after: State
) -> None:
    first, second = (
        delivery(house.parts, TWO_FILES, AT + timedelta(minutes=apart), kind, boot_id=kind)
        for kind, apart in (("registration", 0), ("settings", minutes))
    )
    house.parts.operations.boots.book([first])
    house.parts.operations.boots.book([second])
    assert state(house, TWO_FILES) is after


def test_files_from_bench_and_site_do_not_complete_each_other(house: House) -> None:
    first, second = all_files(house.parts, TWO_FILES, AT)
    house.parts.operations.boots.book([replace(first, place=Place.BENCH), second])
    assert state(house, TWO_FILES) is State.REGISTERED


def test_a_fetch_on_the_bench_moves_and_charges_nothing(house: House) -> None:
    house.parts.operations.boots.book(all_files(house.parts, TWO_FILES, AT, Place.BENCH))
    house.parts.operations.boots.book([delivery(house.parts, PHONE, AT, place=Place.BENCH)])
    assert state(house, TWO_FILES) is state(house) is State.REGISTERED
    assert charges(house.parts) == []


NOTHING_ARRIVED: dict[str, dict[str, Any]] = {
    "HEAD": {"whole": False, "bytes_sent": 0},
    "304": {"whole": False, "bytes_sent": 0, "status": "304"},
    "aborted": {"whole": False, "bytes_sent": 2048, "status": "timeout"},
    "another file": {"completes_boot": False, "file_kind": "common"},
    "from an unknown place": {"place": None},
    "nobody's": {"device_id": None},
}


@pytest.mark.parametrize("what", NOTHING_ARRIVED)
def test_nothing_happens_when_the_configuration_did_not_arrive(house: House, what: str) -> None:
    entry = delivery(house.parts, PHONE, AT, **NOTHING_ARRIVED[what])
    house.parts.operations.boots.book([entry])
    assert state(house) is State.REGISTERED
    assert charges(house.parts) == []
    assert house.parts.store.journal.of_mac(device_of(house.parts, PHONE).mac) == [entry]


def test_a_transaction_that_fails_half_way_books_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(house)
    entry = delivery(house.parts, PHONE, AT)
    with monkeypatch.context() as patch:
        patch.setattr(Charging, "charge", _unavailable)
        with pytest.raises(StoreUnavailable):
            house.parts.operations.boots.book([entry])
    assert rows(house) == before
    house.parts.operations.boots.book([entry])
    assert told(house.parts) == FIRST_BOOT


def _unavailable(*_: object) -> None:
    raise StoreUnavailable("the database can't be used: its disk is full")


def test_a_missing_retail_price_holds_up_neither_wholesale_nor_the_life_cycle(
    house: House,
) -> None:
    without_retail_prices(house)
    house.parts.operations.boots.book([delivery(house.parts, PHONE, AT)])
    assert state(house) is State.IN_SERVICE
    assert told(house.parts) == [one for one in FIRST_BOOT if one[0] is Side.WHOLESALE]


def test_a_suspended_phone_stays_suspended(house: House) -> None:
    device = device_of(house.parts, PHONE)
    house.parts.store.devices.change_state(device.id, State.REGISTERED, State.SUSPENDED)
    house.parts.operations.boots.book([delivery(house.parts, PHONE, AT)])
    assert state(house) is State.SUSPENDED


def test_a_phone_without_a_plan_goes_into_service_and_costs_nothing(house: House) -> None:
    device = registered(house, plan_id=None)
    house.parts.operations.boots.book([delivery(house.parts, str(device.mac), AT)])
    assert state(house, str(device.mac)) is State.IN_SERVICE
    assert charges(house.parts) == []


def test_a_plan_may_start_when_the_phone_is_registered(house: House) -> None:
    plan = plan_on_offer(house, StartsOn.REGISTERED)
    device = registered(house, plan_id=plan)
    assert [one[:2] for one in told(house.parts)] == [one[:2] for one in FIRST_BOOT]
    assert {one.cause.kind for one in charges(house.parts)} == {"registered"}
    house.parts.operations.boots.book([delivery(house.parts, str(device.mac), AT)])
    assert len(charges(house.parts)) == 4


def test_a_plan_that_starts_when_shipped_starts_at_the_latest_with_the_first_boot(
    house: House,
) -> None:
    """A phone that boots at the customer's has been shipped, whether or not somebody said so."""
    device = registered(house, plan_id=plan_on_offer(house, StartsOn.SHIPPED))
    assert charges(house.parts) == []
    house.parts.operations.boots.book([delivery(house.parts, str(device.mac), AT)])
    assert len(charges(house.parts)) == 4


def test_more_than_15_charges_for_a_device_in_a_day_park_the_customer(house: House) -> None:
    _boot_with_fees(house, 16)
    (parked,) = house.parts.store.books.parked(house.admin.scope)
    assert parked.account_id == house.customer.account_id
    assert parked.reason.startswith("16 charges for device")


def test_15_charges_for_a_device_in_a_day_park_nobody(house: House) -> None:
    _boot_with_fees(house, 15)
    assert house.parts.store.books.parked(house.admin.scope) == []


def test_a_parked_customer_is_charged_no_further_and_everything_once_somebody_has_looked(
    house: House,
) -> None:
    parts, customer = house.parts, house.customer.account_id
    parts.store.books.park(customer, "more than 15 charges", AT)
    parts.operations.boots.book([delivery(parts, PHONE, AT)])
    assert state(house) is State.IN_SERVICE
    assert charges(parts) == []
    parts.store.books.unpark(customer)
    parts.operations.billing.run(AT)
    assert told(parts) == FIRST_BOOT


def _boot_with_fees(house: House, count: int) -> None:
    euro = price("1.00", "EUR")
    fees = [NewFee(FeeKind.SERVICE, f"Service {n}", False, euro, euro) for n in range(count)]
    plan = house.parts.operations.setup.create_plan(1, "Many fees", fees, terms=Terms())
    device = registered(house, plan_id=plan.id)
    house.parts.operations.boots.book([delivery(house.parts, str(device.mac), AT)])


def window_is_open(house: House, mac: str) -> bool:
    placement = house.parts.store.devices.placement(device_of(house.parts, mac).mac)
    assert placement is not None
    return placement.enrolment.open_until is not None


@pytest.mark.parametrize("tokens", [True, False])
def test_a_delivered_token_closes_the_enrolment_window(house: House, tokens: bool) -> None:
    store = house.parts.store
    boots = Boots(store, Charging(store), closes_window=lambda _: tokens)
    boots.book([delivery(house.parts, PHONE, AT)])
    assert window_is_open(house, PHONE) is not tokens


@pytest.mark.parametrize(
    ("ways", "closes"),
    [(["network", "enrolment"], False), (["token"], True), (["enrolment", "credentials"], True)],
)
def test_a_phone_that_is_told_no_way_back_keeps_its_window(
    house: House, ways: list[str], closes: bool
) -> None:
    parts = house.parts
    device = device_of(parts, PHONE)
    parts.store.sites.update(device.site_id, settings={"trust.ways": ways})
    lead_back = Ways(parts.registry, parts.profiles).lead_back
    boots = Boots(parts.store, Charging(parts.store), closes_window=lead_back)
    boots.book([delivery(parts, PHONE, AT)])
    assert window_is_open(house, PHONE) is not closes


def test_half_a_configuration_leaves_the_enrolment_window_open(house: House) -> None:
    store = house.parts.store
    first: JournalEntry = all_files(house.parts, TWO_FILES, AT)[0]
    Boots(store, Charging(store), closes_window=lambda _: True).book([first])
    assert window_is_open(house, TWO_FILES)


def _questions(house: House, entries: list[JournalEntry]) -> int:
    """How many statements booking them takes."""
    database = house.parts.store.books._database.peewee
    asked = 0
    execute: Any = database.execute_sql

    def counted(*arguments: Any) -> Any:
        nonlocal asked
        asked += 1
        return execute(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "execute_sql", counted)
        house.parts.operations.boots.book(entries)
    return asked


def _later(entries: list[JournalEntry]) -> list[JournalEntry]:
    """The same files asked for a day later."""
    return [
        replace(entry, id=new_id(), finished_at=entry.finished_at + timedelta(days=1))
        for entry in entries
    ]


def test_booking_asks_for_forty_first_boots_little_more_than_for_one(house: House) -> None:
    plan = demonstration_plan(house)
    phones = [
        str(registered(house, mac=f"80:5e:c0:00:07:{number:02}", plan_id=plan).mac)
        for number in range(40)
    ]
    first, *others = [delivery(house.parts, mac, AT) for mac in phones]
    assert _questions(house, others) < _questions(house, [first]) + 15  # insertions in groups
    assert len(charges(house.parts)) == 4 * 40
    assert _questions(house, _later([first])) == _questions(house, _later(others))


def test_a_refusal_and_a_repeated_boot_cost_little_more_than_their_insertion(
    house: House,
) -> None:
    nothing = _questions(house, [])
    refused = _questions(house, [refusal(house.parts, PHONE, AT)])
    house.parts.operations.boots.book([delivery(house.parts, PHONE, AT)])
    again = _questions(house, [delivery(house.parts, PHONE, AT + timedelta(days=1))])
    assert refused == nothing + 1
    assert again == refused + 1


def test_a_delivery_to_a_device_that_is_gone_is_refused_with_its_batch(house: House) -> None:
    before = rows(house)
    known = delivery(house.parts, PHONE, AT)
    with pytest.raises(NotFoundError):
        house.parts.operations.boots.book([known, replace(known, id="gone", device_id=999)])
    assert rows(house) == before


def test_the_phones_of_a_parked_customer_wait_and_the_others_in_the_batch_do_not(
    house: House,
) -> None:
    parts, plan = house.parts, demonstration_plan(house)
    directory = parts.operations.directory
    neighbour = directory.create_customer(house.reseller, "Neighbour")
    site = directory.create_site(house.reseller, neighbour.id, "Office", "127.0.0.1/32", "")
    elsewhere = registered(house, plan_id=plan, site_id=site.id)
    parts.store.books.park(house.customer.account_id, "more than 15 charges", AT)
    entries = [delivery(parts, mac, AT) for mac in (PHONE, str(elsewhere.mac))]
    parts.operations.boots.book(entries)
    assert state(house) is state(house, str(elsewhere.mac)) is State.IN_SERVICE
    assert told(parts) == FIRST_BOOT
    assert {one.debtor_id for one in charges(parts) if one.side is Side.RETAIL} == {neighbour.id}
