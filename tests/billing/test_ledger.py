from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.billing.due import due_charges
from provd.billing.ledger import Entry, Transaction, balances, post
from provd.billing.money import Money
from provd.errors import MoneyError

from .samples import PLAN, PRICES, euro, subscribed, utc

NOW = utc("2026-12-24 00:00")


def transaction(*entries: Entry) -> Transaction:
    return Transaction("t", NOW, "a test", None, entries)


def test_a_charge_debits_the_debtor_and_credits_revenue_in_the_issuers_books() -> None:
    setup = due_charges(PLAN, PRICES, subscribed("2026-12-23 09:15"), NOW)[0]
    booked = post(setup)
    assert (setup.key, booked.id, booked.charge_key) == (
        "5:10:retail:once",
        "charge:5:10:retail:once",
        "5:10:retail:once",
    )
    assert booked.entries == (
        Entry("2:receivable:3", euro("49")),
        Entry("2:revenue:setup", euro("-49")),
    )
    assert (booked.at, booked.text) == (setup.due_at, setup.text)


def test_posting_the_same_charge_again_gives_the_same_transaction() -> None:
    charges = due_charges(PLAN, PRICES, subscribed("2026-12-23 09:15"), NOW)
    assert [post(charge) for charge in charges] == [post(charge) for charge in charges]
    assert len({post(charge).id for charge in charges}) == len(charges) == 4


def test_balances_are_sums_over_entries() -> None:
    charges = due_charges(PLAN, PRICES, subscribed("2026-12-23 09:15"), NOW)
    assert balances(post(charge) for charge in charges) == {
        ("1:receivable:2", "EUR"): euro("21.16"),
        ("1:revenue:setup", "EUR"): euro("-20"),
        ("1:revenue:lease", "EUR"): euro("-1.16"),
        ("2:receivable:3", "EUR"): euro("50.74"),
        ("2:revenue:setup", "EUR"): euro("-49"),
        ("2:revenue:lease", "EUR"): euro("-1.74"),
    }


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=6))
def test_only_what_sums_to_zero_is_a_transaction(micros: list[int]) -> None:
    entries = [Entry(str(at), Money.from_micros(each, "EUR")) for at, each in enumerate(micros)]
    balance = Entry("rest", Money.from_micros(-sum(micros), "EUR"))
    assert transaction(*entries, balance).entries[-1] == balance
    with pytest.raises(MoneyError, match="off balance"):
        transaction(*entries, balance, Entry("slip", euro("0.000001")))


def test_one_currency_does_not_balance_another() -> None:
    with pytest.raises(MoneyError, match="off balance"):
        transaction(Entry("a", euro("1")), Entry("b", Money(Decimal(-1), "USD")))


def test_a_transaction_has_at_least_two_entries() -> None:
    with pytest.raises(MoneyError, match="fewer than two"):
        transaction(Entry("a", euro("0")))
