"""From a YAML or JSON file's octets to its content, with the lines on which it stands.

The file may be a stranger's: its depth and the number of its values are bounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from provd.errors import InputError, PluginError
from provd.vendors.yamlfile import Document, read_foreign_yaml

_VALUES = 10_000
"""As many values are always allowed, and one for each octet: aliases may repeat no more."""

_DEEPEST = 12
_MOST_DIGITS = 40
_TOO_DEEP = "it is nested too deeply"
_NAME = "the file"


def is_document(head: bytes) -> bool:
    """Whether a file that begins so is YAML or JSON; a CSV file begins with names of columns."""
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    meant = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    first = meant[0].strip() if meant else ""
    return bool(re.match(r"(---|\{|\[|(?:devices|customers)\s*:|\"?\$schema\"?\s*:)", first))


def read_document(octets: bytes) -> Document:
    """Raises InputError that names the line, for what is neither YAML nor JSON."""
    text = octets.removeprefix(b"\xef\xbb\xbf")
    if text.lstrip()[:1] == b"{":
        return _read_json(text)
    try:
        return read_foreign_yaml(text, _NAME, most=max(_VALUES, len(text)))
    except PluginError as error:
        raise InputError(
            error.problem, where=error.where.removeprefix(f"{_NAME} "), key=error.key
        ) from None


def _read_json(octets: bytes) -> Document:
    """With the line of each phone. The text is read twice: once in C as a whole."""
    try:
        text = octets.decode()
        data = json.loads(text, object_pairs_hook=_once, parse_int=_whole)
    except UnicodeDecodeError:
        raise InputError("it is not text in UTF-8") from None
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg}", where=f"line {error.lineno}") from None
    except RecursionError:
        raise InputError(_TOO_DEEP) from None
    _check_depth(data)
    return Document(_NAME, data, dict(_json_lines(text)))


def _check_depth(data: object) -> None:
    level = [data]
    for _ in range(_DEEPEST):
        inner = [one for one in level if isinstance(one, dict | list)]
        level = [v for one in inner for v in (one.values() if isinstance(one, dict) else one)]
    if any(isinstance(one, dict | list) for one in level):
        raise InputError(_TOO_DEEP)


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise InputError(f"{digits[:20]}… is too large a number")
    return int(digits)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise InputError("the key is given twice", key=key[:60])
            seen.add(key)
    return found


def _json_lines(text: str) -> Iterator[tuple[tuple[str | int, ...], int]]:
    for name in ("customers", "devices"):
        yield from _lines_of(name, text)


def _lines_of(name: str, text: str) -> Iterator[tuple[tuple[str | int, ...], int]]:
    found = re.search(rf'"{name}"\s*:\s*\[', text)
    decoder, at, line, counted_to = json.JSONDecoder(), found.end() if found else len(text), 1, 0
    number = 0
    while at < len(text) and text[at] != "]":
        if text[at] in " \t\r\n,":
            at += 1
            continue
        line += text.count("\n", counted_to, at)
        counted_to = at
        yield (name, number), line
        number += 1
        try:
            _, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError:  # it was another word like it, within a text
            return
