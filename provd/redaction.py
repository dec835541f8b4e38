"""Takes secrets out of what is about to be shown: by the name they stand under, and by their form.

A net below the rule that secrets are not logged at all (provd.devices.secret.Secret shows dots by
itself). This module knows nothing of the rest of provd.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

DOTS = "•••"
DEPTH = 8
"""Deeper structures are shown as text, which ends cycles too."""

_NAME = re.compile(
    r"passw|passphrase|secret|token|authori[sz]ation|cookie|credential|(api|private|session)_?key"
    r"|^(auth|pin)$",
    re.IGNORECASE,
)

# (pattern, replacement): the groups that stay stand around the dots.
_FORMS = (
    # A phone's own URL has a path segment of 128 bits in hexadecimal.
    (re.compile(r"(/)[0-9a-fA-F]{32}(?![0-9a-fA-F])"), rf"\1{DOTS}"),
    # https://user:password@host, postgresql://...
    (re.compile(r"(\w://[^/\s:@]*:)[^/\s@]+(@)"), rf"\1{DOTS}\2"),
    # A header or its dictionary entry, to the end of the line or of the quoted text.
    (
        re.compile(r"""((?:authorization|cookie)['"]?\s*[:=]\s*['"]?)[^'"\r\n]+""", re.IGNORECASE),
        rf"\1{DOTS}",
    ),
    # password=..., 'token': '...', "secret": "..."
    (
        re.compile(
            r"""((?:passw(?:or)?d|passphrase|secret|token|api_?key)['"]?\s*[=:]\s*)"""
            r"""(?:'[^']*'|"[^"]*"|[^\s,;&)}'"]+)""",
            re.IGNORECASE,
        ),
        rf"\1{DOTS}",
    ),
)


def redacted(value: Any, name: str = "", depth: int = DEPTH) -> Any:
    """`value` without secrets, as numbers, texts, lists and dictionaries: what JSON can hold.

    `name` is the key it stands under. Objects of other kinds become their text.
    """
    if _NAME.search(name) and value not in (None, "", False):
        return DOTS
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping) and depth:
        return {str(key): redacted(one, str(key), depth - 1) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth:
        return _list(value, depth)
    return redacted_text(_text(value))


def redacted_text(text: str) -> str:
    """`text` with dots for everything that has a secret's form."""
    for pattern, replacement in _FORMS:
        text = pattern.sub(replacement, text)
    return text


def _list(values: Iterable[Any], depth: int) -> list[Any]:
    return [redacted(one, depth=depth - 1) for one in values]


def _text(value: Any) -> str:
    return repr(value) if isinstance(value, BaseException | bytes) else str(value)
