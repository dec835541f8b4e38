"""Texts that people type."""

import pytest

from provd.devices.secret import Secret
from provd.devices.text import one_line, whole_number
from provd.errors import InputError


def test_blanks_around_are_dropped() -> None:
    assert one_line("  Front desk ", "label") == "Front desk"


@pytest.mark.parametrize(
    "text", ["a\nb", "a\tb", "a\x00b", "a\u2028b", "a\u202eb", "a\uffff", "a\ufdd0", "a\ud800"]
)
def test_what_can_not_be_seen_is_refused_by_field(text: str) -> None:
    with pytest.raises(InputError) as caught:
        one_line(text, "label")
    assert caught.value.key == "label"


def test_too_long_is_refused() -> None:
    with pytest.raises(InputError, match="longer than 120"):
        one_line("x" * 121, "label")


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("0042", 42), ("", None), ("-1", None), ("\u0663", None), ("9" * 5000, None)],
)
def test_a_number_is_a_few_ascii_digits(text: str, number: int | None) -> None:
    assert whole_number(text) == number


def test_a_secret_is_not_printed() -> None:
    secret = Secret("open sesame")
    assert "sesame" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "open sesame"
    assert secret
    assert not Secret("")
