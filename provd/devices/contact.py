"""An entry of a customer's phone book."""

from __future__ import annotations

from dataclasses import dataclass

NUMBER_KINDS = ("work", "mobile", "home", "other")
"""What a number may be; most phones know the first three."""


@dataclass(frozen=True, slots=True)
class Contact:
    """`numbers` are (kind, number) in the order in which phones show them; a kind is one of
    `NUMBER_KINDS`, a number what a phone can dial."""

    name: str
    numbers: tuple[tuple[str, str], ...]
