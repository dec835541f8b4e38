"""References that banks carry from payer to payee: ISO 11649, "RF18 5390 0754 7034"."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"RF[0-9]{2}[A-Z0-9]{1,21}")


def is_creditor_reference(text: str) -> bool:
    """Whether its check digits (ISO 7064, MOD 97-10) say that it is one; blanks don't count."""
    reference = text.replace(" ", "")
    return bool(_SHAPE.fullmatch(reference)) and _rest(reference[4:] + reference[:4]) == 1


def _rest(text: str) -> int:
    return int("".join(str(int(one, 36)) for one in text)) % 97
