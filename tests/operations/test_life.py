"""Suspended and resumed, returned, retired: once each, by whoever may, with all that follows."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from provd.billing.subscription import Cause, ChangeKind
from provd.devices.lifecycle import State
from provd.errors import LifecycleError, NotFoundError
from provd.operations.life import Step
from provd.operations.suspension import Suspension
from provd.store.books import NewChange
from tests.conftest import ORDER, PHONE, House
from tests.operations.conftest import START, Clock
from tests.operations.deliveries import delivery, device_of
from tests.operations.forms import rows
from tests.operations.steps import (
    charlie,
    enrolment,
    in_service,
    secrets,
    subscriptions,
    told,
)

AT = START + timedelta(hours=2)
BALANCE = Cause("payment:1", "balance", AT, "", "", 0, "")


@pytest.fixture(autouse=True)
def booted(house: House, clock: Clock) -> None:
    in_service(house, AT)
    clock.move(hours=3)


def take(house: House, step: Step, reason: str = "") -> object:
    return house.parts.operations.life.take(house.reseller, PHONE, step, reason)


def test_a_suspended_phone_rests_and_so_does_what_is_paid_for_it(
    house: House, clock: Clock
) -> None:
    device = device_of(house.parts, PHONE)
    done = house.parts.operations.life.take(house.reseller, PHONE, Step.SUSPEND, "abuse")
    assert (done.before, done.device.state) == (State.IN_SERVICE, State.SUSPENDED)
    assert done.tell == (device.id,)
    [one] = subscriptions(house, device)
    assert told(one) == [ChangeKind.START, ChangeKind.SUSPEND]
    cause = one.changes[-1].cause
    event = house.parts.store.events.of_device(device.id)[-1]
    assert (cause.event_id, cause.kind, cause.at) == (event.id, "suspended", clock.now)
    assert (
        (cause.actor, cause.reason) == (house.reseller.name, "abuse") == (event.actor, event.reason)
    )
    take(house, Step.RESUME)
    assert told(subscriptions(house, device)[0])[-1] is ChangeKind.RESUME
    assert device_of(house.parts, PHONE).state is State.IN_SERVICE


@pytest.mark.parametrize("step", [Step.SUSPEND, Step.RETURN, Step.RETIRE])
def test_a_step_that_was_taken_changes_nothing(house: House, step: Step) -> None:
    take(house, step)
    before = rows(house)
    done = house.parts.operations.life.take(house.admin, PHONE, step)
    assert not done.changed
    assert rows(house) == before


@pytest.mark.parametrize("step", list(Step))
def test_a_quote_leaves_nothing_behind(house: House, step: Step) -> None:
    if step is Step.RESUME:
        take(house, Step.SUSPEND)
    before, state = rows(house), device_of(house.parts, PHONE).state
    quoted = house.parts.operations.life.quote(house.reseller, PHONE, step)
    assert rows(house) == before
    assert device_of(house.parts, PHONE).state is state
    assert quoted.changed


@pytest.mark.parametrize("step", list(Step))
def test_to_others_there_is_no_such_device(house: House, step: Step) -> None:
    life = house.parts.operations.life
    for stranger in (charlie(house), house.customer, house.warehouse):
        for act in (life.take, life.quote):
            with pytest.raises(NotFoundError):
                act(stranger, PHONE, step)
    with pytest.raises(NotFoundError):
        life.take(house.reseller, "80:5e:c0:ff:ff:ff", step)
    with pytest.raises(NotFoundError):
        life.take(house.reseller, "no MAC", step)
    assert device_of(house.parts, PHONE).state is State.IN_SERVICE


def test_only_what_is_suspended_is_resumed(house: House) -> None:
    with pytest.raises(LifecycleError, match="registered is not suspended"):
        house.parts.operations.life.take(house.reseller, "80:5e:c0:00:00:11", Step.RESUME)


def test_by_hand_and_by_account_are_two_reasons(house: House, clock: Clock) -> None:
    device, account = device_of(house.parts, PHONE), house.customer.account_id
    suspension = Suspension(house.parts.store)
    assert device.id in suspension.suspend(account, clock.now, BALANCE)
    done = house.parts.operations.life.take(house.reseller, PHONE, Step.SUSPEND)
    assert done.tell == ()
    assert "is suspended" in done.notes[0]
    assert device.id not in suspension.resume(account, clock.now, BALANCE)
    [one] = subscriptions(house, device)
    # A payment lifted the account's; somebody's own goes on, and so the books say once.
    assert told(one) == [ChangeKind.START, ChangeKind.SUSPEND]
    assert house.parts.operations.life.take(house.reseller, PHONE, Step.RESUME).tell
    assert told(subscriptions(house, device)[0]) == [
        ChangeKind.START,
        ChangeKind.SUSPEND,
        ChangeKind.RESUME,
    ]


def test_an_accounts_suspension_reaches_all_subscriptions_below_it_once(
    house: House, clock: Clock
) -> None:
    device, account = device_of(house.parts, PHONE), house.reseller.account_id
    suspension = Suspension(house.parts.store)
    for _ in range(2):
        suspension.suspend(account, clock.now, BALANCE)
    suspension.suspend(house.customer.account_id, clock.now, BALANCE)
    assert told(subscriptions(house, device)[0]) == [ChangeKind.START, ChangeKind.SUSPEND]
    suspension.resume(account, clock.now, Cause("payment:2", "balance", AT, "", "", 0, ""))
    assert told(subscriptions(house, device)[0]) == [ChangeKind.START, ChangeKind.SUSPEND]
    lifted = Cause("payment:3", "balance", AT, "", "", 0, "")
    suspension.resume(house.customer.account_id, clock.now, lifted)
    assert told(subscriptions(house, device)[0])[-1] is ChangeKind.RESUME


def test_a_suspended_phone_boots_and_nothing_starts(house: House, clock: Clock) -> None:
    take(house, Step.SUSPEND)
    silent = delivery(house.parts, PHONE, clock.move(hours=1), completes_boot=False)
    before = rows(house)
    house.parts.operations.boots.book([silent])
    assert device_of(house.parts, PHONE).state is State.SUSPENDED
    after = rows(house)
    assert after.pop("journal_entry") == before.pop("journal_entry") + 1
    assert after == before


@pytest.mark.parametrize("step", [Step.RETURN, Step.RETIRE])
def test_what_has_left_is_locked_out_and_ends_what_was_paid(house: House, step: Step) -> None:
    device = device_of(house.parts, PHONE)
    before = secrets(house, device)
    house.parts.operations.life.take(house.reseller, PHONE, step, "contract over")
    after = secrets(house, device)
    assert after.token != before.token
    assert set(after.passwords).isdisjoint(before.passwords)
    assert enrolment(house, device).open_until is None
    assert house.parts.store.books.slot_of_device(device.id) is None
    [one] = subscriptions(house, device)
    back = [ChangeKind.DEVICE_RETURNED] if step is Step.RETURN else []
    assert told(one) == [ChangeKind.START, ChangeKind.END, *back]
    assert one.changes[1].cause.reason == "contract over"


def test_what_was_written_off_can_come_back(house: House) -> None:
    device = device_of(house.parts, PHONE)
    [one] = subscriptions(house, device)
    store = house.parts.store
    take(house, Step.RETIRE)
    removed = Cause.by_person("x", "replaced", AT, "somebody")
    store.books.record_changes(
        [NewChange(one.id, ChangeKind.DEVICE_REMOVED, AT, AT, removed, device.id)]
    )
    done = house.parts.operations.life.take(house.reseller, PHONE, Step.RETURN)
    assert done.device.state is State.RETURNED
    [one] = subscriptions(house, device)
    assert (told(one)[-1], one.changes[-1].device_id) == (ChangeKind.DEVICE_RETURNED, device.id)
    assert store.books.removed_from(device.id) == []


def test_an_end_that_was_agreed_on_stays(house: House, clock: Clock) -> None:
    device, store = device_of(house.parts, PHONE), house.parts.store
    [one] = subscriptions(house, device)
    later = clock.now + timedelta(days=40)
    notice = Cause.by_person("notice", "cancelled", clock.now, "somebody")
    store.books.record_changes([NewChange(one.id, ChangeKind.END, later, clock.now, notice)])
    take(house, Step.RETURN)
    [one] = subscriptions(house, device)
    assert one.ended_at == later
    assert told(one)[-1] is ChangeKind.DEVICE_RETURNED


def test_an_order_waits_no_more_for_what_was_retired(house: House) -> None:
    mac = "80:5e:c0:00:00:11"
    order = house.parts.operations.fulfilment.order(house.warehouse, ORDER)
    house.parts.operations.life.take(house.reseller, mac, Step.RETIRE, "dead on arrival")
    left = house.parts.operations.fulfilment.order(house.warehouse, ORDER)
    assert len(left.devices) == len(order.devices) - 1


def test_two_people_at_once_take_a_step_once(house: House) -> None:
    life, results = house.parts.operations.life, []
    actors = (house.reseller, house.admin)
    ready = threading.Barrier(2)

    def act(number: int) -> None:
        ready.wait()
        results.append(life.take(actors[number], PHONE, Step.RETURN).changed)

    threads = [threading.Thread(target=act, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, True]
    device = device_of(house.parts, PHONE)
    assert told(subscriptions(house, device)[0]).count(ChangeKind.END) == 1
    events = house.parts.store.events.of_device(device.id)
    assert [event.after for event in events].count(State.RETURNED) == 1
