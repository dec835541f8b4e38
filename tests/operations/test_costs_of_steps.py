"""What the steps of a leased phone's life cost: quoted, and then charged, the same."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from provd.billing.charge import Charge
from provd.billing.plan import FeeKind, Side
from provd.devices.device import Device
from provd.operations.consequences import Consequences
from provd.operations.life import Step
from provd.operations.moving import MoveForm
from provd.operations.replacing import ReplaceForm
from tests.conftest import House
from tests.operations.conftest import START, Clock
from tests.operations.deliveries import delivery, device_of
from tests.operations.forms import LINE, registered, rows
from tests.operations.steps import bound_plan, customer_below

PHONE, NEW = "80:5e:c0:00:00:77", "80:5e:c0:00:00:99"


@pytest.fixture
def phone(house: House, clock: Clock) -> Device:
    """Leased from 12 August 2026 on, for 24 months; two months are over."""
    registered(house, plan_id=bound_plan(house).id)
    house.parts.operations.boots.book([delivery(house.parts, PHONE, START)])
    clock.move(days=61)
    house.parts.operations.billing.run(clock.now)
    return device_of(house.parts, PHONE)


def told(charges: tuple[Charge, ...]) -> list[tuple[Side, FeeKind, str]]:
    return [(one.side, one.kind, str(one.amount)) for one in charges]


def kept(house: House) -> list[Charge]:
    return list(house.parts.store.books.charges())


def assert_quoted(house: House, quoted: Consequences, before: list[Charge]) -> None:
    new = [one for one in kept(house) if one not in before]
    assert sorted(told(tuple(new))) == sorted(told(quoted.charges))


@pytest.mark.parametrize("step", [Step.RETURN, Step.RETIRE])
def test_an_early_end_costs_the_rest_of_the_term(house: House, phone: Device, step: Step) -> None:
    before, life = kept(house), house.parts.operations.life
    quoted = life.quote(house.reseller, PHONE, step).consequences
    early = {one.side: one.amount for one in quoted.charges if one.kind is FeeKind.TERMINATION}
    assert set(early) == set(Side)
    paid = {
        side: sum(one.amount.amount for one in (*before, *quoted.charges) if one.side is side)
        for side in Side
    }
    # 20 days of August, 23 whole months, 11 days of the last: 24 months, to the cent.
    assert paid == {Side.RETAIL: Decimal("156.00"), Side.WHOLESALE: Decimal("93.60")}
    assert kept(house) == before
    life.take(house.reseller, PHONE, step)
    assert_quoted(house, quoted, before)
    assert house.parts.operations.billing.run(START + timedelta(days=900)).new_charges == 0


def test_a_replacement_costs_what_does_not_come_back(
    house: House, phone: Device, clock: Clock
) -> None:
    before = kept(house)
    replacing, form = house.parts.operations.replacing, ReplaceForm(NEW)
    quoted = replacing.quote(house.reseller, PHONE, form).consequences
    assert quoted.charges == ()
    assert sorted(told(quoted.unreturned)) == [
        (Side.RETAIL, FeeKind.UNRETURNED, "120.00 EUR"),
        (Side.WHOLESALE, FeeKind.UNRETURNED, "80.00 EUR"),
    ]
    replacing.replace(house.reseller, PHONE, form)
    assert kept(house) == before
    house.parts.operations.billing.run(clock.move(days=20))
    new = [one for one in kept(house) if one not in before]
    assert {one.device_id for one in new if one.kind is FeeKind.UNRETURNED} == {phone.id}
    assert not [one for one in new if one.kind is FeeKind.TERMINATION]


def test_what_is_back_in_time_costs_nothing(house: House, phone: Device, clock: Clock) -> None:
    replacing = house.parts.operations.replacing
    returned = replacing.quote(house.reseller, PHONE, ReplaceForm(NEW, returned=True))
    assert returned.consequences.unreturned == ()
    replacing.replace(house.reseller, PHONE, ReplaceForm(NEW))
    clock.move(days=5)
    house.parts.operations.life.take(house.reseller, PHONE, Step.RETURN)
    house.parts.operations.billing.run(clock.move(days=30))
    assert not [one for one in kept(house) if one.kind is FeeKind.UNRETURNED]


def test_a_reseller_that_moves_a_phone_pays_for_the_early_end(house: House, phone: Device) -> None:
    _, garage = customer_below(house, house.reseller, "Garage")
    form, before = MoveForm(garage, lines=(LINE,)), kept(house)
    quoted = house.parts.operations.moving.quote(house.reseller, PHONE, form).consequences
    assert FeeKind.TERMINATION in {one.kind for one in quoted.charges}
    house.parts.operations.moving.move(house.reseller, PHONE, form)
    assert_quoted(house, quoted, before)
    termination = [one for one in kept(house) if one.kind is FeeKind.TERMINATION]
    assert {one.device_id for one in termination} == {phone.id}


def test_a_parked_customer_is_not_charged_further(house: House, phone: Device) -> None:
    house.parts.store.books.park(house.customer.account_id, "in circles", START)
    before = rows(house)["charge"]
    house.parts.operations.life.take(house.reseller, PHONE, Step.RETURN)
    assert rows(house)["charge"] == before
