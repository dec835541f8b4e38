"""Whatever posts to a hard account suspends it: a boot, a billing run, an invoice's tax."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest

from provd.billing.credit import BalanceMode, CreditTerms
from provd.billing.plan import Side
from provd.devices.mac import Mac
from provd.operations.payments import PaymentForm
from provd.operations.setup import price
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
