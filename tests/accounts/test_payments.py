"""Payments, refunds, debts given up, reversals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from provd.errors import ConflictError, InputError, StoreError
from provd.operations.payments import PaymentForm
from tests.accounts.office import FEE, PAID, Office
from tests.store.till import euros


def test_a_payment_lowers_what_is_owed_and_stands_in_the_statement(office: Office) -> None:
    office.charges.charge(office.alice, office.baker, FEE)
    booked = office.payments.pay(office.alice, office.baker, PAID)
    assert booked.new
    assert office.owed(office.baker) == "5.00"
    told = [(line.kind.value, line.text, str(line.balance)) for line in office.lines(office.alice)]
    assert told == [
        ("charge", "Callout", "30.00 EUR"),
        ("payment", "Payment by bank", "5.00 EUR"),
    ]
    assert office.lines(office.alice)[1].reference == "RF18"


def test_the_same_key_again_changes_nothing(office: Office) -> None:
    first = office.payments.pay(office.alice, office.baker, PAID)
    office.clock.move(days=2)
    again = office.payments.pay(office.alice, office.baker, PAID)
    assert (first.new, again.new) == (True, False)
    assert again.settlement == first.settlement
    assert office.owed(office.baker) == "-25.00"


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "other",
    [
        replace(PAID, amount=euros("26.00")),
        replace(PAID, method="card"),
        replace(PAID, received_on=date(2026, 11, 1)),
    ],
)
def test_the_same_key_for_another_payment_is_refused(office: Office, other: PaymentForm) -> None:
    office.payments.pay(office.alice, office.baker, PAID)
    with pytest.raises(ConflictError, match="names another payment"):
        office.payments.pay(office.alice, office.baker, other)
    assert office.owed(office.baker) == "-25.00"


@pytest.mark.parametrize("originals", ["sqlite"], indirect=True)
def test_without_a_key_each_entry_is_one(office: Office) -> None:
    for _ in range(2):
        office.payments.pay(office.alice, office.baker, replace(PAID, key=""))
    assert office.owed(office.baker) == "-50.00"


def test_a_wrong_payment_is_reversed_once(office: Office) -> None:
    number = office.payments.pay(office.alice, office.baker, PAID).settlement.number
    office.payments.reverse(office.alice, number, "the baker of another town")
    assert office.owed(office.baker) == "0.00"
    with pytest.raises(ConflictError, match="reversed already"):
        office.payments.reverse(office.alice, number, "again")
    reversal, payment = office.statements.entered(office.alice, office.baker)
    assert (payment.reversed, reversal.reversed) == (True, False)
    with pytest.raises(InputError, match="itself a reversal"):
        office.payments.reverse(office.alice, reversal.settlement.number, "back")
    assert office.lines(office.alice)[-1].text == "Reversed: the baker of another town"


def test_a_refund_sends_back_no_more_than_was_paid_in_advance(office: Office) -> None:
    office.payments.pay(office.alice, office.baker, PAID)
    with pytest.raises(InputError, match=r"has paid in advance 25.00 EUR, less than 25.01 EUR"):
        office.payments.refund(office.alice, office.baker, replace(PAID, amount=euros("25.01")))
    office.payments.refund(office.alice, office.baker, PAID)
    assert office.owed(office.baker) == "0.00"


def test_no_more_is_written_off_than_is_owed_and_with_a_reason(office: Office) -> None:
    lost = PaymentForm(euros("30.00"), note="bankrupt")
    with pytest.raises(InputError, match=r"owes 0.00 EUR, less than 30.00 EUR"):
        office.payments.write_off(office.alice, office.baker, lost)
    office.charges.charge(office.alice, office.baker, FEE)
    with pytest.raises(InputError, match="say why"):
        office.payments.write_off(office.alice, office.baker, replace(lost, note=" "))
    office.payments.write_off(office.alice, office.baker, lost)
    assert office.owed(office.baker) == "0.00"
    books = office.store.books.balance(f"{office.people.alice.id}:bad-debt")
    assert books == {"EUR": euros("30.00")}


@pytest.mark.parametrize("table", ["settlement", "charge_credit"])
def test_what_was_entered_by_hand_is_neither_changed_nor_removed(
    office: Office, table: str
) -> None:
    charge, _ = office.charges.charge(office.alice, office.baker, FEE)
    office.charges.credit(office.alice, office.baker, replace(FEE, credits=charge.key, key="2"))
    office.payments.pay(office.alice, office.baker, PAID)
    sql, read = office.store._database.sql, f"SELECT * FROM {table}"  # noqa: S608
    before = sql(read)
    attacks = [f"UPDATE {table} SET {'note' if table == 'settlement' else 'credits'} = 'x'"]  # noqa: S608
    attacks.append(f"DELETE FROM {table}")  # noqa: S608
    if not office.store._database.is_postgresql:
        attacks.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")  # noqa: S608
    for attack in attacks:
        with pytest.raises(StoreError, match=f"{table} is append-only"):
            sql(attack)
    assert sql(read) == before
    assert before
