import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.documents.colours import BLACK, WHITE, Colour, colour, readable
from provd.errors import InputError

CHANNELS = st.integers(0, 255)


@given(CHANNELS, CHANNELS, CHANNELS)
def test_any_brand_can_be_read_on_white(red: int, green: int, blue: int) -> None:
    made = readable(colour(f"#{red:02x}{green:02x}{blue:02x}"))
    assert made.contrast_on_white >= 4.5
    assert all(0 <= one <= 255 for one in made)


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert readable(colour("#0a6e4a")) == Colour(10, 110, 74)
    assert (round(BLACK.contrast_on_white), round(WHITE.contrast_on_white)) == (21, 1)


@pytest.mark.parametrize(
    "wrong", ["", "green", "#fff", "0a6e4a0", "#0a6e4g", "# a6e4a", "#0a6e4a "]
)
def test_what_is_no_colour_is_refused(wrong: str) -> None:
    with pytest.raises(InputError, match="colour"):
        colour(wrong)
