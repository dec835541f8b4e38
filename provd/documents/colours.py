"""An issuer's colour on white paper."""

from __future__ import annotations

from typing import NamedTuple

from provd.errors import InputError


class Colour(NamedTuple):
    """Red, green and blue, 0 to 255."""

    red: int
    green: int
    blue: int

    def mixed(self, other: Colour, share: float) -> Colour:
        """This colour with a share of the other in it."""
        return Colour(*(round(a + (b - a) * share) for a, b in zip(self, other, strict=True)))

    @property
    def contrast_on_white(self) -> float:
        """From 1 (white) to 21 (black), as WCAG 2.2 defines it."""
        parts = [one / 255 for one in self]
        red, green, blue = (
            one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
        )
        return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


BLACK, WHITE = Colour(0, 0, 0), Colour(255, 255, 255)
INK = Colour(28, 32, 38)
FAINT = Colour(96, 102, 112)
HAIRLINE = Colour(208, 212, 218)
_READABLE = 4.5  # WCAG 2.2, success criterion 1.4.3


def colour(text: str) -> Colour:
    """Of #rrggbb. Raises InputError for anything else."""
    try:
        if len(text) != 7 or text[0] != "#":
            raise ValueError(text)
        return Colour(*bytes.fromhex(text[1:]))
    except ValueError:
        raise InputError(
            f"“{text}” is not a colour", key="colour", remedy="Write it as #1f4e79"
        ) from None


def readable(brand: Colour) -> Colour:
    """The brand's colour, darkened until text in it can be read on white."""
    while brand.contrast_on_white < _READABLE:
        brand = brand.mixed(BLACK, 0.1)
    return brand
