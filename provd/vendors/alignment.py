"""Which lines of a text change into which of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Change:
    """Lines `start` to `end` (not itself) of the first text are those of `new_start` to `new_end`
    of the second. Either may be empty."""

    start: int
    end: int
    new_start: int
    new_end: int


def changes(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    """In order. What both begin and end with is left out first: nearly all of it, mostly."""
    shorter = min(len(before), len(after))
    head = 0
    while head < shorter and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < shorter - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if set(old).isdisjoint(new):
        if old or new:
            yield Change(head, head + len(old), head, head + len(new))
        return
    for tag, start, end, new_start, new_end in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            yield Change(head + start, head + end, head + new_start, head + new_end)
