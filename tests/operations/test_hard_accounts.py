"""Whatever posts to a hard account suspends it: a boot, a billing run, an invoice's tax."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from provd.billing.credit import BalanceMode, CreditTerms
from provd.billing.plan import FeeKind, Side, SubjectKind
from provd.billing.settlement import SettlementKind
from provd.billing.subscription import Subject
from provd.devices.mac import Mac
from provd.operations.credit import Effect
from provd.operations.payments import PaymentForm
from provd.operations.setup import NewFee, price
from provd.operations.subscribing import Order
from provd.operations.telling import Reached, Telling
from tests.conftest import PHONE, House
from tests.operations import invoices
from tests.operations.conftest import START, Clock
from tests.operations.deliveries import charges, delivery, device_of

BOOTED = "29.19"
"""What the first boot costs the customer."""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[set[int]]:
    """The phones that were told, each time."""
    calls: list[set[int]] = []

    def tell(self: Telling, device_ids: Collection[int], by: str) -> Reached:
        calls.append(set(device_ids))
        return Reached(0, len(device_ids))

    monkeypatch.setattr(Telling, "all", tell)
    return calls


def harden(house: House, limit: str) -> None:
    terms = CreditTerms(BalanceMode.HARD, price(limit, "EUR"))
    house.parts.operations.statements.change_terms(house.reseller, house.customer.account_id, terms)


def suspended(house: House) -> bool:
    return house.parts.store.accounts.get(house.customer.account_id).suspended_at is not None


def boot(house: House, **more: float) -> None:
    at = START + timedelta(hours=2, **more)
    house.parts.operations.boots.book([delivery(house.parts, PHONE, at)])


@pytest.mark.parametrize(("limit", "lost"), [("29.20", False), (BOOTED, True)])
def test_a_boot_that_uses_the_credit_up_suspends(
    house: House, told: list[set[int]], limit: str, lost: bool
) -> None:
    harden(house, limit)
    boot(house)
    house.parts.operations.telling.wait()
    assert suspended(house) is lost
    assert [device_of(house.parts, PHONE).id in one for one in told] == [True] * lost


def test_a_billing_run_suspends_and_wholesale_runs_on(house: House, told: list[set[int]]) -> None:
    harden(house, "35.00")
    boot(house)
    assert not suspended(house)
    house.parts.operations.billing.run(START + timedelta(days=25))
    assert suspended(house)
    before = len([one for one in charges(house.parts) if one.side is Side.WHOLESALE])
    house.parts.operations.billing.run(START + timedelta(days=55))
    wholesale = [one for one in charges(house.parts) if one.side is Side.WHOLESALE]
    assert len(wholesale) == before + 1
    house.parts.operations.telling.wait()
    assert len(told) == 1


def test_the_tax_of_an_invoice_suspends_and_a_payment_lifts_it(
    house: House, clock: Clock, told: list[set[int]]
) -> None:
    harden(house, "34.00")
    invoices.settle(house)
    invoices.boot(house)
    clock.now = datetime(2026, 9, 1, 8, tzinfo=UTC)
    draft = invoices.retail_draft(house)
    assert not suspended(house)
    house.parts.operations.invoicing.issue.finalise(house.reseller, draft)
    assert suspended(house)
    form = PaymentForm(price("10.00", "EUR"), "bank")
    house.parts.operations.payments.pay(house.reseller, house.customer.account_id, form)
    assert not suspended(house)
    house.parts.operations.telling.wait()
    assert len(told) == 2


def test_a_suspended_phone_is_told_a_configuration_without_its_account(
    house: House, told: list[set[int]]
) -> None:
    harden(house, "0")
    placement = house.parts.store.devices.placement(Mac.parse(PHONE))
    assert placement
    assert placement.suspended
    assert told


def pay(house: House, amount: str) -> None:
    form = PaymentForm(price(amount, "EUR"), "bank")
    house.parts.operations.payments.pay(house.reseller, house.customer.account_id, form)


def effect_of(house: House, amount: str) -> Effect:
    form, account = PaymentForm(price(amount, "EUR"), "bank"), house.customer.account_id
    kind = SettlementKind.PAYMENT
    found = house.parts.operations.payments.preview(house.reseller, account, kind, form).effect
    assert found is not None
    return found


def owes(house: House) -> str:
    return (
        house.parts.operations.statements.balance(house.reseller, house.customer.account_id)
        .owed[0]
        .figures
    )


def with_service(house: House) -> None:
    """Its phone's place has a service of 31.00 a month, which rests with it."""
    books = house.parts.store.books
    fee = NewFee(FeeKind.SERVICE, "Care", True, price("10", "EUR"), price("31", "EUR"))
    plan = house.parts.operations.setup.create_plan(1, "Care", [fee])
    (slot,) = [one.slot.id for one in books.placed_slots(house.reseller.scope) if one.mac
               and one.mac == Mac.parse(PHONE)]  # fmt: skip
    order = Order(plan.id, Subject(SubjectKind.SLOT, slot))
    house.parts.operations.subscribing.add(house.reseller, order)


@pytest.mark.parametrize(
    ("daily", "payments"),
    [
        # 20.00 of service were charged, of which 15.00 come back and 11.00 are charged again.
        (True, [("0.01", False), ("10.99", False), ("0.01", True)]),
        # Both come with the next run: 4.00 to the good.
        (False, [("0.01", True)]),
    ],
)
def test_a_payment_that_going_on_would_use_up_at_once_lifts_nothing_and_tells_what_is_missing(
    house: House,
    clock: Clock,
    told: list[set[int]],
    daily: bool,
    payments: list[tuple[str, bool]],
) -> None:
    clock.now = START + timedelta(hours=2)
    boot(house)
    with_service(house)
    clock.move(days=5)
    harden(house, "0")
    if daily:
        house.parts.operations.billing.run(clock.now)
    clock.move(days=4)
    pay(house, owes(house))
    assert suspended(house), "nothing is left"
    missing = Decimal("11.00")
    for amount, lifted in payments:
        missing -= Decimal(amount)
        effect = effect_of(house, amount)
        assert (effect.resumes is not None) is lifted
        if not lifted:
            assert effect.missing == price(str(missing), "EUR")
        pay(house, amount)
        assert suspended(house) is not lifted
    house.parts.operations.billing.run(clock.now)
    assert not suspended(house), "it does not flap"
    assert Decimal(owes(house)) < 0
