"""An entry of a customer's phone book."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from provd.devices.text import one_line
from provd.errors import InputError

NUMBER_KINDS = ("work", "mobile", "home", "other")
"""What a number may be; most phones know the first three."""

LONGEST_NAME = 64

MOST_CONTACTS = 1_000
"""As many as the phones of most vendors take from one phone book."""

_DIALLED = re.compile(r"\+?[0-9*#]{1,32}")
_BETWEEN = re.compile(r"[\s().\-/\u2010-\u2015]")
"""What people put between digits so that they can be read."""


@dataclass(frozen=True, slots=True)
class Contact:
    """`numbers` are (kind, number) in the order in which phones show them; a kind is one of
    `NUMBER_KINDS`, a number what a phone can dial."""

    name: str
    numbers: tuple[tuple[str, str], ...]

    def number(self, kind: str) -> str:
        """The first of that kind, empty when there is none."""
        return next((number for own, number in self.numbers if own == kind), "")


def contact_from(name: str, numbers: Mapping[str, str]) -> Contact:
    """As people write it: `numbers` by kind, the empty ones left out, +49 (30) 123-45 as
    +493012345. Raises InputError whose key is `name` or the number's kind."""
    name = one_line(name, "name", longest=LONGEST_NAME)
    if not name:
        raise InputError("a name is needed", key="name")
    found = tuple(_numbers(numbers))
    if not found:
        raise InputError("a number is needed", key=NUMBER_KINDS[0], remedy="Give one of any kind")
    return Contact(name, found)


def _numbers(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for kind in NUMBER_KINDS:
        written = given.get(kind, "").strip()
        dialled = _BETWEEN.sub("", written)
        if written and not _DIALLED.fullmatch(dialled):
            raise InputError(
                f"“{written[:40]}” can't be dialled",
                key=kind,
                remedy="Give at most 32 of the digits, * and #, with a + before them if need be",
            )
        if dialled:
            yield kind, dialled
