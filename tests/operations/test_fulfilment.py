"""The bench: scan, stage, ship."""

from datetime import timedelta

import pytest

from provd.billing.plan import StartsOn
from provd.devices.account import Role
from provd.devices.lifecycle import Evidence, Place, State
from provd.errors import InputError, LifecycleError, MacError, NotFoundError
from provd.operations import Actor
from tests.conftest import ORDER, PHONE, House
from tests.operations.conftest import Clock
from tests.operations.deliveries import BENCH, all_files, charges, device_of, told
from tests.operations.forms import form, plan_on_offer, registered, rows

PHONES = ["64:16:7f:00:00:12", "80:5e:c0:00:00:11", "c0:74:ad:00:00:13"]
TWO_FILES, ONE_FILE, _ = PHONES


def fetch(house: House, clock: Clock, *macs: str) -> None:
    """The phones boot on the bench, a minute from now."""
    at = clock.move(minutes=1)
    for mac in macs:
        house.parts.operations.boots.book(all_files(house.parts, mac, at, Place.BENCH))


def stage(house: House, *macs: str, order: str = ORDER) -> None:
    for mac in macs:
        house.parts.operations.fulfilment.stage(house.warehouse, order, mac)


def test_an_order_shows_its_phones_and_which_have_fetched(house: House, clock: Clock) -> None:
    fetch(house, clock, ONE_FILE)
    row = house.parts.operations.fulfilment.order(house.warehouse, ORDER.lower())
    assert (row.customer, row.site) == ("Harbour Dental Practice", "Front desk")
    fetched = {str(found.device.mac): found.fetched_at for found in row.devices}
    assert fetched == {TWO_FILES: None, ONE_FILE: clock.now, PHONES[2]: None}
    assert not row.ready_to_ship


def test_what_the_bench_sees_holds_no_sip_credentials(house: House) -> None:
    row = house.parts.operations.fulfilment.order(house.warehouse, ORDER)
    assert [found.device.lines for found in row.devices] == [(), (), ()]
    scanned = house.parts.operations.fulfilment.scan(house.warehouse, ORDER, ONE_FILE)
    assert scanned.device.lines == ()


@pytest.mark.parametrize(
    "label", ["805EC0000011", "80-5e-c0-00-00-11", "805e.c000.0011", " MAC: 80:5E:C0:00:00:11\n"]
)
def test_a_label_is_read_in_any_notation(house: House, label: str) -> None:
    found = house.parts.operations.fulfilment.scan(house.warehouse, ORDER, label)
    assert str(found.device.mac) == ONE_FILE
    assert found.model_title.endswith("T54W")


def test_a_models_title_names_its_vendor_once(house: House) -> None:
    row = house.parts.operations.fulfilment.order(house.warehouse, ORDER)
    for found in row.devices:
        words = found.model_title.split()
        assert len(words) == len(set(words)), found.model_title


def test_what_is_no_label_is_told_so(house: House) -> None:
    with pytest.raises(MacError, match="is not a MAC address"):
        house.parts.operations.fulfilment.scan(house.warehouse, ORDER, "4006381333931")


def test_a_phone_of_another_order_is_told_with_the_right_one(house: House) -> None:
    registered(house, order_reference="B-2")
    with pytest.raises(InputError, match=r"does not belong to order HDP-1001.*to order B-2"):
        house.parts.operations.fulfilment.scan(house.warehouse, ORDER, form(house).mac)


def test_a_phone_of_no_order_is_put_aside(house: House) -> None:
    with pytest.raises(InputError, match="in no order: put it aside"):
        house.parts.operations.fulfilment.scan(house.warehouse, ORDER, PHONE)


def test_a_phone_that_nobody_registered_is_put_aside(house: House) -> None:
    with pytest.raises(NotFoundError, match=r"is not registered. Put it aside"):
        house.parts.operations.fulfilment.scan(house.warehouse, ORDER, "80:5e:c0:99:99:99")


def test_a_phone_is_staged_once_it_has_fetched_all_on_the_bench(house: House, clock: Clock) -> None:
    fetch(house, clock, TWO_FILES)
    staged = house.parts.operations.fulfilment.stage(house.warehouse, ORDER, TWO_FILES)
    assert staged.device.state is State.STAGED
    event = house.parts.store.events.of_device(staged.device.id)[-1]
    assert (event.after, event.actor) == (State.STAGED, house.warehouse.name)
    assert event.evidence == Evidence(staged.fetched_file, "https", 4096, BENCH, Place.BENCH)
    assert charges(house.parts) == []


def test_a_phone_that_fetched_nothing_is_not_staged(house: House) -> None:
    before = rows(house)
    with pytest.raises(InputError, match=r"has not fetched.*Plug it into a bench port"):
        stage(house, ONE_FILE)
    assert rows(house) == before


def test_a_phone_that_fetched_a_part_is_not_staged(house: House, clock: Clock) -> None:
    first, _ = all_files(house.parts, TWO_FILES, clock.move(minutes=1), Place.BENCH)
    house.parts.operations.boots.book([first])
    with pytest.raises(InputError, match="has not fetched"):
        stage(house, TWO_FILES)


def test_a_fetch_at_the_site_does_not_stage(house: House, clock: Clock) -> None:
    first, second = all_files(house.parts, TWO_FILES, clock.move(minutes=1))
    house.parts.operations.boots.book([first])
    with pytest.raises(InputError, match="has not fetched"):
        stage(house, TWO_FILES)
    house.parts.operations.boots.book([second])
    fetch(house, clock, TWO_FILES)
    with pytest.raises(LifecycleError, match="in service"):
        stage(house, TWO_FILES)


def test_staging_twice_changes_nothing(house: House, clock: Clock) -> None:
    fetch(house, clock, ONE_FILE)
    stage(house, ONE_FILE)
    before = rows(house)
    stage(house, ONE_FILE)
    assert rows(house) == before


def test_a_whole_order_ships(house: House, clock: Clock) -> None:
    fetch(house, clock, *PHONES)
    stage(house, *PHONES)
    assert house.parts.operations.fulfilment.order(house.warehouse, ORDER).ready_to_ship
    row = house.parts.operations.fulfilment.ship(house.warehouse, ORDER)
    assert row.order.shipped_at == clock.now
    assert {found.device.state for found in row.devices} == {State.SHIPPED}
    assert charges(house.parts) == []


def test_shipping_names_the_phones_that_are_missing(house: House, clock: Clock) -> None:
    fetch(house, clock, *PHONES)
    stage(house, ONE_FILE)
    before = rows(house)
    with pytest.raises(InputError, match=f"not staged yet: {TWO_FILES}, {PHONES[2]}"):
        house.parts.operations.fulfilment.ship(house.warehouse, ORDER)
    assert rows(house) == before
    assert device_of(house.parts, ONE_FILE).state is State.STAGED


def test_shipping_twice_changes_nothing(house: House, clock: Clock) -> None:
    fetch(house, clock, *PHONES)
    stage(house, *PHONES)
    shipped = house.parts.operations.fulfilment.ship(house.warehouse, ORDER)
    before = rows(house)
    clock.move(days=1)
    assert house.parts.operations.fulfilment.ship(house.warehouse, ORDER) == shipped
    assert rows(house) == before


def test_an_empty_order_does_not_ship(house: House, clock: Clock) -> None:
    site = house.parts.operations.directory.sites(house.admin)[0].site
    house.parts.store.orders.create(site_id=site.id, reference="EMPTY", created_at=clock.now)
    with pytest.raises(InputError, match="order EMPTY: it is empty"):
        house.parts.operations.fulfilment.ship(house.warehouse, "EMPTY")


def test_a_phone_that_came_into_service_by_another_way_holds_no_order_up(
    house: House, clock: Clock
) -> None:
    house.parts.operations.boots.book(all_files(house.parts, ONE_FILE, clock.move(minutes=1)))
    others = [mac for mac in PHONES if mac != ONE_FILE]
    fetch(house, clock, *others)
    stage(house, *others)
    row = house.parts.operations.fulfilment.ship(house.warehouse, ORDER)
    states = {str(found.device.mac): found.device.state for found in row.devices}
    assert states == dict.fromkeys(others, State.SHIPPED) | {ONE_FILE: State.IN_SERVICE}


def test_a_plan_may_start_when_the_order_is_shipped(house: House, clock: Clock) -> None:
    plan = plan_on_offer(house, StartsOn.SHIPPED)
    device = registered(house, plan_id=plan, order_reference="B-2")
    fetch(house, clock, str(device.mac))
    stage(house, str(device.mac), order="B-2")
    assert charges(house.parts) == []
    house.parts.operations.fulfilment.ship(house.warehouse, "B-2")
    assert len(told(house.parts)) == 4
    assert {one.cause.kind for one in charges(house.parts)} == {"shipped"}
    at = clock.move(days=1)
    house.parts.operations.boots.book(all_files(house.parts, str(device.mac), at))
    assert len(told(house.parts)) == 4
    assert device_of(house.parts, str(device.mac)).state is State.IN_SERVICE


def test_a_shipped_phone_comes_into_service_at_the_site(house: House, clock: Clock) -> None:
    fetch(house, clock, *PHONES)
    stage(house, *PHONES)
    house.parts.operations.fulfilment.ship(house.warehouse, ORDER)
    house.parts.operations.boots.book(all_files(house.parts, ONE_FILE, clock.move(days=2)))
    assert device_of(house.parts, ONE_FILE).state is State.IN_SERVICE
    assert len(charges(house.parts)) == 4


def test_a_fetch_from_before_the_order_does_not_count(house: House, clock: Clock) -> None:
    order = house.parts.operations.fulfilment.order(house.warehouse, ORDER).order
    early = order.created_at - timedelta(minutes=5)
    house.parts.operations.boots.book(all_files(house.parts, ONE_FILE, early, Place.BENCH))
    with pytest.raises(InputError, match="has not fetched"):
        stage(house, ONE_FILE)


def test_open_orders_are_listed_and_all_on_demand(house: House, clock: Clock) -> None:
    fetch(house, clock, *PHONES)
    stage(house, *PHONES)
    fulfilment = house.parts.operations.fulfilment
    assert [row.order.reference for row in fulfilment.orders(house.warehouse)] == [ORDER]
    fulfilment.ship(house.warehouse, ORDER)
    assert fulfilment.orders(house.warehouse) == []
    every = fulfilment.orders(house.warehouse, open_only=False)
    assert [row.order.reference for row in every] == [ORDER]


@pytest.mark.parametrize("reference", ["", "NO-SUCH", "'; DROP TABLE device; --"])
def test_an_order_there_is_not_is_not_found(house: House, reference: str) -> None:
    with pytest.raises(NotFoundError):
        house.parts.operations.fulfilment.order(house.warehouse, reference)


def test_a_strangers_order_is_not_found(house: House) -> None:
    elsewhere = Actor("elsewhere", Role.FULFILMENT, house.stranger().account_id)
    fulfilment = house.parts.operations.fulfilment
    assert fulfilment.orders(elsewhere) == []
    for step in (fulfilment.order, fulfilment.ship):
        with pytest.raises(NotFoundError):
            step(elsewhere, ORDER)
    with pytest.raises(NotFoundError):
        fulfilment.stage(elsewhere, ORDER, ONE_FILE)


@pytest.mark.parametrize("role", [Role.RESELLER, Role.CUSTOMER])
def test_the_bench_is_for_the_fulfilment_house(house: House, role: Role) -> None:
    actor, fulfilment = house.actor(role), house.parts.operations.fulfilment
    with pytest.raises(NotFoundError):
        fulfilment.orders(actor)
    for step in (fulfilment.order, fulfilment.ship):
        with pytest.raises(NotFoundError):
            step(actor, ORDER)
    for with_mac in (fulfilment.scan, fulfilment.stage):
        with pytest.raises(NotFoundError):
            with_mac(actor, ORDER, ONE_FILE)


def test_somebody_elses_change_meanwhile_is_told(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(house, clock, ONE_FILE)
    monkeypatch.setattr(type(house.parts.store.devices), "change_state", lambda *_: False)
    with pytest.raises(InputError, match="changed by somebody else just now"):
        stage(house, ONE_FILE)
