"""What becomes of a value that a phone can't be told as it is: noted while a file is rendered, so
that nothing that somebody set is dropped, or made another, in silence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """A value that is not in the file as it is. `said` tells what is there instead, as a clause;
    empty: the vendor's `table` has no word for it, and the file does without, or has another."""

    value: str
    table: str
    said: str = ""


_noting: ContextVar[list[Note] | None] = ContextVar("noting", default=None)


@contextmanager
def noted() -> Iterator[list[Note]]:
    """Collects what is noted within."""
    notes: list[Note] = []
    token = _noting.set(notes)
    try:
        yield notes
    finally:
        _noting.reset(token)


def note(value: object, table: str, said: str = "") -> None:
    """Where somebody wants to know."""
    notes = _noting.get()
    if notes is not None:
        notes.append(Note(str(value), table, said))


def remarks(notes: Iterable[Note]) -> tuple[str, ...]:
    """As clauses for people: "no word for AQ at this vendor", "20 is more than this model's 10; 10
    is used"."""
    found = list(dict.fromkeys(notes))
    wordless = sorted({one.value for one in found if not one.said})
    without = (f"no word for {', '.join(wordless)} at this vendor",) if wordless else ()
    return (*without, *dict.fromkeys(one.said for one in found if one.said))


def of_value(
    value: object,
    notes: Iterable[Note],
    without: Collection[Note] | None,
    others: Sequence[Collection[Note]],
) -> Iterator[Note]:
    """Which of the notes are about a setting's value, given those `without` it (None: there is no
    file then) and with `others` in its place: those that name a part of it and go with it, and, of
    a number, those about what is computed from it."""
    parts = parts_of(value)
    for one in notes:
        changes = any(one not in other for other in others)
        goes = changes if without is None else one not in without
        computed = one.said and type(value) is int and changes
        if goes if one.value in parts else computed:
            yield one


def parts_of(value: object) -> frozenset[str]:
    """A list's items, or the value itself, as notes have them."""
    return frozenset(str(part) for part in (value if isinstance(value, tuple) else (value,)))
