"""Commands of a gateway's console, one a line: words with blanks between them, in double quotes
where a word has a blank itself.

Readers give a pair for each word behind the first: `username[2]/3` is the third word behind the
second `username` of the file. A command without further words is a pair with an empty value.
"""

from __future__ import annotations

import re
from collections import Counter

from provd.errors import SimulationError
from provd.vendors.formats.plain import without

Pairs = list[tuple[str, str]]

_WORD = re.compile(r'"([^"]*)"|([^\s"]+)')
_BARE = re.compile(r"[^\s#;]+")


def encode(value: object) -> str:
    """One word. Raises RenderError for a double quote, which can't be escaped."""
    found = without(value, '"')
    return found if _BARE.fullmatch(found) else f'"{found}"'


def read(text: str) -> Pairs:
    pairs: Pairs = []
    seen: Counter[str] = Counter()
    for line in text.split("\n"):
        words = _words(line.strip())
        if not words:
            continue
        seen[words[0]] += 1
        name = f"{words[0]}[{seen[words[0]]}]"
        pairs.extend((f"{name}/{place}", word) for place, word in enumerate(words[1:], start=1))
        if len(words) == 1:
            pairs.append((name, ""))
    return pairs


def _words(line: str) -> list[str]:
    if line.startswith("#"):
        return []
    found = [one[1] if one[2] is None else one[2] for one in _WORD.finditer(line)]
    if line.count('"') % 2:
        raise SimulationError("a command has a quote without its pair")
    return found
