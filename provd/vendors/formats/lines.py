"""Formats of one parameter a line: encoders, and readers that read as the phones do.

Readers take our own files, whatever their encoding, and give (key, value) pairs in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from provd.errors import RenderError
from provd.vendors.formats.plain import trimmed, without

Pairs = list[tuple[str, str]]

_SECTION = re.compile(r"\[([^\]]+)\]")
_LONGEST_SHORT = 56
_QUOTED = re.compile(r'([^\s="]+)="([^"]*)"')
_PERCENT = re.compile(r'%(\w+)%:(?:"([^"]*)"|([^\s/]*))')
_IN_QUOTES = re.compile(r'([^\s:"]+)\s*:\s*"([^"]*)"')
_SET = re.compile(r'(?i:SET)\s+(\S+)\s+(?:"([^"]*)"|(.*))')


def read_key_value(text: str) -> Pairs:
    """`key = value`; `#` or `;` begins a comment line, blanks around key and value are dropped."""
    pairs = []
    for line in _lines(text, "#;"):
        key, equals, value = line.partition("=")
        if equals:
            pairs.append((key.strip(), value.strip()))
    return pairs


def colon_value(value: object) -> str:
    """For `key: value`, where `#` behind a blank begins a comment unless quotes are around the
    value."""
    found = trimmed(value)
    if found.startswith('"'):
        raise RenderError("a value begins with a quote, which this format can't express")
    if found.startswith("#") or " #" in found:
        return f'"{without(value, chr(34))}"'
    return found


def read_colon_value(text: str) -> Pairs:
    """`key: value`, keys with blanks; quotes around a value are dropped."""
    pairs = []
    for line in _lines(text, "#"):
        key, colon, value = line.partition(":")
        if colon:
            pairs.append((key.strip(), _unquoted(value.strip())))
    return pairs


def quoted_value(value: object) -> str:
    """For `NAME="value"`: the quotes stand in the template, and can't be escaped in a value."""
    return without(value, '"')


def read_quoted_value(text: str) -> Pairs:
    return [
        (found[1], found[2]) for line in _lines(text, "#") if (found := _QUOTED.fullmatch(line))
    ]


def read_percent_value(text: str) -> Pairs:
    """`%NAME%:"value"`, or a number without quotes; `//` begins a comment."""
    return [
        (found[1], found[3] if found[2] is None else found[2])
        for line in _lines(text, "/")
        if (found := _PERCENT.match(line))
    ]


def read_colon_quoted(text: str) -> Pairs:
    """`name: "value"`; what follows the second quote is a comment."""
    found = (_IN_QUOTES.match(line) for line in _lines(text, "#;"))
    return [(one[1], one[2]) for one in found if one]


def short_value(value: object) -> str:
    """For `NAME value` where a line has fewer than 80 characters: names take 22 of them at most.
    Raises RenderError for a longer value."""
    found = trimmed(value)
    if len(found) > _LONGEST_SHORT:
        raise RenderError(f"a value has more than {_LONGEST_SHORT} characters, which is too long")
    return found


def read_short_value(text: str) -> Pairs:
    """`NAME value`; sections and comments set nothing."""
    pairs = []
    for line in _lines(text, "#["):
        name, _, value = line.partition(" ")
        pairs.append((name, value.strip()))
    return pairs


def set_value(value: object) -> str:
    """For `SET NAME value`: in quotes when it is empty or holds a blank, # or ;."""
    found = without(trimmed(value), '"')
    return found if found and not re.search(r"[\s#;]", found) else f'"{found}"'


def read_set_value(text: str) -> Pairs:
    """`SET NAME value`; other statements (GET, IF, GOTO, labels) set nothing."""
    return [
        (found[1], found[3] if found[2] is None else found[2])
        for line in _lines(text, "#")
        if (found := _SET.fullmatch(line))
    ]


def read_ini(text: str) -> Pairs:
    """`[section]` and `key=value`: the pairs' keys are section/key."""
    pairs = []
    section = ""
    for line in _lines(text, "#;"):
        if found := _SECTION.fullmatch(line):
            section = f"{found[1]}/"
            continue
        key, equals, value = line.partition("=")
        if equals:
            pairs.append((section + key.strip(), value.strip()))
    return pairs


def _lines(text: str, comments: str) -> Iterator[str]:
    for line in text.split("\n"):
        found = line.strip()
        if found and found[0] not in comments:
            yield found


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1]
    return value.partition(" #")[0].rstrip()
