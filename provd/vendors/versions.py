"""Firmware versions in order, however a vendor writes them: 108.86.0.90, sip88xx.14-2-1, V1.6B."""

from __future__ import annotations

import re

_PART = re.compile(r"\d+|[a-z]+")
_BEFORE = frozenset({"alpha", "beta", "dev", "pre", "preview", "rc", "test"})
_EARLY, _END, _WORD, _NUMBER = range(4)

Rank = tuple[tuple[int, int, str], ...]


def version_rank(version: str) -> Rank:
    """Sorts as versions follow one another: numbers by their value, 1.10 after 1.9; 1.0rc1 before
    1.0, that before 1.0b, and that before 1.0.1. A leading v says nothing."""
    parts = _PART.findall(version.lower().removeprefix("v"))
    return (*(_rank(part) for part in parts), (_END, 0, ""))


def _rank(part: str) -> tuple[int, int, str]:
    if part.isdigit():
        return _NUMBER, int(part), ""
    return (_EARLY if part in _BEFORE else _WORD), 0, part
