r"""Java's properties: `key=value`, what has a meaning of its own behind a backslash, and what is no
ASCII as \uXXXX (java.util.Properties.load)."""

from __future__ import annotations

import re

from provd.vendors.formats.plain import trimmed

Pairs = list[tuple[str, str]]

_SPECIAL = re.compile(r"[\\:=#!]")
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))")
_PAIR = re.compile(r"((?:[^\\:=\s]|\\.)+)\s*[:=]?\s*(.*)")
_MEANT = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def encode(value: object) -> str:
    """In ASCII. Raises RenderError for blanks at the ends, which are dropped."""
    escaped = _SPECIAL.sub(lambda found: f"\\{found[0]}", trimmed(value))
    return "".join(one if one.isascii() else _units(one) for one in escaped)


def read(text: str) -> Pairs:
    """Lines that begin with `#` or `!` are comments. A line that ends in a backslash would go on in
    the next one: ours never do."""
    pairs = []
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped and stripped[0] not in "#!" and (found := _PAIR.fullmatch(stripped)):
            pairs.append((_unescaped(found[1]), _unescaped(found[2])))
    return pairs


def _units(character: str) -> str:
    """A character beyond the first 65,536 is two of Java's."""
    octets = character.encode("utf-16-be")
    return "".join(f"\\u{octets[at : at + 2].hex()}" for at in range(0, len(octets), 2))


def _unescaped(text: str) -> str:
    plain = _ESCAPED.sub(_character, text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else _MEANT.get(found[2], found[2])
