"""What is booked by hand: what it does to the ledger, and what names it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given

from provd.billing.credit import BalanceMode, CreditTerms
from provd.billing.ledger import balances, parties_of
from provd.billing.money import Money
from provd.billing.settlement import Settlement, SettlementKind, checked_method, reverse, settle
from provd.errors import InputError, MoneyError

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 8, 12, 8, tzinfo=UTC)


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


PAYMENT = Settlement(
    issuer_id=1,
    debtor_id=2,
    kind=SettlementKind.PAYMENT,
    key="7",
    amount=euros("25.00"),
    method="bank",
    reference="RF18",
    received_on=date(2026, 8, 12),
    recorded_at=NOW,
    actor="alice",
    note="",
)


@pytest.mark.parametrize(
    ("kind", "entries"),
    [
        (SettlementKind.PAYMENT, [("1:cash:bank", "25.00"), ("1:receivable:2", "-25.00")]),
        (SettlementKind.REFUND, [("1:cash:bank", "-25.00"), ("1:receivable:2", "25.00")]),
        (SettlementKind.WRITE_OFF, [("1:bad-debt", "25.00"), ("1:receivable:2", "-25.00")]),
    ],
)
def test_each_kind_has_its_accounts(kind: SettlementKind, entries: list[tuple[str, str]]) -> None:
    made = settle(replace(PAYMENT, kind=kind), BERLIN)
    assert [(one.account, one.amount.figures) for one in made.entries] == entries
    assert made.id == f"{kind}:1:7"


@given(kind=st.sampled_from(list(SettlementKind)[:3]), cents=st.integers(1, 10**12))
def test_a_reversal_leaves_nothing_of_what_it_reverses(kind: SettlementKind, cents: int) -> None:
    wrong = replace(PAYMENT, kind=kind, amount=Money(Decimal(cents) / 100, "EUR"))
    booked = settle(wrong, BERLIN)
    back = replace(wrong, kind=SettlementKind.REVERSAL, reverses=booked.id, note="typing error")
    left = balances([booked, reverse(back, booked)])
    assert {amount.amount for amount in left.values()} == {0}
    assert back.transaction_id == f"reversal:{booked.id}"


def test_it_stands_on_the_day_on_which_the_money_came() -> None:
    assert settle(PAYMENT, BERLIN).at == NOW
    before = replace(PAYMENT, received_on=date(2026, 8, 1))
    assert settle(before, BERLIN).at == datetime(2026, 7, 31, 22, tzinfo=UTC)


def test_a_day_that_has_not_come_is_refused() -> None:
    with pytest.raises(InputError, match="has not come"):
        settle(replace(PAYMENT, received_on=date(2026, 8, 13)), BERLIN)
    evening = NOW + timedelta(hours=15)  # past midnight in Berlin
    assert (
        settle(replace(PAYMENT, received_on=date(2026, 8, 13), recorded_at=evening), BERLIN).at
        == evening
    )


@pytest.mark.parametrize("amount", ["0", "-1.00", "1.005"])
def test_an_amount_that_nobody_can_pay_is_refused(amount: str) -> None:
    with pytest.raises(InputError, match="can't be paid"):
        replace(PAYMENT, amount=euros(amount))


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb"])
def test_a_key_is_one_line(key: str) -> None:
    with pytest.raises(InputError):
        replace(PAYMENT, key=key)


@pytest.mark.parametrize("method", ["", "bank:2", "a b", "-", "x" * 33, "Überweisung"])
def test_a_method_is_a_word_that_an_account_can_be_named_by(method: str) -> None:
    with pytest.raises(InputError, match="no method of payment"):
        checked_method(method)


def test_a_method_is_written_small() -> None:
    assert checked_method(" Direct-Debit ") == "direct-debit"


def test_the_same_entry_by_another_person_later_is_the_same() -> None:
    again = replace(PAYMENT, recorded_at=NOW + timedelta(days=1), actor="bob")
    assert PAYMENT.same_as(again)
    assert not PAYMENT.same_as(replace(again, amount=euros("25.01")))


def test_who_owes_whom_is_read_from_an_accounts_name() -> None:
    assert parties_of("1:receivable:22") == (1, 22)
    assert parties_of("1:cash:receivable") is None


@pytest.mark.parametrize(
    ("mode", "limit", "owed", "suspends"),
    [
        ("hard", "0", "0", True),
        ("hard", "0", "-0.01", False),
        ("hard", "50.00", "49.99", False),
        ("hard", "50.00", "50.00", True),
        ("soft", "0", "1000.00", False),
    ],
)
def test_a_hard_account_is_suspended_where_credit_and_limit_come_to_zero(
    mode: str, limit: str, owed: str, suspends: bool
) -> None:
    assert CreditTerms(BalanceMode(mode), euros(limit)).suspends(euros(owed)) is suspends


def test_a_limit_is_not_negative() -> None:
    with pytest.raises(MoneyError):
        CreditTerms(BalanceMode.HARD, euros("-1"))
