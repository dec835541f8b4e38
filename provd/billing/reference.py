"""References that banks carry from payer to payee: ISO 11649, "RF18 5390 0754 7034"."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"RF[0-9]{2}[A-Z0-9]{1,21}")
_DIGITS = 8


def is_creditor_reference(text: str) -> bool:
    """Whether its check digits (ISO 7064, MOD 97-10) say that it is one; blanks don't count."""
    reference = text.replace(" ", "")
    return bool(_SHAPE.fullmatch(reference)) and _rest(reference[4:] + reference[:4]) == 1


def creditor_reference(number: int) -> str:
    """The one of a number, without blanks: RF and two check digits before at least eight digits."""
    body = f"{number:0{_DIGITS}}"
    return f"RF{98 - _rest(f'{body}RF00'):02}{body}"


def referred_number(text: str) -> int | None:
    """The number that `creditor_reference` made it of, however it is spaced; None for another."""
    reference = text.replace(" ", "").upper()
    if not is_creditor_reference(reference) or not reference[4:].isdecimal():
        return None
    return int(reference[4:])


def grouped(reference: str) -> str:
    """In fours, as people read it."""
    return " ".join(reference[at : at + 4] for at in range(0, len(reference), 4))


def _rest(text: str) -> int:
    return int("".join(str(int(one, 36)) for one in text)) % 97
