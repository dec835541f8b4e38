"""Short texts that people type: names, labels, users."""

from __future__ import annotations

import unicodedata

from provd.errors import InputError

LONGEST = 120
"""Characters of a name, label or user."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def is_noncharacter(character: str) -> bool:
    """One of the 66 code points that Unicode keeps out of all text (chapter 23.7); XML and some
    phones refuse them."""
    point = ord(character)
    return 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE


def one_line(text: str, key: str, *, longest: int = LONGEST) -> str:
    """The text without blanks around. Raises InputError, with the form's field as key, when it
    holds a control or format character (a line break adds settings to a phone's file) or is too
    long."""
    stripped = text.strip()
    if any(unicodedata.category(one) in _UNSEEN or is_noncharacter(one) for one in stripped):
        raise InputError(
            "it holds a character that can't be seen, such as a line break or a tab",
            key=key,
            remedy="Type it again rather than pasting it",
        )
    if len(stripped) > longest:
        raise InputError(f"it is longer than {longest} characters", key=key)
    return stripped


def whole_number(text: str, *, digits: int = 12) -> int | None:
    """What so many ASCII digits at most write; None for anything else. (int() takes digits of all
    scripts, and raises for thousands of them.)"""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def spreadsheet_text(text: str) -> str:
    """What a spreadsheet would take for a formula, with a ' before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def spreadsheet_cell(cell: str) -> str:
    """What `spreadsheet_text` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
