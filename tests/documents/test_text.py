import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from provd.billing.reference import is_creditor_reference
from provd.documents.text import clean, first_seen


@given(st.text())
def test_whatever_is_left_can_be_seen_and_is_one_line(text: str) -> None:
    cleaned = clean(text)
    assert {unicodedata.category(one) for one in cleaned}.isdisjoint(
        {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    assert cleaned == clean(cleaned)
    assert len(cleaned.splitlines()) <= 1


def test_accents_are_composed_and_directions_are_not_turned() -> None:
    assert clean("Mu\u0308ller\r\n GmbH\u202e\t& Co") == "M\u00fcller GmbH & Co"


def test_a_blank_that_must_not_be_broken_at_stays() -> None:
    assert clean(" 19\u00a0%  ") == "19\u00a0%"


def test_the_first_text_in_which_there_is_something() -> None:
    assert first_seen("\u200b", " ", "b\n", "c") == "b"
    assert first_seen("", "\x00") == ""


def test_a_creditor_reference_checks_out() -> None:
    assert is_creditor_reference("RF18539007547034")
    assert is_creditor_reference("RF18 5390 0754 7034")
    assert not is_creditor_reference("RF18 5390 0754 7035")
    assert not is_creditor_reference("RF\u0661\u0668539007547034")
