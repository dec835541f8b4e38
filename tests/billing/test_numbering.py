import pytest

from provd.billing.numbering import NumberPattern
from provd.errors import InputError


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("{number}", "7"),
        ("{number:5}", "00007"),
        ("{year}-{number:05}", "2027-00007"),
        ("NF/{year}/{number:3}", "NF/2027/007"),
    ],
)
def test_a_number_is_made_by_its_pattern(text: str, number: str) -> None:
    assert NumberPattern(text).number(7, 2027) == number


def test_a_number_may_outgrow_its_digits() -> None:
    assert NumberPattern("{number:2}").number(12_345, 2027) == "12345"


def test_only_with_the_year_the_counter_begins_anew() -> None:
    assert NumberPattern("{year}-{number}").by_year
    assert not NumberPattern("R{number}").by_year


@pytest.mark.parametrize(
    "text",
    [
        *("", "R", "{year}", "{number}{number}", "{year}{year}{number}", "{month}-{number}"),
        *("{number!r}", "{number:5}\n", "{number.__class__}", "é{number}", "{number}" + "x" * 40),
    ],
)
def test_it_refuses_a_pattern_that_numbers_nothing_or_says_more(text: str) -> None:
    with pytest.raises(InputError):
        NumberPattern(text)
