"""A reseller picks any accent colour; text on it and in it stays readable (WCAG 2.2, 1.4.3 AA)."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEFAULT = "#1f4e79"
AA = 4.5
LIGHT_SURFACE = "#f4f6f8"
DARK_SURFACE = "#1c232d"

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Accent:
    """`fill` with `on_fill` upon it; `light_ink` and `dark_ink` are the accent as text on a light
    and on a dark page. All #rrggbb."""

    fill: str
    on_fill: str
    light_ink: str
    dark_ink: str


def accent(colour: str) -> Accent:
    """Every pair that text is set in has a contrast of at least 4.5; a colour that is not #rrggbb
    becomes the default."""
    fill = colour.lower() if re.fullmatch(r"#[0-9a-fA-F]{6}", colour) else DEFAULT
    return Accent(
        fill=fill,
        on_fill="#ffffff" if contrast(fill, "#ffffff") >= AA else "#000000",
        light_ink=_moved_until_readable(fill, LIGHT_SURFACE, towards="#000000"),
        dark_ink=_moved_until_readable(fill, DARK_SURFACE, towards="#ffffff"),
    )


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def stylesheet(colours: Accent) -> str:
    """The custom properties that portal.css builds upon."""
    return (
        f":root{{--accent:{colours.fill};--on-accent:{colours.on_fill};"
        f"--accent-ink:{colours.light_ink}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{--accent-ink:{colours.dark_ink}}}}}\n"
    )


def _moved_until_readable(colour: str, surface: str, *, towards: str) -> str:
    for step in range(21):
        mixed = _mix(colour, towards, step / 20)
        if contrast(mixed, surface) >= AA:
            return mixed
    return towards


def _mix(colour: str, other: str, share: float) -> str:
    parts = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(255 * (a + (b - a) * share)):02x}" for a, b in parts)


def _channels(colour: str) -> Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
