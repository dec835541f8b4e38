"""A device at another site: what goes along, what ends, what nobody there may learn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from provd.billing.plan import FeeKind, Side
from provd.billing.subscription import ChangeKind
from provd.devices.device import Device, Key
from provd.devices.lifecycle import State
from provd.devices.secret import Secret
from provd.errors import InputError, LifecycleError, NotFoundError
from provd.operations import LineForm
from provd.operations.life import Step
from provd.operations.moving import MoveForm
from tests.conftest import PHONE, House
from tests.operations.conftest import START, Clock
from tests.operations.deliveries import charges, delivery, device_of
from tests.operations.forms import demonstration_plan, rows
from tests.operations.steps import (
    charlie,
    customer_below,
    enrolment,
    in_service,
    secrets,
    subscriptions,
    told,
)

AT = START + timedelta(hours=2)
LINE = LineForm("300", Secret("of-the-garage"), "Garage")


@pytest.fixture
def phone(house: House, clock: Clock) -> Device:
    in_service(house, AT)
    clock.move(hours=3)
    device = device_of(house.parts, PHONE)
    house.parts.store.devices.update(device.id, label="Reception", keys=[Key(5, "blf", "205")])
    return device_of(house.parts, PHONE)


@pytest.fixture
def upstairs(house: House) -> int:
    directory = house.parts.operations.directory
    return directory.create_site(house.reseller, house.customer.account_id, "Upstairs", "", "").id


@pytest.fixture
def garage(house: House) -> int:
    """A site of another customer of the same reseller."""
    return customer_below(house, house.reseller, "Garage")[1]


def test_within_one_customer_all_goes_along_and_nothing_is_charged(
    house: House, phone: Device, upstairs: int
) -> None:
    before, owed = secrets(house, phone), charges(house.parts)
    done = house.parts.operations.moving.move(house.reseller, PHONE, MoveForm(upstairs))
    assert not done.another_customer
    assert done.tell == (phone.id,)
    assert replace(done.device, site_id=phone.site_id, revision=phone.revision) == phone
    assert secrets(house, phone) == before
    slot = house.parts.store.books.slot_of_device(phone.id)
    assert slot
    assert slot.site_id == upstairs
    assert told(subscriptions(house, phone)[0]) == [ChangeKind.START]
    assert charges(house.parts) == owed
    event = house.parts.store.events.of_device(phone.id)[-1]
    assert (event.before, event.after, event.left_site_id) == (
        State.IN_SERVICE,
        State.IN_SERVICE,
        phone.site_id,
    )


def test_another_customer_gets_nothing_of_the_last_one(
    house: House, phone: Device, garage: int, clock: Clock
) -> None:
    before = secrets(house, phone)
    form = MoveForm(garage, demonstration_plan(house), (LINE,), reason="sold")
    done = house.parts.operations.moving.move(house.reseller, PHONE, form)
    moved = done.device
    assert (moved.id, moved.state, moved.site_id) == (phone.id, State.REGISTERED, garage)
    assert (moved.label, moved.keys, moved.settings) == ("", (), {})
    assert [line.user for line in moved.lines] == ["300"]
    after = secrets(house, phone)
    assert after.token != before.token
    assert set(after.passwords).isdisjoint(before.passwords)
    assert enrolment(house, phone).open_until
    assert enrolment(house, phone).first_address == ""
    old, new = subscriptions(house, phone)
    assert told(old) == [ChangeKind.START, ChangeKind.END, ChangeKind.DEVICE_RETURNED]
    assert old.changes[1].cause.reason == "sold"
    assert told(new) == []
    assert new.parties.customer_id != old.parties.customer_id
    house.parts.operations.boots.book([delivery(house.parts, PHONE, clock.move(hours=1))])
    assert told(subscriptions(house, phone)[1]) == [ChangeKind.START]
    setups = [c for c in house.parts.store.books.charges() if c.kind is FeeKind.SETUP]
    assert len({c.subscription_id for c in setups}) == 2


def test_it_may_keep_its_lines_with_other_passwords(
    house: House, phone: Device, garage: int
) -> None:
    form = MoveForm(garage, keep_lines=True)
    done = house.parts.operations.moving.move(house.reseller, PHONE, form)
    assert [line.user for line in done.device.lines] == [line.user for line in phone.lines]
    assert done.device.lines[0].password != phone.lines[0].password


def test_a_quote_tells_both_sides_and_leaves_nothing_behind(
    house: House, phone: Device, garage: int
) -> None:
    before = rows(house)
    form = MoveForm(garage, demonstration_plan(house), (LINE,))
    quoted = house.parts.operations.moving.quote(house.reseller, PHONE, form)
    assert rows(house) == before
    assert quoted.quote
    assert {line.side for line in quoted.quote.lines} == set(Side)


def test_one_that_was_given_back_goes_out_again(house: House, phone: Device) -> None:
    house.parts.operations.life.take(house.reseller, PHONE, Step.RETURN)
    form = MoveForm(phone.site_id, demonstration_plan(house), (LINE,))
    done = house.parts.operations.moving.move(house.reseller, PHONE, form)
    assert done.device.state is State.REGISTERED
    assert len(subscriptions(house, phone)) == 2


def test_what_cannot_be_is_refused_and_changes_nothing(
    house: House, phone: Device, garage: int
) -> None:
    moving, before = house.parts.operations.moving, rows(house)
    with pytest.raises(InputError, match="there already"):
        moving.move(house.reseller, PHONE, MoveForm(phone.site_id))
    with pytest.raises(InputError, match="lines of its own"):
        moving.move(house.reseller, PHONE, MoveForm(garage))
    with pytest.raises(InputError, match="site of yours"):
        moving.move(house.reseller, PHONE, MoveForm(999, lines=(LINE,)))
    with pytest.raises(InputError, match="not on offer"):
        moving.move(house.reseller, PHONE, MoveForm(garage, 999, (LINE,)))
    assert rows(house) == before
    house.parts.operations.life.take(house.reseller, PHONE, Step.RETIRE)
    with pytest.raises(LifecycleError, match="retired"):
        moving.move(house.reseller, PHONE, MoveForm(garage, lines=(LINE,)))


def test_a_phone_of_an_open_order_goes_where_the_order_goes(
    house: House, phone: Device, upstairs: int
) -> None:
    with pytest.raises(InputError, match="HDP-1001"):
        house.parts.operations.moving.move(house.reseller, "80:5e:c0:00:00:11", MoveForm(upstairs))


def test_nobody_moves_anothers_phone_or_to_anothers_site(
    house: House, phone: Device, garage: int
) -> None:
    stranger, moving = charlie(house), house.parts.operations.moving
    _, his = customer_below(house, stranger, "Charlie's")
    for actor in (stranger, house.customer, house.warehouse):
        with pytest.raises(NotFoundError):
            moving.move(actor, PHONE, MoveForm(his, lines=(LINE,)))
    with pytest.raises(InputError, match="site of yours"):
        moving.move(house.reseller, PHONE, MoveForm(his, lines=(LINE,)))


def test_its_past_stays_with_those_who_had_it(house: House, phone: Device, clock: Clock) -> None:
    stranger = charlie(house)
    _, his = customer_below(house, stranger, "Charlie's")
    form = MoveForm(his, lines=(LINE,), reason="the practice has closed")
    house.parts.operations.moving.move(house.admin, PHONE, form)
    [row] = house.parts.operations.directory.devices(stranger).items
    assert row.last_boot_at is None
    house.parts.operations.boots.book([delivery(house.parts, PHONE, clock.move(hours=1))])
    directory = house.parts.operations.directory
    assert [row.last_boot_at for row in directory.devices(stranger).items] == [clock.now]
    page = directory.device(stranger, PHONE)
    assert len(page.boots) == 1
    assert [event.after for event in page.events] == [State.REGISTERED, State.IN_SERVICE]
    assert page.events[0].reason == ""
    assert page.charges == ()
    full = house.parts.operations.directory.device(house.admin, PHONE)
    assert len(full.boots) == 2
    assert len(full.events) > 2
    with pytest.raises(NotFoundError):
        house.parts.operations.directory.device(house.reseller, PHONE)
