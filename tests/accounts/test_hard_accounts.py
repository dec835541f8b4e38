"""Hard accounts: suspended where their credit is used up, lifted by a payment, each once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provd.billing.credit import BalanceMode, CreditTerms
from provd.billing.money import Money
from provd.billing.settlement import SettlementKind
from provd.errors import InputError
from provd.operations.manual_charges import ChargeForm
from provd.operations.payments import PaymentForm
from tests.accounts.office import FEE, PAID, Office
from tests.store.people import NOW, phone
from tests.store.till import euros

SOFT = CreditTerms(BalanceMode.SOFT, euros("0"))


def test_a_hard_account_is_suspended_until_it_pays(office: Office) -> None:
    device = phone(office.store, office.people.alice_site)
    office.harden()
    assert office.suspended()
    office.payments.pay(office.alice, office.baker, PAID)
    assert not office.suspended()
    office.charges.charge(office.alice, office.baker, replace(FEE, amount=euros("24.99")))
    assert not office.suspended()
    office.charges.charge(office.alice, office.baker, ChargeForm(euros("0.01"), "x", "y"))
    assert office.suspended()
    assert office.told == [({device.id}, "alice")] * 3


def test_a_limit_lets_a_hard_account_go_below_zero(office: Office) -> None:
    office.harden("30.01")
    office.charges.charge(office.alice, office.baker, FEE)
    assert not office.suspended()
    office.harden("30.00")
    assert office.suspended()


def test_a_reversed_payment_suspends_again(office: Office) -> None:
    office.harden()
    number = office.payments.pay(office.alice, office.baker, PAID).settlement.number
    assert not office.suspended()
    office.payments.reverse(office.alice, number, "the bank took it back")
    assert office.suspended()


def test_soft_terms_lift_it_and_other_reasons_stay(office: Office) -> None:
    office.harden()
    office.statements.change_terms(office.alice, office.baker, SOFT)
    assert not office.suspended()
    office.store.suspensions.suspend(office.baker, NOW, "by hand")
    office.harden()
    office.payments.pay(office.alice, office.baker, PAID)
    assert office.suspended()


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_a_soft_account_goes_on(office: Office) -> None:
    office.charges.charge(office.alice, office.baker, FEE)
    assert not office.suspended()
    assert office.told == []


def test_a_hard_reseller_takes_its_customers_phones_with_it(office: Office) -> None:
    device = phone(office.store, office.people.alice_site)
    terms = CreditTerms(BalanceMode.HARD, euros("0"))
    office.statements.change_terms(office.root, office.people.alice.id, terms)
    assert office.suspended(office.people.alice.id)
    assert not office.suspended()
    placement = office.store.devices.placement(device.mac)
    assert placement
    assert placement.suspended
    assert office.told == [({device.id}, "root")]


def test_nobody_is_told_of_what_is_undone(office: Office) -> None:
    def undone() -> None:
        with office.store.transaction():
            office.harden()
            raise ZeroDivisionError

    phone(office.store, office.people.alice_site)
    with pytest.raises(ZeroDivisionError):
        undone()
    assert office.told == []
    assert not office.suspended()


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_what_a_charge_would_do_is_told_before(office: Office) -> None:
    def effect(amount: str) -> tuple[str, str, int | None]:
        form = replace(FEE, amount=euros(amount))
        told = office.charges.preview(office.alice, office.baker, form).effect
        assert told is not None
        assert told.resumes is None
        return told.before.figures, told.after.figures, told.suspends

    phone(office.store, office.people.alice_site)
    office.harden("10.00")
    assert effect("10.00") == ("0.00", "10.00", 1)
    assert effect("9.99") == ("0.00", "9.99", None)
    office.charges.charge(office.alice, office.baker, FEE)
    known = office.charges.preview(office.alice, office.baker, FEE)
    assert (known.known, known.effect) == (known.charge, None)
    dollars = replace(FEE, amount=Money(euros("1").amount, "USD"), key="2")
    assert office.charges.preview(office.alice, office.baker, dollars).effect is None


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_what_a_payment_would_do_is_told_before(office: Office) -> None:
    def effect(amount: str, kind: SettlementKind) -> tuple[str, int | None, int | None]:
        form = PaymentForm(euros(amount), "bank", note="lost", key="2")
        told = office.payments.preview(office.alice, office.baker, kind, form).effect
        assert told is not None
        return told.after.figures, told.suspends, told.resumes

    phone(office.store, office.people.alice_site)
    office.harden("10.00")
    office.charges.charge(office.alice, office.baker, FEE)
    for kind in (SettlementKind.PAYMENT, SettlementKind.WRITE_OFF):
        assert effect("20.00", kind) == ("10.00", None, None)
        assert effect("20.01", kind) == ("9.99", None, 1)
    paid = office.payments.pay(office.alice, office.baker, replace(PAID, amount=euros("50.00")))
    assert effect("20.00", SettlementKind.REFUND) == ("0.00", None, None)
    _, back = office.payments.preview_reversal(office.alice, paid.settlement.number)
    assert back.effect
    assert (back.effect.after.figures, back.effect.suspends) == ("30.00", 1)


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_what_would_be_refused_is_refused_before(office: Office) -> None:
    form, preview = PaymentForm(euros("1.00"), "bank", note="lost"), office.payments.preview
    for kind in (SettlementKind.REFUND, SettlementKind.WRITE_OFF):
        with pytest.raises(InputError, match=r"less than 1.00 EUR"):
            preview(office.alice, office.baker, kind, form)
    charge, _ = office.charges.charge(office.alice, office.baker, FEE)
    more = replace(FEE, credits=charge.key, amount=euros("30.01"), key="2")
    with pytest.raises(InputError, match="is left of the charge"):
        office.charges.preview_credit(office.alice, office.baker, more)
    assert office.owed(office.baker) == "30.00"


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_what_terms_would_do_is_told_before(office: Office) -> None:
    phone(office.store, office.people.alice_site)
    hard = CreditTerms(BalanceMode.HARD, euros("10.00"))
    told = office.statements.effect_of_terms(office.alice, office.baker, hard)
    assert (str(told.left), told.suspends, told.resumes) == ("10.00 EUR", None, None)
    at_zero = CreditTerms(BalanceMode.HARD, euros("0"))
    assert office.statements.effect_of_terms(office.alice, office.baker, at_zero).suspends == 1
    office.harden()
    assert office.statements.effect_of_terms(office.alice, office.baker, hard).resumes == 1


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_another_currency_suspends_nobody(office: Office) -> None:
    office.harden("1.00")
    dollars = Money(euros("30").amount, "USD")
    office.charges.charge(office.alice, office.baker, replace(FEE, amount=dollars))
    assert not office.suspended()
    owed = office.statements.balance(office.alice, office.baker).owed
    assert [str(one) for one in owed] == ["0.00 EUR", "30.00 USD"]


def test_a_hard_account_that_does_not_know_what_it_owes_is_named(office: Office) -> None:
    office.harden("100.00")
    office.charges.charge(office.alice, office.baker, FEE)
    assert office.store.books.audit().problems == ()
    office.store.books._database.sql(
        "UPDATE account SET owed_micros = 1 WHERE id = ?", (office.baker,)
    )
    assert office.store.books.audit().problems == (
        "1 hard accounts owe another sum than their row says: Alice's bakery",
    )
