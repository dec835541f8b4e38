"""Lines that hang on several settings at once, none of which changes them alone: `{% if a or b %}`
where both are set.

All settings are changed together, in a few ways; of what makes a line go then, the least that still
does is looked for (delta debugging; Zeller and Hildebrandt, 2002). Each setting of that least is
needed in it, so the line does depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from provd.devices.settings import setting
from provd.vendors.values import Phone

Changed = Mapping[str, object]
"""Key -> its other value."""

Touched = Callable[[Changed], set[int] | None]
"""The lines that are others, or gone, in the file with these; None where none is, or there is no
file."""

_MOST = 16
"""So many combinations are looked for in a file: each takes some dozen renderings."""


def grounds(phone: Phone, keys: Collection[str], fixed: Collection[str]) -> Iterator[Changed]:
    """All of `keys` changed: what is set taken away, what is not set given some value, and both;
    `fixed` are those of which another value may leave no file."""
    given = {key: phone.settings.get(key) for key in keys if key not in fixed}
    there = [key for key, value in given.items() if value is not None]
    gone: dict[str, object] = dict.fromkeys(there)
    yield gone
    for at in (0, 1):
        added = {key: _sample(key, at, None) for key in given if key not in there}
        others = {key: _sample(key, at, given[key]) for key in there}
        yield from ({**gone, **added}, added, {**others, **added})


def combinations(
    some: Iterator[Changed], unexplained: set[int], touched: Touched
) -> Iterator[tuple[frozenset[str], set[int]]]:
    """(keys, lines): with all of these changed the lines go, and with fewer they stay. Takes the
    lines that it explains out of `unexplained`."""
    found = 0
    for ground in some:
        pool = dict(ground)
        while found < _MOST and (lines := (touched(pool) or set()) & unexplained):
            line = min(lines)
            least = _least(pool, line, touched)
            told = (touched(least) or set()) & unexplained
            yield frozenset(least), told
            unexplained -= told
            found += 1


def _least(pool: Changed, line: int, touched: Touched) -> Changed:
    """A part of the pool that still makes the line go, none of which can be left out."""
    keys, parts = [*pool], 2
    while len(keys) > 1:
        kept = _reduced(keys, parts, lambda some: line in (touched(_only(pool, some)) or ()))
        if kept is not None:
            keys, parts = kept, max(parts - 1, 2) if len(kept) * 2 > len(keys) else 2
        elif parts >= len(keys):
            break
        else:
            parts = min(len(keys), parts * 2)
    return _only(pool, keys)


def _reduced(
    keys: Sequence[str], parts: int, goes: Callable[[Sequence[str]], bool]
) -> list[str] | None:
    """One of so many parts, or all but one, that is enough; None where none is."""
    size = -(-len(keys) // parts)
    chunks = [keys[at : at + size] for at in range(0, len(keys), size)]
    for chunk in chunks:
        if len(chunk) < len(keys) and goes(chunk):
            return [*chunk]
    for chunk in chunks if len(chunks) > 2 else ():
        rest = [key for key in keys if key not in chunk]
        if goes(rest):
            return rest
    return None


def _only(pool: Changed, keys: Sequence[str]) -> Changed:
    return {key: pool[key] for key in keys}


def _sample(key: str, at: int, value: object) -> object:
    samples = [sample for sample in setting(key).kind.samples if sample != value]
    return samples[at % len(samples)] if samples else value
