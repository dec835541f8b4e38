"""Any accent colour leaves every text readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.portal.colours import (
    AA,
    DARK_SURFACE,
    DEFAULT,
    LIGHT_SURFACE,
    accent,
    contrast,
    stylesheet,
)

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colours)
def test_every_pair_of_text_and_ground_meets_wcag_aa(colour: str) -> None:
    chosen = accent(colour)
    assert contrast(chosen.fill, chosen.on_fill) >= AA
    assert contrast(chosen.light_ink, LIGHT_SURFACE) >= AA
    assert contrast(chosen.light_ink, "#ffffff") >= AA
    assert contrast(chosen.dark_ink, DARK_SURFACE) >= AA
    assert contrast(chosen.dark_ink, "#10151b") >= AA


def test_a_readable_colour_is_taken_as_it_is() -> None:
    assert accent("#0b5f5b").light_ink == "#0b5f5b"
    assert accent("#0B5F5B").fill == "#0b5f5b"


def test_yellow_gets_black_text_and_turns_brown_as_a_link() -> None:
    chosen = accent("#ffd400")
    assert chosen.on_fill == "#000000"
    assert chosen.light_ink not in {"#ffd400", "#000000"}


@pytest.mark.parametrize(
    "odd", ["", "red", "#12345", "#1234567", "#12345g", "#000;}body{", "\uff11\uff12"]
)
def test_what_is_no_colour_becomes_the_default(odd: str) -> None:
    assert accent(odd) == accent(DEFAULT)


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_the_stylesheet_holds_nothing_but_checked_colours() -> None:
    assert "#1f4e79" in stylesheet(accent("</style>"))
    assert "<" not in stylesheet(accent("</style>"))
