"""Many lines or keys in one statement: the numbers it fills, and texts with a counter.

`1-48` or `1-8,10` are numbers. In a text `{n}` stands for the number, `{n:03}` for it with three
digits, `{n+199}` and `{n-1:02}` for it with something added or taken away; all other text stands
as it is written.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from provd.errors import SettingError

_COUNTER = re.compile(r"\{n(?:(?P<sign>[+-])(?P<shift>[0-9]{1,9}))?(?::0(?P<width>[1-9]))?\}")
_RANGE = re.compile(r"([0-9]{1,9})(?:\s*-\s*([0-9]{1,9}))?")
_REMEDY = "Write numbers and ranges, the smaller number first: 1-8,10"
_COUNTER_REMEDY = "Write {n}, with zeros {n:03}, with a number added {n+199}; no other braces"
_LONGEST = 200


def numbers(text: str, most: int, *, key: str = "positions") -> tuple[int, ...]:
    """The numbers that `text` names, in its order, each from 1 to `most`.

    Raises SettingError, whose key is `key`: for what is no range, goes downwards, exceeds `most`,
    or names a number twice, which names both parts.
    """
    if len(text) > _LONGEST:
        raise SettingError("the list of numbers is too long", key=key, remedy=_REMEDY)
    parts = [(part.strip(), *_ends(part.strip(), most, key)) for part in text.split(",")]
    check_apart(parts, key)
    return tuple(number for _, first, last in parts for number in range(first, last + 1))


def check_apart(ranges: Sequence[tuple[str, int, int]], key: str) -> None:
    """Of ranges (name, first, last). Raises SettingError when two of them share a number."""
    ordered = sorted(ranges, key=lambda one: one[1])
    for (name, _, last), (other, first, _) in itertools.pairwise(ordered):
        if first <= last:
            raise SettingError(
                f"{name} and {other} both give {first}", key=key, remedy="Take it out of one"
            )


def counted(text: str, n: int, *, key: str = "value") -> str:
    """The text for number `n`. Raises SettingError for braces that are no counter, and for a
    counter that would be negative."""

    def fill(found: re.Match[str]) -> str:
        shift = int(found["shift"] or 0)
        number = n - shift if found["sign"] == "-" else n + shift
        if number < 0:
            raise SettingError(f"“{found[0]}” is negative for {n}", key=key, remedy=_COUNTER_REMEDY)
        return str(number).zfill(int(found["width"] or 0))

    if any(brace in part for part in _literals(text) for brace in "{}"):
        raise SettingError("the braces hold no counter", key=key, remedy=_COUNTER_REMEDY)
    return _COUNTER.sub(fill, text)


def written(numbers_: Sequence[int]) -> str:
    """(1, 2, 3, 5) -> "1-3, 5"."""
    runs: list[list[int]] = []
    for number in sorted(numbers_):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _literals(text: str) -> Iterator[str]:
    end = 0
    for found in _COUNTER.finditer(text):
        yield text[end : found.start()]
        end = found.end()
    yield text[end:]


def _ends(part: str, most: int, key: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(part)
    if found is None:
        raise SettingError(f"“{part[:40]}” is no range of numbers", key=key, remedy=_REMEDY)
    first, last = int(found[1]), int(found[2] or found[1])
    if first > last:
        raise SettingError(f"{part} goes downwards", key=key, remedy=f"Write {last}-{first}")
    if first < 1 or last > most:
        remedy = f"Give numbers from 1 to {most}" if most else "Leave it out"
        raise SettingError(f"{part} goes beyond 1 to {most}", key=key, remedy=remedy)
    return first, last
