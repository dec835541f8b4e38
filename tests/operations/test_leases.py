"""What is leased beside phones: begun, replaced, taken back, ended, bought; listed with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from provd.billing.money import Money
from provd.billing.plan import FeeKind, Side, StartsOn, SubjectKind
from provd.billing.subscription import Cause, ChangeKind, ItemKind
from provd.devices.lifecycle import State
from provd.errors import ConflictError, InputError, NotFoundError
from provd.operations.lease_views import LeaseRow
from provd.operations.leased_items import ItemForm, LeaseDone
from provd.operations.leases import Leases
from provd.operations.setup import NewFee
from provd.operations.suspension import Suspension
from tests.conftest import PHONE, House
from tests.operations.conftest import START, Clock
from tests.operations.deliveries import device_of
from tests.operations.forms import NEW, registered, rows, site_id
from tests.operations.steps import RETURN_DAYS, bound_plan, charlie, in_service, told


def form(house: House, plan_id: int, **fields: object) -> ItemForm:
    given = {
        "site_id": site_id(house),
        "plan_id": plan_id,
        "item": ItemKind.SWITCH,
        "model": "CRS112",
        "serial": "SN-1",
    }
    return ItemForm(**(given | fields))  # type: ignore[arg-type]


@pytest.fixture
def plan_id(house: House) -> int:
    return bound_plan(house).id


@pytest.fixture
def leases(house: House) -> Leases:
    return house.parts.operations.leases


@pytest.fixture
def switch(house: House, leases: Leases, plan_id: int, clock: Clock) -> LeaseRow:
    """Leased ten days ago."""
    row = leases.add_item(house.reseller, form(house, plan_id)).lease
    clock.move(days=10)
    return row


def kinds(house: House) -> list[tuple[FeeKind, Decimal]]:
    """What retail was charged for, in order."""
    charges = house.parts.store.books.charges(side=Side.RETAIL)
    return [(one.kind, one.amount.amount) for one in charges]


def test_a_switch_is_leased_from_now_and_charged_at_once(
    house: House, leases: Leases, plan_id: int, clock: Clock
) -> None:
    quoted = leases.quote_item(house.reseller, form(house, plan_id))
    done = leases.add_item(house.reseller, form(house, plan_id, reason="the office opens"))
    row = done.lease
    assert (row.what, row.slot.slot.name) == ("switch CRS112 SN-1", "switch CRS112")
    assert (row.since, row.bound_until) == (date(2026, 8, 12), date(2028, 8, 12))
    assert row.fees[Side.RETAIL].amount == Decimal("6.50")
    assert row.buy_out[Side.WHOLESALE].amount == 60
    assert kinds(house) == [(FeeKind.LEASE, Decimal("4.19"))]
    assert quoted.due_at_start(Side.RETAIL).amount == Decimal("4.19")
    start = row.subscription.start
    assert start
    assert (start.cause.actor, start.cause.reason) == (house.reseller.name, "the office opens")


def test_it_may_begin_on_another_day(house: House, leases: Leases, plan_id: int) -> None:
    done = leases.add_item(house.reseller, form(house, plan_id, on=date(2026, 8, 1)))
    assert done.lease.since == date(2026, 8, 1)
    assert kinds(house) == [(FeeKind.LEASE, Decimal("6.50"))]


def test_what_is_leased_is_not_leased_again(
    house: House, leases: Leases, plan_id: int, switch: LeaseRow
) -> None:
    before = rows(house)
    for ask in (leases.add_item, leases.quote_item):
        with pytest.raises(ConflictError, match="leased already, at Harbour Dental Practice"):
            ask(house.reseller, form(house, plan_id, serial=" sn-1"))
    for wrong, key in (
        ({"serial": ""}, "serial"),
        ({"plan_id": 999}, "plan_id"),
        ({"site_id": 999}, "site_id"),
        ({"item": ItemKind.PHONE}, "item"),
    ):
        with pytest.raises(InputError) as refused:
            leases.add_item(house.reseller, form(house, **{"plan_id": plan_id} | wrong))
        assert refused.value.key == key
    assert rows(house) == before


def test_a_plan_for_something_else_is_refused(house: House, leases: Leases) -> None:
    other = bound_plan(house, subject=SubjectKind.CUSTOMER).id
    with pytest.raises(InputError, match="not on offer"):
        leases.add_item(house.reseller, form(house, other))


def test_a_withdrawn_plan_and_one_without_a_lease_are_refused(
    house: House, leases: Leases, plan_id: int
) -> None:
    house.parts.store.books.sell_plan(plan_id, None, date(2026, 8, 12))
    euro = Money(Decimal(1), "EUR")
    service = house.parts.operations.setup.create_plan(
        1, "Service", [NewFee(FeeKind.SERVICE, "Service", True, euro, euro)]
    )
    before = rows(house)
    for plan, problem in ((plan_id, "not on offer on 2026-08-12"), (service.id, "leases nothing")):
        for ask in (leases.add_item, leases.quote_item):
            with pytest.raises(InputError, match=problem):
                ask(house.reseller, form(house, plan))
    assert rows(house) == before
    offered = [one.id for one in leases.choices(house.reseller).plans]
    assert not {plan_id, service.id} & set(offered)


def test_nothing_is_leased_before_its_prices_are_there(
    house: House, leases: Leases, plan_id: int
) -> None:
    before = rows(house)
    with pytest.raises(InputError, match="has no wholesale price"):
        leases.add_item(house.reseller, form(house, plan_id, on=date(2025, 12, 31)))
    assert rows(house) == before


def replaced(house: House, leases: Leases, returned: bool = False) -> LeaseDone:
    return leases.replace_item(
        house.reseller, "SN-1", serial="SN-2", model="", returned=returned, reason="fan"
    )


def test_another_in_its_place_costs_what_does_not_come_back(
    house: House, leases: Leases, switch: LeaseRow, clock: Clock
) -> None:
    before = rows(house)
    quoted = leases.quote_replace(
        house.reseller, "SN-1", serial="SN-2", model="", returned=False
    ).consequences
    assert rows(house) == before
    assert {one.amount.amount for one in quoted.unreturned} == {80, 120}
    done = replaced(house, leases)
    assert done.lease.what == "switch CRS112 SN-2"
    [due] = done.lease.due_back
    assert (due.since, due.by) == (date(2026, 8, 22), date(2026, 9, 5))
    assert not replaced_again(house, leases).changed
    assert leases.take_back(house.reseller, "SN-2").lease.due_back == ()
    house.parts.operations.billing.run(clock.move(days=30))
    assert FeeKind.UNRETURNED not in dict(kinds(house))


def replaced_again(house: House, leases: Leases) -> LeaseDone:
    return leases.replace_item(
        house.reseller, "sn-2", serial="SN-2", model="", returned=False, reason=""
    )


def test_what_is_returned_with_nothing_awaited_ends_the_lease(
    house: House, leases: Leases, switch: LeaseRow
) -> None:
    quoted = leases.quote_take_back(house.reseller, "SN-1").consequences
    assert FeeKind.TERMINATION in {one.kind for one in quoted.charges}
    done = leases.take_back(house.reseller, switch.number, "shop closed")
    assert (done.lease.until, done.lease.due_back) == (date(2026, 8, 22), ())
    # The term is paid in full: 24 months.
    assert sum(amount for _, amount in kinds(house)) == 24 * Decimal("6.50")
    assert not leases.take_back(house.reseller, switch.number).changed
    assert leases.listed(house.reseller, "SN-1") == []
    assert len(leases.listed(house.reseller, "SN-1", ended=True)) == 1


def test_an_end_in_future_is_charged_when_it_comes_and_awaits_the_hardware(
    house: House, leases: Leases, switch: LeaseRow, clock: Clock
) -> None:
    on = date(2026, 9, 15)
    quoted = leases.quote_end(house.reseller, "SN-1", on)
    assert {one.amount.amount for one in quoted.consequences.unreturned} == {80, 120}
    done = leases.end(house.reseller, "SN-1", on, "moving out")
    assert done.lease.until == on
    assert [one.by for one in done.lease.due_back] == [on + timedelta(days=RETURN_DAYS)]
    assert not leases.end(house.reseller, "SN-1").changed
    house.parts.operations.billing.run(clock.move(days=120))
    assert dict(kinds(house))[FeeKind.UNRETURNED] == 120
    assert FeeKind.TERMINATION in dict(kinds(house))


def test_it_does_not_end_before_it_began(house: House, leases: Leases, switch: LeaseRow) -> None:
    with pytest.raises(InputError, match="leased since 2026-08-12"):
        leases.end(house.reseller, "SN-1", date(2026, 1, 1))


def test_who_buys_it_owes_no_more(house: House, leases: Leases, switch: LeaseRow) -> None:
    quoted = leases.quote_buy_out(house.reseller, "SN-1").consequences
    assert FeeKind.BUY_OUT in {one.kind for one in quoted.charges}
    done = leases.buy_out(house.reseller, "SN-1")
    assert done.lease.bought
    assert not leases.buy_out(house.reseller, "SN-1").changed
    # Ten days of the lease, and the price.
    assert sum(amount for _, amount in kinds(house)) == Decimal("2.10") + 90
    with pytest.raises(InputError, match="was bought"):
        leases.end(house.reseller, "SN-1")


def test_a_phone_is_listed_bought_and_taken_back_elsewhere(house: House, leases: Leases) -> None:
    in_service(house, START + timedelta(minutes=30))
    row = leases.lease(house.reseller, PHONE)
    assert row.what == f"T46U {PHONE}"
    assert row.since == date(2026, 8, 12)
    with pytest.raises(InputError, match="no buy-out price"):
        leases.buy_out(house.reseller, PHONE)
    for act in (leases.take_back, leases.end):
        with pytest.raises(InputError, match="is a phone's"):
            act(house.reseller, PHONE)
    assert device_of(house.parts, PHONE).state is State.IN_SERVICE


def test_a_bound_phone_may_be_bought(house: House, leases: Leases) -> None:
    plan = bound_plan(house, on=StartsOn.REGISTERED)
    assert plan.starts_on is StartsOn.REGISTERED
    registered(house, plan_id=plan.id)
    assert leases.buy_out(house.reseller, NEW).lease.bought


def test_it_rests_with_its_customers_account(
    house: House, leases: Leases, switch: LeaseRow, plan_id: int, clock: Clock
) -> None:
    cause = Cause.by_person("", "balance", clock.now, "booking")
    Suspension(house.parts.store).suspend(house.customer.account_id, clock.now, cause)
    assert leases.lease(house.reseller, "SN-1").suspended
    # What begins while the account is suspended rests from the beginning.
    late = leases.add_item(house.reseller, form(house, plan_id, serial="SN-3")).lease
    assert told(late.subscription) == [ChangeKind.START, ChangeKind.SUSPEND]


def test_a_customer_sees_its_leases_and_no_wholesale(
    house: House, leases: Leases, switch: LeaseRow
) -> None:
    assert set(leases.lease(house.customer, "SN-1").fees) == {Side.RETAIL}
    assert {row.slot.customer for row in leases.listed(house.customer)} == {
        "Harbour Dental Practice"
    }


def test_nobody_else_sees_or_changes_them(
    house: House, leases: Leases, switch: LeaseRow, plan_id: int
) -> None:
    stranger, before = charlie(house), rows(house)
    assert leases.listed(stranger) == []
    steps: list[Callable[[object], object]] = [
        lambda actor: leases.lease(actor, switch.number),  # type: ignore[arg-type]
        lambda actor: leases.buy_out(actor, "SN-1"),  # type: ignore[arg-type]
        lambda actor: leases.end(actor, switch.number),  # type: ignore[arg-type]
        lambda actor: leases.take_back(actor, "SN-1"),  # type: ignore[arg-type]
        lambda actor: leases.quote_end(actor, "SN-1"),  # type: ignore[arg-type]
    ]
    for step in steps:
        with pytest.raises(NotFoundError):
            step(stranger)
    for step in steps[1:]:
        for nobody in (house.customer, house.warehouse):
            with pytest.raises(NotFoundError):
                step(nobody)
    with pytest.raises(InputError):
        leases.add_item(stranger, form(house, plan_id))
    assert rows(house) == before


def test_a_name_that_several_have_is_asked_about(
    house: House, leases: Leases, switch: LeaseRow, plan_id: int
) -> None:
    leases.add_item(house.reseller, form(house, plan_id, serial="SN-2"))
    with pytest.raises(InputError, match="several leases") as several:
        leases.lease(house.reseller, "switch CRS112")
    assert "SN-1" in several.value.remedy
    assert "SN-2" in several.value.remedy
    with pytest.raises(NotFoundError):
        leases.lease(house.reseller, "")
