from dataclasses import fields
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.billing.money import Money
from provd.billing.period import Period
from provd.documents.words import LANGUAGES, words
from provd.errors import InputError

ENGLISH, GERMAN = words("en"), words("de")


def plain(text: str) -> str:
    """With blanks, dashes and minus as on a keyboard."""
    return text.replace("\u00a0", " ").replace("\u2013", "-").replace("\u2212", "-")


@pytest.mark.parametrize(
    ("amount", "currency", "english", "german"),
    [
        ("1234567.5", "EUR", "EUR 1,234,567.50", "1.234.567,50 EUR"),
        ("-0.05", "USD", "-USD 0.05", "-0,05 USD"),
        ("1000", "JPY", "JPY 1,000", "1.000 JPY"),
        ("0.125", "KWD", "KWD 0.125", "0,125 KWD"),
        ("0.3350", "EUR", "EUR 0.335", "0,335 EUR"),
    ],
)
def test_money_is_written_as_the_language_does(
    amount: str, currency: str, english: str, german: str
) -> None:
    money = Money(Decimal(amount), currency)
    assert plain(ENGLISH.money(money)) == english
    assert plain(GERMAN.money(money)) == german


@given(st.decimals(-(10**12), 10**12, places=2))
def test_what_was_written_can_be_read(amount: Decimal) -> None:
    money = Money(amount, "EUR")
    english = plain(ENGLISH.figures(money)).replace(",", "")
    german = plain(GERMAN.figures(money)).replace(".", "").replace(",", ".")
    assert Decimal(english) == Decimal(german) == amount


@pytest.mark.parametrize(
    ("first", "end", "english", "german"),
    [
        ("2027-01-01", "2027-02-01", "1 Jan - 31 Jan 2027", "01.01. - 31.01.2027"),
        ("2026-12-15", "2027-01-15", "15 Dec 2026 - 14 Jan 2027", "15.12.2026 - 14.01.2027"),
        ("2027-03-01", "2027-03-02", "1 Mar 2027", "01.03.2027"),
    ],
)
def test_a_period_is_its_first_and_last_day(
    first: str, end: str, english: str, german: str
) -> None:
    period = Period(date.fromisoformat(first), date.fromisoformat(end))
    assert plain(ENGLISH.days(period)) == english
    assert plain(GERMAN.days(period)) == german


def test_a_quantity_has_no_digits_that_say_nothing() -> None:
    counts = [ENGLISH.quantity_of(Decimal(text)) for text in ("1", "12.00", "1.50", "-2", "1E+3")]
    assert list(map(plain, counts)) == ["1", "12", "1.5", "-2", "1,000"]
    assert plain(GERMAN.percent(Decimal("7.70"))) == "7,7 %"


def test_no_line_is_broken_between_a_number_and_its_unit() -> None:
    assert " " not in ENGLISH.money(Money(Decimal("1234"), "EUR")) + ENGLISH.day(date(2027, 1, 1))


def test_each_language_has_a_word_for_everything() -> None:
    for language in LANGUAGES.values():
        empty = {one.name for one in fields(language) if not getattr(language, one.name)}
        assert empty <= {"months"}
        assert set(language.reasons) < set(language.untaxed)


def test_each_languages_texts_take_the_same_values() -> None:
    for one in fields(ENGLISH):
        english, german = getattr(ENGLISH, one.name), getattr(GERMAN, one.name)
        if isinstance(english, str):
            assert english.count("{}") == german.count("{}"), one.name


def test_an_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="“fr”"):
        words("fr")
