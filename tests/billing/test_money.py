from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.billing.currency import MINOR_DIGITS
from provd.billing.money import Money, Unrounded
from provd.errors import MoneyError

from .samples import euro

amounts = st.integers(-(2**63) + 1, 2**63 - 1)
currencies = st.sampled_from(sorted(MINOR_DIGITS))


@given(amounts, currencies)
def test_micros_make_the_round_trip(micros: int, currency: str) -> None:
    assert Money.from_micros(micros, currency).micros == micros


def test_an_amount_finer_than_a_micro_can_not_be_stored() -> None:
    with pytest.raises(MoneyError, match="millionth"):
        _ = euro("0.0000001").micros


def test_an_amount_beyond_64_bits_can_not_be_stored() -> None:
    with pytest.raises(MoneyError, match="more than can be stored"):
        _ = euro("9223372036854.775808").micros


@pytest.mark.parametrize(
    ("amount", "currency", "paid"),
    [
        ("1.005", "EUR", "1.01 EUR"),
        ("1.0049999", "EUR", "1.00 EUR"),
        ("-1.005", "EUR", "-1.01 EUR"),
        ("-0.001", "EUR", "0.00 EUR"),
        ("100.5", "JPY", "101 JPY"),
        ("1.0005", "KWD", "1.001 KWD"),
        ("1E+2", "EUR", "100.00 EUR"),
    ],
)
def test_it_rounds_half_up_to_what_can_be_paid(amount: str, currency: str, paid: str) -> None:
    assert str(Money(Decimal(amount), currency).rounded()) == paid


def test_it_shows_every_digit_it_has() -> None:
    assert str(euro("0.012")) == "0.012 EUR"
    assert str(euro("-0")) == "0.00 EUR"
    assert str(euro("12.3400")) == "12.34 EUR"


@given(amounts, amounts)
def test_sums_do_not_depend_on_the_threads_context(one: int, other: int) -> None:
    left, right = Money.from_micros(one, "EUR"), Money.from_micros(other, "EUR")
    with decimal.localcontext() as context:
        context.prec = 2
        context.rounding = decimal.ROUND_DOWN
        total, difference, product = left + right, left - right, left * Decimal("1.234567")
        rounded = left.rounded()
    assert Fraction(total.amount) == Fraction(one + other, 10**6)
    assert Fraction(difference.amount) == Fraction(one - other, 10**6)
    assert Fraction(product.amount) == Fraction(one, 10**6) * Fraction(1234567, 10**6)
    assert rounded == left.rounded()


@given(amounts, currencies)
def test_rounding_moves_an_amount_by_no_more_than_half_a_minor_unit(
    micros: int, currency: str
) -> None:
    money = Money.from_micros(micros, currency)
    moved = abs(Fraction(money.rounded().amount) - Fraction(money.amount))
    assert moved <= Fraction(1, 2 * 10 ** MINOR_DIGITS[currency])
    assert money.rounded().rounded() == money.rounded()


def test_a_fraction_of_an_amount_is_rounded_once_and_at_the_end() -> None:
    third = euro("10") * Fraction(1, 3)
    assert isinstance(third, Unrounded)
    assert third + third + third == Unrounded(Fraction(10), "EUR")
    assert third.rounded() == euro("3.33")
    assert (third * 3).rounded() == euro("10")


def test_currencies_never_mix() -> None:
    dollars = Money(Decimal(1), "USD")
    with pytest.raises(MoneyError, match="EUR and USD"):
        euro("1") + dollars
    with pytest.raises(MoneyError, match="EUR and USD"):
        euro("1") - dollars
    with pytest.raises(MoneyError, match="EUR and USD"):
        Money.sum([euro("1"), dollars], "EUR")
    with pytest.raises(MoneyError, match="EUR and USD"):
        euro("1") * Fraction(1, 3) + dollars * Fraction(1, 3)


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "XXX", "€"])
def test_a_currency_has_a_code_of_iso_4217(currency: str) -> None:
    with pytest.raises(MoneyError, match="ISO 4217"):
        Money(Decimal(1), currency)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "1E+60", "1E-61"])
def test_an_amount_is_a_sensible_number(amount: str) -> None:
    with pytest.raises(MoneyError, match="not an amount"):
        Money(Decimal(amount), "EUR")


def test_equal_worth_is_equal() -> None:
    assert euro("12.0") == euro("12.00")
    assert hash(euro("12.0")) == hash(euro("12.00"))
    assert euro("0") == -euro("0") == Money.zero("EUR") == Money.sum([], "EUR")


def test_the_largest_amounts_multiply_without_losing_a_digit() -> None:
    nines = Decimal("9" * 29 + "." + "9" * 30)
    product = euro(str(nines)) * nines
    assert Fraction(product.amount) == Fraction(nines) ** 2
