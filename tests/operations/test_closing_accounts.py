"""An account is closed when all that it had is over: what stands in the way is named, all of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from provd.billing.plan import SubjectKind
from provd.billing.subscription import ItemKind, Subject
from provd.devices.account import Role
from provd.errors import InputError, NotFoundError
from provd.operations.closing_accounts import ClosingAccounts
from provd.operations.leased_items import ItemForm
from provd.operations.life import Step
from provd.operations.manual_charges import ChargeForm
from provd.operations.payments import PaymentForm
from provd.operations.setup import price
from provd.operations.subscribing import Order
from tests.conftest import PHONE, House
from tests.operations import invoices
from tests.operations.conftest import START, Clock
from tests.operations.forms import form, site_id
from tests.operations.steps import bound_plan, charlie, in_service
from tests.operations.test_importing import checked, line

CUSTOMER, RESELLER = invoices.CUSTOMER, invoices.RESELLER


def closing(house: House) -> ClosingAccounts:
    return house.parts.operations.closing


def problems(house: House, account_id: int = CUSTOMER) -> list[str]:
    who = house.reseller if account_id == CUSTOMER else house.admin
    return [one.problem for one in closing(house).outlook(who, account_id).obstacles]


def balance_out(house: House, account_id: int = CUSTOMER) -> None:
    who = house.reseller if account_id == CUSTOMER else house.admin
    (owed,) = house.parts.operations.statements.balance(who, account_id).owed
    if owed.amount:
        pay = house.parts.operations.payments
        enter = pay.pay if owed.amount > 0 else pay.refund
        enter(who, account_id, PaymentForm(owed if owed.amount > 0 else -owed, "bank"))


@pytest.fixture
def over(house: House, clock: Clock) -> House:
    """The customer's phone came back, its subscription has ended and is paid."""
    in_service(house, START + timedelta(hours=2))
    clock.move(hours=5)
    subscribing, store = house.parts.operations.subscribing, house.parts.store
    for mac in [str(mac) for mac, _ in store.closings.devices_left(CUSTOMER)]:
        step = Step.RETURN if mac == PHONE else Step.RETIRE
        house.parts.operations.life.take(house.reseller, mac, step)
    for one in store.books.subscriptions_below([CUSTOMER]):
        if one.ended_at is None:
            subscribing.cancel(house.reseller, one.id)
    clock.move(days=40)
    house.parts.operations.billing.run(clock.now)
    balance_out(house)
    return house


def test_all_that_stands_in_the_way_is_named_at_once(house: House, clock: Clock) -> None:
    invoices.settle(house)
    in_service(house, START + timedelta(hours=2))
    clock.move(hours=5)
    found = "; ".join(problems(house))
    for words in (
        f"phone {PHONE} is in service",
        "has not ended",
        "on no invoice",
        "it owes 29.19",
    ):
        assert words in found
    with pytest.raises(InputError, match=r"can't be closed: phone .* has not ended.*write the"):
        closing(house).close(house.reseller, CUSTOMER)
    assert house.parts.store.accounts.get(CUSTOMER).closed_at is None


def test_drafts_and_money_paid_in_advance_stand_in_the_way(house: House, clock: Clock) -> None:
    invoices.settle(house)
    invoices.boot(house)
    pay = house.parts.operations.payments.pay
    pay(house.reseller, CUSTOMER, PaymentForm(price("50.00", "EUR"), "bank"))
    clock.move(days=40)
    number = invoices.retail_draft(house)
    found = "; ".join(problems(house))
    assert f"draft invoice {number} of 34.74 EUR is not issued" in found
    assert "it has paid 20.81 EUR in advance" in found


def test_hardware_stands_in_the_way_until_it_is_back_or_charged_for(
    house: House, clock: Clock
) -> None:
    leases, plan = house.parts.operations.leases, bound_plan(house)
    for serial in ("SN-1", "SN-2"):
        item = ItemForm(site_id(house), plan.id, ItemKind.SWITCH, "CRS112", serial)
        leases.add_item(house.reseller, item)
    clock.move(days=10)
    for serial in ("SN-1", "SN-2"):
        leases.end(house.reseller, serial)
    due = "(switch CRS112) is due back by 2026-09-05"
    assert len([one for one in problems(house) if due in one]) == 2
    leases.take_back(house.reseller, "SN-1")
    assert len([one for one in problems(house) if due in one]) == 1
    clock.move(days=20)
    charged = "is still to be charged"
    assert [words for words in (due, charged) if words in "; ".join(problems(house))] == [charged]
    house.parts.operations.billing.run(clock.now)
    assert charged not in "; ".join(problems(house))


def test_a_closed_account_begins_nothing_and_keeps_its_books(over: House, clock: Clock) -> None:
    house, shown = over, over.parts.operations.statements
    assert problems(house) == []
    user = house.customer.name
    assert closing(house).close(house.reseller, CUSTOMER)
    assert not closing(house).close(house.reseller, CUSTOMER)
    found = house.parts.store.users.by_name(user)
    assert found
    assert not found[0].active
    assert CUSTOMER not in [one.debtor.account.id for one in shown.balances(house.admin)]
    everyone = shown.balances(house.admin, closed=True)
    assert CUSTOMER in [one.debtor.account.id for one in everyone]
    assert list(shown.statement(house.reseller, CUSTOMER, START.date(), clock.now.date()).lines)
    assert house.parts.operations.directory.customers(house.reseller).items == ()
    assert house.parts.operations.registration.choices(house.reseller).sites == ()
    ops, order = house.parts.operations, Order(1, Subject(SubjectKind.CUSTOMER, CUSTOMER))
    charge = ChargeForm(price("5.00", "EUR"), "Callout", "why")
    for step in (
        lambda: ops.registration.quote(house.reseller, form(house)),
        lambda: ops.registration.register(house.reseller, form(house)),
        lambda: ops.directory.create_site(house.reseller, CUSTOMER, "Attic", "", ""),
        lambda: ops.subscribing.add(house.reseller, order),
        lambda: ops.setup.create_user(CUSTOMER, "new", Role.CUSTOMER),
        lambda: ops.manual_charges.charge(house.reseller, CUSTOMER, charge),
    ):
        with pytest.raises(InputError, match=r"was closed on .* Open the account first"):
            step()
    (mistake,) = checked(house, line(1)).mistakes
    assert "was closed on" in str(mistake)
    assert closing(house).open(house.reseller, CUSTOMER)
    found = house.parts.store.users.by_name(user)
    assert found
    assert found[0].active
    assert ops.registration.register(house.reseller, form(house)).site_id == site_id(house)


def test_a_reseller_is_closed_after_its_customers_and_opened_before(over: House) -> None:
    house, admin, reseller = over, over.admin, over.reseller
    assert any("is open" in one for one in problems(house, RESELLER))
    closing(house).close(reseller, CUSTOMER)
    balance_out(house, RESELLER)
    assert closing(house).close(admin, RESELLER)
    with pytest.raises(InputError, match="Open the account first"):
        closing(house).open(reseller, CUSTOMER)
    with pytest.raises(InputError, match="Open the account first"):
        house.parts.operations.directory.create_customer(reseller, "Another")


def test_only_whom_it_owes_to_may_close_it(over: House) -> None:
    stranger = charlie(over)
    for step in (closing(over).outlook, closing(over).close, closing(over).open):
        with pytest.raises(NotFoundError):
            step(stranger, CUSTOMER)
        with pytest.raises(NotFoundError):
            step(over.customer, CUSTOMER)
        with pytest.raises(InputError, match="not you"):
            step(over.admin, CUSTOMER)
        with pytest.raises(InputError, match="not you"):
            step(over.reseller, RESELLER)
    assert over.parts.store.accounts.get(CUSTOMER).closed_at is None
