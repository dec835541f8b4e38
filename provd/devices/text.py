"""Short texts that people type: names, labels, users."""

from __future__ import annotations

import unicodedata

from provd.errors import InputError

LONGEST = 120
"""Characters of a name, label or user."""


def one_line(text: str, key: str, *, longest: int = LONGEST) -> str:
    """The text without blanks around. Raises InputError, with the form's field as key, when it
    holds a control or format character (a line break adds settings to a phone's file) or is too
    long."""
    stripped = text.strip()
    if any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in stripped):
        raise InputError(
            "it holds a character that can't be seen, such as a line break or a tab",
            key=key,
            remedy="Type it again rather than pasting it",
        )
    if len(stripped) > longest:
        raise InputError(f"it is longer than {longest} characters", key=key)
    return stripped


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def spreadsheet_text(text: str) -> str:
    """What a spreadsheet would take for a formula, with a ' before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def spreadsheet_cell(cell: str) -> str:
    """What `spreadsheet_text` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
