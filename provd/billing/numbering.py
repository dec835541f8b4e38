"""How an issuer's invoices are numbered: a pattern around a counter."""

from __future__ import annotations

import re
from dataclasses import dataclass

from provd.devices.text import one_line
from provd.errors import InputError

_PLACE = re.compile(r"\{(year|number)(?::0?(\d))?\}")
_LITERAL = re.compile(r"[A-Za-z0-9 ._/#-]*")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """`text` holds {number} once ({number:5} has five digits at least), and {year} at most once;
    with the year the counter begins anew each year.

    Raises InputError for another pattern.
    """

    text: str

    def __post_init__(self) -> None:
        one_line(self.text, "numbers", longest=_LONGEST)
        names = [name for name, _ in _PLACE.findall(self.text)]
        rest = _PLACE.sub("", self.text)
        if not _LITERAL.fullmatch(rest) or sorted(names) not in (["number"], ["number", "year"]):
            raise InputError(
                f"“{self.text}” is no pattern for invoice numbers",
                key="numbers",
                remedy="It looks like {year}-{number:5}: letters, digits and . _ / # - around",
            )

    @property
    def by_year(self) -> bool:
        """Whether each year has a counter of its own."""
        return "{year" in self.text

    def number(self, count: int, year: int) -> str:
        """The number of the document that is the `count`th of its counter."""
        values = {"year": year, "number": count}
        return _PLACE.sub(lambda place: f"{values[place[1]]:0{int(place[2] or 1)}}", self.text)
