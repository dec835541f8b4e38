"""Statements: what was owed before, what moved, what is owed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from provd.billing.money import Money
from provd.errors import InputError
from provd.operations.manual_charges import ChargeForm
from provd.operations.payments import PaymentForm
from tests.accounts.office import FEE, Office
from tests.store.people import NOW


def test_a_statement_begins_with_what_was_owed_before(office: Office) -> None:
    office.charges.charge(office.alice, office.baker, FEE)
    office.clock.move(days=20)
    office.charges.charge(office.alice, office.baker, replace(FEE, key="2"))
    told = office.statements.statement(office.alice, office.baker).whole()
    assert str(told.period) == "2026-12-01 to 2026-12-31"
    assert (str(told.opening), str(told.closing)) == ("30.00 EUR", "60.00 EUR")
    assert [line.day for line in told.lines] == [date(2026, 12, 12)]
    assert (told.issuer, told.debtor) == ("Alice", "Alice's bakery")


def test_a_statement_is_read_in_batches_without_gap_or_double(office: Office) -> None:
    for number in range(7):
        office.charges.charge(office.alice, office.baker, replace(FEE, key=str(number)))
        if number % 3 == 0:
            office.clock.move(hours=1)
    account = f"{office.people.alice.id}:receivable:{office.baker}"
    day = timedelta(days=1)
    read = office.store.books.movements(account, "EUR", NOW - day, NOW + day, size=2)
    assert [one.transaction_id[-2:] for one in read] == [f":{number}" for number in range(7)]


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.tuples(st.sampled_from("pcx"), st.integers(1, 9_999)), max_size=8))
def test_whatever_is_entered_the_statement_comes_to_the_balance(
    office: Office, steps: list[tuple[str, int]]
) -> None:
    before = office.statements.balance(office.alice, office.baker).owed[0]
    for kind, cents in steps:
        amount = Money.from_micros(cents * 10_000, "EUR").rounded()
        office.clock.move(hours=1)
        if kind == "p":
            office.payments.pay(office.alice, office.baker, PaymentForm(amount, "bank"))
        else:
            enter = office.charges.charge if kind == "c" else office.charges.credit
            enter(office.alice, office.baker, ChargeForm(amount, "x", "y"))
    after = office.statements.balance(office.alice, office.baker).owed[0]
    signs = {"p": -1, "c": 1, "x": -1}
    moved = sum(signs[kind] * cents for kind, cents in steps)
    assert after - before == Money.from_micros(moved * 10_000, "EUR")
    days = date(2026, 11, 1), date(2028, 1, 1)
    assert office.statements.statement(office.alice, office.baker, *days).closing == after


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_the_days_of_a_statement_are_chosen(office: Office) -> None:
    def days(since: date | None, until: date | None) -> str:
        return str(office.statements.statement(office.alice, office.baker, since, until).period)

    assert days(None, None) == "2026-11-01 to 2026-11-30"
    assert days(date(2026, 9, 3), None) == "2026-09-03 to 2026-11-30"
    assert days(None, date(2026, 9, 3)) == "2026-09-01 to 2026-09-03"
    with pytest.raises(InputError, match="no day lies between"):
        days(date(2026, 12, 1), None)
