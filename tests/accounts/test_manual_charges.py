"""Charges and credits that a person enters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provd.billing.plan import Side
from provd.billing.tax_category import TaxCategory
from provd.errors import ConflictError, InputError, NotFoundError
from provd.operations.manual_charges import ChargeForm
from tests.accounts.office import FEE, Office
from tests.store.people import NOW, phone
from tests.store.till import book, due, euros, lease, priced_plan, start


def test_a_manual_charge_tells_who_and_why(office: Office) -> None:
    made, new = office.charges.charge(office.alice, office.baker, FEE)
    assert new
    assert made.key == f"manual:{office.people.alice.id}:1"
    assert (made.side, made.cause.actor, made.cause.reason) == (
        Side.RETAIL,
        "alice",
        "came on Sunday",
    )
    assert office.store.books.charge(made.key) == made
    assert office.charges.charge(office.alice, office.baker, FEE) == (made, False)
    with pytest.raises(ConflictError, match="names another charge"):
        office.charges.charge(office.alice, office.baker, replace(FEE, text="Other"))


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_what_the_provider_charges_a_reseller_is_wholesale(office: Office) -> None:
    made, _ = office.charges.charge(office.root, office.people.alice.id, FEE)
    assert made.side is Side.WHOLESALE
    made, _ = office.charges.charge(
        office.root, office.people.own_customer.id, replace(FEE, key="")
    )
    assert made.side is Side.RETAIL


def test_a_credit_gives_back_no_more_than_is_left_of_its_charge(office: Office) -> None:
    charge, _ = office.charges.charge(
        office.alice, office.baker, replace(FEE, tax_category=TaxCategory.REDUCED)
    )
    back = ChargeForm(euros("20.00"), "", "half the work", credits=charge.key)
    first, _ = office.charges.credit(office.alice, office.baker, back)
    assert (first.amount, first.tax_category) == (euros("-20.00"), TaxCategory.REDUCED)
    assert first.text == "Credit: Callout"
    with pytest.raises(InputError, match=r"10.00 EUR is left of the charge “Callout”"):
        office.charges.credit(office.alice, office.baker, back)
    office.charges.credit(office.alice, office.baker, replace(back, amount=euros("10.00")))
    assert office.owed(office.baker) == "0.00"


def test_what_an_adjustment_gave_back_is_not_given_back_by_hand(office: Office) -> None:
    leased = lease(
        office.store,
        priced_plan(office.store, office.people),
        phone(office.store, office.people.alice_site),
        office.people.alice_site,
        office.people,
        office.people.alice,
    )
    start(office.store, leased.subscription.id)
    charge = next(
        one for one in book(office.store, due(office.store, leased, NOW)) if one.side is Side.RETAIL
    )
    adjusted = replace(charge, key=f"{charge.key}:adjust:9", amount=-charge.amount)
    book(office.store, [adjusted])
    back = ChargeForm(euros("0.01"), "x", "y", credits=charge.key)
    with pytest.raises(InputError, match=r"0.00 EUR is left"):
        office.charges.credit(office.alice, office.baker, back)


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_a_credit_may_name_no_charge(office: Office) -> None:
    office.charges.credit(office.alice, office.baker, ChargeForm(euros("5.00"), "Sorry", "late"))
    assert office.owed(office.baker) == "-5.00"


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_anothers_charge_is_not_credited(office: Office) -> None:
    theirs, _ = office.charges.charge(office.root, office.people.alice.id, FEE)
    with pytest.raises(NotFoundError, match="has no charge"):
        office.charges.credit(office.alice, office.baker, replace(FEE, credits=theirs.key, key="2"))


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
@pytest.mark.parametrize("form", [replace(FEE, text=" "), replace(FEE, reason="")])
def test_a_manual_charge_needs_text_and_reason(office: Office, form: ChargeForm) -> None:
    with pytest.raises(InputError, match="it is needed"):
        office.charges.charge(office.alice, office.baker, form)
