"""Texts on their way into a document."""

from __future__ import annotations

import re
import unicodedata

_BLANKS = re.compile(r"[^\S\u00a0\u202f]+")
_BREAKS = frozenset({"Cc", "Zl", "Zp"})
_INVISIBLE = frozenset({"Cf", "Cs", "Co", "Cn"})
"""Format characters, halves of surrogate pairs, what is assigned to nothing: no XML or no font has
them, and some turn the reading direction of what stands around them."""


def clean(text: str) -> str:
    """One line, composed (NFC), without characters that can't be seen; blanks in a row are one. A
    blank that must not be broken at stays one."""
    composed = unicodedata.normalize("NFC", text)
    return _BLANKS.sub(" ", "".join(map(_seen, composed))).strip()


def _seen(character: str) -> str:
    category = unicodedata.category(character)
    if category in _INVISIBLE:
        return ""
    return " " if category in _BREAKS else character


def first_seen(*texts: str) -> str:
    """The first of them in which there is anything to see, cleaned; empty where none is."""
    return next((shown for text in texts if (shown := clean(text))), "")
