"""A password that is typed at the phone, on digits alone."""

from __future__ import annotations

from provd.devices.secret import Secret
from provd.vendors.filters import typed_in_digits
from provd.vendors.notes import noted


def test_a_password_of_digits_is_as_it_is() -> None:
    code = Secret("270384")
    with noted() as notes:
        assert typed_in_digits(code) is code
    assert not notes


def test_another_one_is_left_out_and_noted_without_being_shown() -> None:
    with noted() as notes:
        assert typed_in_digits(Secret("adm1n")) is None
    (note,) = notes
    assert "left out" in note.said
    assert "adm1n" not in note.value + note.said
