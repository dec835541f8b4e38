"""Another device in the place of one: what goes on, what it takes over, what it can't."""

from __future__ import annotations

from datetime import timedelta

import pytest

from provd.billing.subscription import ChangeKind
from provd.devices.device import Device, Key, Line
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.errors import ConflictError, InputError, LifecycleError, NotFoundError
from provd.operations.life import Step
from provd.operations.replacing import Replaced, ReplaceForm
from tests.conftest import PHONE, House
from tests.operations.conftest import START, Clock
from tests.operations.deliveries import charges, delivery, device_of
from tests.operations.forms import rows
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
NEW = "80:5e:c0:00:00:99"


@pytest.fixture
def old(house: House, clock: Clock) -> Device:
    in_service(house, AT)
    clock.move(hours=3)
    return device_of(house.parts, PHONE)


def swap(house: House, **fields: object) -> Replaced:
    form = ReplaceForm(**({"mac": NEW} | fields))  # type: ignore[arg-type]
    return house.parts.operations.replacing.replace(house.reseller, PHONE, form)


def test_the_lease_goes_on_without_a_second_setup_fee(
    house: House, old: Device, clock: Clock
) -> None:
    before, slot = charges(house.parts), house.parts.store.books.slot_of_device(old.id)
    assert slot
    done = swap(house)
    assert done.consequences.charges == ()
    house.parts.operations.boots.book([delivery(house.parts, NEW, clock.move(hours=1))])
    assert device_of(house.parts, NEW).state is State.IN_SERVICE
    assert charges(house.parts) == before
    filled = house.parts.store.books.slot_of_device(done.new.id)
    assert filled
    assert filled.id == slot.id
    [one] = subscriptions(house, old)
    assert told(one) == [ChangeKind.START, ChangeKind.DEVICE_REMOVED]
    assert one.changes[-1].device_id == old.id


def test_it_takes_over_label_lines_keys_and_settings(house: House, old: Device) -> None:
    store = house.parts.store
    keys, settings = [Key(5, "blf", "205")], {"language": "fr"}
    store.devices.update(
        old.id, label="Reception", keys=keys, settings=settings, profile="call-centre"
    )
    done = swap(house)
    new = done.new
    assert (new.label, new.profile, new.keys) == ("Reception", "call-centre", tuple(keys))
    assert new.settings == settings
    assert [line.user for line in new.lines] == [line.user for line in old.lines]
    assert (new.model, new.site_id, new.state) == (old.model, old.site_id, State.REGISTERED)
    assert enrolment(house, new).open_until
    assert done.lost == ()


def test_what_a_smaller_model_cannot_take_is_told(house: House, old: Device) -> None:
    store = house.parts.store
    store.devices.replace_lines(
        old.id, [*old.lines, *(Line(n, f"10{n}", Secret("x")) for n in (2, 3))]
    )
    keys = [Key(1, "line"), Key(20, "blf", "205"), Key(1, "blf", "206", module=2)]
    store.devices.update(old.id, keys=keys, settings={"raw.yealink.static.x": "1"})
    done = swap(house, mac="c0:74:ad:00:00:77", vendor="grandstream", model="GRP2601")
    assert [line.number for line in done.new.lines] == [1, 2]
    assert done.new.settings == {}
    assert len(done.lost) >= 4
    told_ = "; ".join(done.lost)
    for part in ("line 3 (103)", "key 20 (blf 205)", "module 2", "raw.yealink.static.x"):
        assert part in told_


def test_the_passwords_are_others_unless_nobody_can_have_read_them(
    house: House, old: Device
) -> None:
    before = {line.password for line in old.lines}
    done = swap(house)
    assert done.new_passwords
    assert before.isdisjoint(line.password for line in done.new.lines)


def test_they_are_kept_where_somebody_says_so(house: House, old: Device) -> None:
    done = swap(house, keep_passwords=True)
    assert not done.new_passwords
    assert [line.password for line in done.new.lines] == [line.password for line in old.lines]


@pytest.mark.parametrize("returned", [True, False])
def test_the_old_one_is_locked_out(house: House, old: Device, returned: bool) -> None:
    before = secrets(house, old)
    done = swap(house, returned=returned, reason="display broken")
    assert done.old.state is (State.RETURNED if returned else State.RETIRED)
    after = secrets(house, old)
    assert after.token != before.token
    assert set(after.passwords).isdisjoint(before.passwords)
    event = house.parts.store.events.of_device(old.id)[-1]
    assert (event.actor, event.reason) == (house.reseller.name, "display broken")
    [one] = subscriptions(house, old)
    back = [ChangeKind.DEVICE_RETURNED] * returned
    assert told(one) == [ChangeKind.START, ChangeKind.DEVICE_REMOVED, *back]


def test_one_that_comes_back_later_is_taken_back(house: House, old: Device) -> None:
    swap(house)
    assert house.parts.store.books.removed_from(old.id)
    house.parts.operations.life.take(house.reseller, PHONE, Step.RETURN)
    [one] = subscriptions(house, old)
    assert told(one)[-1] is ChangeKind.DEVICE_RETURNED
    assert one.ended_at is None


def test_one_that_never_left_the_house_is_not_waited_for(house: House) -> None:
    done = house.parts.operations.replacing.replace(
        house.reseller, "80:5e:c0:00:00:11", ReplaceForm(NEW)
    )
    assert done.back
    assert done.old.state is State.RETIRED
    assert done.old.order_id is None


def test_one_that_was_given_back_may_be_used_again(house: House, old: Device) -> None:
    swap(house, returned=True)
    again = house.parts.operations.replacing.replace(
        house.reseller, NEW, ReplaceForm(PHONE, returned=False)
    )
    assert (again.new.id, again.new.state) == (old.id, State.REGISTERED)
    assert again.new.model == old.model
    house.parts.operations.life.take(house.reseller, NEW, Step.RETURN)
    with pytest.raises(InputError, match="is a T46U of yealink"):
        house.parts.operations.replacing.replace(
            house.reseller, PHONE, ReplaceForm(NEW, model="T54W")
        )


def test_a_mac_that_somebody_has_is_refused_and_nothing_changes(house: House, old: Device) -> None:
    before = rows(house)
    with pytest.raises(ConflictError, match="registered already"):
        swap(house, mac="80:5e:c0:00:00:11")
    with pytest.raises(InputError, match="old phone"):
        swap(house, mac=PHONE)
    with pytest.raises(InputError):
        swap(house, mac="no MAC")
    with pytest.raises(InputError):
        swap(house, model="T99X")
    assert rows(house) == before
    assert device_of(house.parts, PHONE).state is State.IN_SERVICE


def test_anothers_returned_phone_is_nobodys_business(house: House, old: Device) -> None:
    stranger = charlie(house)
    house.parts.operations.life.take(house.reseller, PHONE, Step.RETURN)
    customer_below(house, stranger, "Garage")
    with pytest.raises(ConflictError, match="another account"):
        house.parts.operations.replacing._arrivals.known(stranger, PHONE)


def test_it_must_be_in_use(house: House, old: Device) -> None:
    house.parts.operations.life.take(house.reseller, PHONE, Step.SUSPEND)
    with pytest.raises(LifecycleError, match="resume it first"):
        swap(house)
    house.parts.operations.life.take(house.reseller, PHONE, Step.RETIRE)
    with pytest.raises(LifecycleError, match="retired"):
        swap(house)


def test_to_others_there_is_no_such_device(house: House, old: Device) -> None:
    replacing = house.parts.operations.replacing
    for stranger in (charlie(house), house.customer, house.warehouse):
        for act in (replacing.replace, replacing.quote):
            with pytest.raises(NotFoundError):
                act(stranger, PHONE, ReplaceForm(NEW))
    assert house.parts.store.devices.by_mac(Mac.parse(NEW)) is None


def test_a_quote_leaves_nothing_behind(house: House, old: Device) -> None:
    before = rows(house)
    quoted = house.parts.operations.replacing.quote(house.reseller, PHONE, ReplaceForm(NEW))
    assert rows(house) == before
    assert quoted.new.mac == Mac.parse(NEW)


def test_the_new_one_may_go_through_the_fulfilment_house(house: House, old: Device) -> None:
    done = swap(house, order_reference="SWAP-1")
    order = house.parts.operations.fulfilment.order(house.warehouse, "SWAP-1")
    assert [one.device.id for one in order.devices] == [done.new.id]
